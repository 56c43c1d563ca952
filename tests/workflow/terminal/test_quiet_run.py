"""What a run says on a quiet terminal: few lines, none of them Snakemake's."""

from __future__ import annotations

import copy
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.workflow.project import MINIATURE, ONE_SCENE, Project
from tests.workflow.terminal.pseudo_terminal import run_in_terminal, shown_lines

pytestmark = pytest.mark.slow
QUIET = ("--logger", "rs-seg")
PROFILE = "Using workflow specific profile"
"""Said by Snakemake before it has a logger."""


def lines_of(run: subprocess.CompletedProcess[str]) -> list[str]:
    said = (run.stdout + run.stderr).splitlines()
    return [line for line in said if not line.startswith(PROFILE)]


JOBS = 10
"""Jobs of a run of one scene by a method that needs no labels."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("quiet") / "späces here", **copy.deepcopy(ONE_SCENE))


@pytest.fixture(scope="module")
def first(project: Project) -> list[str]:
    """Lines of the first run, in a pipe."""
    run = project.run(*QUIET)
    assert run.returncode == 0, run.stdout + run.stderr
    return lines_of(run)


def test_a_run_says_a_line_for_each_job_and_where_its_results_lie(
    project: Project, first: list[str]
) -> None:
    assert len(first) == JOBS + 5
    for number, line in enumerate(first[:JOBS], start=1):
        assert re.match(rf" ?{number}/{JOBS} [a-z_]+.*: [\d.]+ s", line)
    assert re.match(rf"{JOBS} jobs done in ", first[JOBS])
    paths = [line.rpartition("  ")[2] for line in first[JOBS + 1 :]]
    titles = [line.partition(" ")[0] for line in first[JOBS + 1 :]]
    assert titles == ["map", "", "report", "log"]  # the map for QGIS, and the one for a browser
    assert all((project.folder / path.removeprefix("map     ")).exists() for path in paths)
    assert not any(
        word in line for line in first for word in ("{", "nanobind", "rule", "Snakemake")
    )


def test_all_that_snakemake_says_is_in_its_log(project: Project, first: list[str]) -> None:
    log = (project.folder / first[-1].split(maxsplit=1)[1]).read_text(encoding="utf-8")
    assert "Shell command: rs-seg vectorize" in log
    assert f"{JOBS} of {JOBS + 1} steps" in log


def test_what_jobs_say_is_in_their_logs_once(project: Project, first: list[str]) -> None:
    del first
    log = project.results / "logs" / "vectorize" / "dörfli" / "clusters" / "argmax.log"
    text = log.read_text(encoding="utf-8")
    assert len(re.findall(r"vectorize: \d+ polygons", text)) == 1
    assert not list(project.results.rglob("*.note"))


def test_a_second_run_says_that_all_is_made(project: Project, first: list[str]) -> None:
    again = lines_of(project.run(*QUIET))
    assert again[0] == "everything is made already"
    assert again[1:] == first[JOBS + 1 : -1]


def test_a_dry_run_says_what_has_changed(project: Project, first: list[str]) -> None:
    del first
    other = Project(project.folder, **project.values)
    other.change("vectorize.simplify.tolerance", 2.0)
    *changes, last = lines_of(other.run(*QUIET, "--dry-run"))
    # neither job waits for the other, so Snakemake names them in any order
    assert sorted(changes) == [
        "report: vectorize.simplify.tolerance 0.5 -> 2.0",
        "vectorize: simplify.tolerance 0.5 -> 2.0",
    ]
    begin, _, jobs = last.partition(": ")
    assert begin == "3 jobs would run"
    assert sorted(jobs.split(", ")) == ["1 deliver", "1 report", "1 vectorize"]


@pytest.mark.parametrize(("columns", "colour"), [(40, False), (100, True)])
def test_a_change_is_run_on_a_terminal_of_any_width(
    project: Project, first: list[str], columns: int, colour: bool
) -> None:
    del first
    project.change("vectorize.simplify.tolerance", columns / 50)
    code, written = run_in_terminal(
        project.command(*QUIET, "--workflow-profile", "none", "--nolock", "--", "maps"),
        project.folder,
        columns=columns,
        environment={} if colour else {"NO_COLOR": "1"},
    )
    assert code == 0, written
    lines = shown_lines(written)
    assert max(map(len, lines)) <= columns
    assert any(line.startswith("vectorize: simplify.tolerance") for line in lines)
    assert sum(line.startswith("1/1 vectorize dörfli") for line in lines) == 1
    assert any(line.startswith("1 job done") for line in lines)
    assert any(re.match("maps +results", line) for line in lines)
    assert ("\x1b[36m" in written) == colour
    assert "━" in written or columns == 40


def test_a_failed_job_is_told_in_one_paragraph(project: Project, first: list[str]) -> None:
    del first
    path = project.results / "maps" / "dörfli" / "clusters" / "probabilities.tif"
    whole, stamp = path.read_bytes(), path.stat()
    for content in (b"junk", whole):
        path.write_bytes(content)
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        if content == b"junk":
            run = project.run(*QUIET, "--forcerun", "refine")
    assert run.returncode == 1
    lines = lines_of(run)
    assert lines[0] == "failed: refine dörfli, clusters, argmax"
    assert "probabilities.tif" in lines[1]
    assert "Remedy" in lines[1]
    assert lines[2].startswith("  log: ")
    assert Path(project.folder / lines[2].removeprefix("  log: ")).exists()
    assert re.fullmatch(r"1 job failed, 0 of \d jobs done: the work is kept.*", lines[3])
    assert lines[4].startswith("log ")
    assert len(lines) == 5


def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path) -> None:
    project = Project(tmp_path, **copy.deepcopy(ONE_SCENE))
    code, written = run_in_terminal(
        project.command(*QUIET), tmp_path, columns=100, interrupt_at=f"0 of {JOBS} jobs"
    )
    assert code == 1
    lines = shown_lines(written)
    assert any(
        line.startswith(f"interrupted, 0 of {JOBS} jobs done: the work is kept") for line in lines
    )
    assert not any(word in written for word in ("Traceback", "failed:", "Error"))


def test_a_fault_of_the_settings_names_the_file_and_the_line_and_nothing_else(
    tmp_path: Path,
) -> None:
    values = copy.deepcopy(MINIATURE["vectorize"])
    values["simplify"]["tolerance"] = "wide"
    project = Project(tmp_path, **copy.deepcopy(ONE_SCENE), vectorize=values)
    lines = lines_of(project.run(*QUIET))
    assert len(lines) == 1
    assert re.match(
        r"error: config.yaml, line \d+, key vectorize.simplify.tolerance: setting is not valid.",
        lines[0],
    )


def test_verbose_shows_what_snakemake_says(project: Project, first: list[str]) -> None:
    del first
    run = project.run(*QUIET, "--verbose", "--dry-run")
    assert "Building DAG of jobs..." in run.stdout + run.stderr
