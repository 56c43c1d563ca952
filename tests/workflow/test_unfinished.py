from __future__ import annotations

from pathlib import Path

import pytest

from rs_seg.cli.recording import recorded
from rs_seg.errors import UserError
from rs_seg.workflow.unfinished import SceneJob, find_failures, leave_failure, write_failures


@pytest.fixture
def chain(tmp_path: Path) -> list[SceneJob]:
    """Two jobs on one scene, neither of which has started."""
    return [job_of(tmp_path, stage) for stage in ("align", "refine")]


def job_of(folder: Path, stage: str, scene: str = "a") -> SceneJob:
    return SceneJob(
        scene, stage, str(folder / f"{scene}-{stage}.log"), (str(folder / f"{scene}-{stage}.tif"),)
    )


def finish(job: SceneJob) -> None:
    with recorded(job.stage, branches={}, log=Path(job.log)):
        Path(job.log).touch()
        Path(*job.outputs).touch()


def fail(job: SceneJob, reason: str) -> None:
    Path(job.log).touch()
    with pytest.raises(UserError), recorded(job.stage, branches={}, log=Path(job.log)):
        raise UserError(reason)


def reasons(jobs: list[SceneJob]) -> list[tuple[str, str]]:
    return [(failure.stage, failure.reason) for failure in find_failures(jobs)]


def test_a_finished_scene_has_no_failure(chain: list[SceneJob]) -> None:
    for job in chain:
        finish(job)
    assert reasons(chain) == []


def test_of_what_has_not_started_the_first_stage_is_named(chain: list[SceneJob]) -> None:
    finish(chain[0])
    assert reasons(chain) == [("refine", "not started")]


def test_a_failure_hides_what_waits_for_it(chain: list[SceneJob]) -> None:
    fail(chain[0], "bands\n differ")
    assert reasons(chain) == [("align", "bands differ.")]


def test_old_files_do_not_hide_a_new_failure(chain: list[SceneJob]) -> None:
    for job in chain:
        finish(job)
    fail(chain[0], "bands differ")
    assert reasons(chain) == [("align", "bands differ.")]
    finish(chain[0])
    assert reasons(chain) == []


def test_a_killed_job_is_told_with_its_machine(
    chain: list[SceneJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "4711")
    with recorded("align", branches={}, log=Path(chain[0].log)):
        (failure,) = find_failures(chain)
    assert failure.reason.startswith(f"killed while it ran on {failure.host}, job 4711 since 20")
    assert failure.log == chain[0].log


def test_files_that_were_removed_are_told(chain: list[SceneJob]) -> None:
    for job in chain:
        finish(job)
    Path(*chain[1].outputs).unlink()
    assert reasons(chain) == [("refine", f"made, but gone since: {chain[1].outputs[0]}")]


def test_files_without_records_are_as_good(chain: list[SceneJob]) -> None:
    """As made by a version that left none."""
    for job in chain:
        Path(*job.outputs).touch()
    assert reasons(chain) == []


def test_a_job_that_cannot_start_leaves_log_and_record(tmp_path: Path) -> None:
    job = SceneJob("a", "inspect", str(tmp_path / "logs" / "a.log"), ("x",))
    leave_failure(job, [UserError("file is missing", where="a.tif")])
    assert reasons([job]) == [("inspect", "a.tif: file is missing.")]
    assert Path(job.log).read_text(encoding="utf-8") == "error: a.tif: file is missing.\n"


def test_a_long_reason_is_cut(chain: list[SceneJob]) -> None:
    fail(chain[0], "word " * 1000)
    assert len(reasons(chain)[0][1]) < 1100


def test_the_table_is_written_only_where_it_says_something_new(
    tmp_path: Path, chain: list[SceneJob]
) -> None:
    table = tmp_path / "results" / "failed.csv"
    write_failures(table, [])
    assert table.read_text(encoding="utf-8") == "scene,stage,network,refinement,reason,host,log\n"
    before = table.stat().st_ino
    write_failures(table, [])
    assert table.stat().st_ino == before
    fail(chain[0], 'bands "differ", all')
    write_failures(table, find_failures(chain))
    assert '"bands ""differ"", all."' in table.read_text(encoding="utf-8")
    assert [path.name for path in table.parent.iterdir()] == ["failed.csv"]
