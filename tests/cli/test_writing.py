"""Places that cannot be written to are told in one paragraph with exit code 1."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from rs_seg.cli.driver import hold_run
from rs_seg.cli.writing import check_working_directory, telling_unwritable
from rs_seg.errors import UserError
from rs_seg.testing import TOY_CLASSES, grid_at, toy_codes, write_image
from tests.config.test_load import MINIMAL
from tests.workflow.project import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a configuration of one scene, a file `taken` and a broken link `dangling`."""
    (tmp_path / "taken").touch()
    (tmp_path / "dangling").symlink_to("/nowhere/at/all")
    write_image(tmp_path / "north.tif", grid_at(24, 24), toy_codes(grid_at(24, 24))[None])
    networks = {
        "k": {
            "architecture": "kmeans",
            "clusters": len(TOY_CLASSES),
            "naming": "none",
            "samples": 100,
        }
    }
    legend = [
        {"code": each.code, "name": each.name, "color": f"#0000{each.code:02x}"}
        for each in TOY_CLASSES
    ]
    values = {**MINIMAL, "scenes": ["north"], "models": networks, "legend": legend, "label": None}
    values["sources"] = {"image": {"path": "{scene}.tif", "bands": ["grey"]}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def refused(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "Traceback" not in said
    for part in ("cannot be written. Found:", "Remedy:", *parts):
        assert part in said


@pytest.mark.parametrize(
    "place", ["taken/results", "dangling", "dangling/results", "/proc/results"]
)
def test_results_that_cannot_be_made_are_told_with_the_reason(
    place: str, project: Path, monkeypatch
) -> None:
    monkeypatch.chdir(project)
    with pytest.raises(UserError) as raised:
        hold_run(Path(place))
    said = str(raised.value)
    assert said.startswith(f"{place}: cannot be written. Found: ")
    assert "Remedy: name another place" in said


def test_what_fails_for_another_reason_is_no_mistake_of_the_user() -> None:
    with pytest.raises(ValueError, match="other"), telling_unwritable(Path("x")):
        raise ValueError("other")


def test_a_working_directory_that_takes_no_files_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/proc")
    with pytest.raises(UserError, match=r"/proc: cannot be written\..*--directory"):
        check_working_directory()


def test_a_log_that_cannot_be_written_is_told(project: Path) -> None:
    refused(
        run(project, "rs_seg", "check", "--config", "config.yaml", "--log", "taken/check.log"),
        "taken/check.log",
    )


def test_a_table_of_scenes_that_cannot_be_written_is_told(project: Path) -> None:
    refused(
        run(project, "rs_seg", "scenes", "--config", "config.yaml", "--table", "dangling/s.csv"),
        "dangling/s.csv",
    )


@pytest.mark.parametrize("option", [["--log", "taken/a.log"], []])
def test_outputs_of_a_stage_that_cannot_be_written_are_told(
    option: list[str], project: Path
) -> None:
    output = ["--inspection", "taken/inspection.json", "--quicklook", "q.png"]
    command = [
        "rs_seg",
        "inspect",
        "--config",
        "config.yaml",
        "--scene",
        "north",
        "--images",
        "north.tif",
    ]
    refused(run(project, *command, *output, *option), "taken/")


@pytest.mark.slow
@pytest.mark.parametrize("quiet", [[], ["-q", "all"]])
def test_the_workflow_says_so_before_the_first_job_and_when_it_is_quiet(
    quiet: list[str], project: Path
) -> None:
    text = (project / "config.yaml").read_text(encoding="utf-8")
    (project / "config.yaml").write_text(f"{text}\nresults: dangling/results\n", encoding="utf-8")
    options = [
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--cores",
        "1",
        "--configfile",
        "config.yaml",
        *quiet,
    ]
    refused(run(project, "snakemake", *options, "--", "maps"), "dangling/results")
