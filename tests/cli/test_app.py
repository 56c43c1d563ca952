from __future__ import annotations

import errno
import gc
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyogrio.errors import DataLayerError
from rasterio.errors import RasterioIOError
from typer.main import get_command
from typer.testing import CliRunner

from rs_seg.cli.app import app
from rs_seg.cli.execute import execute
from rs_seg.cli.running import OWN_FILE
from rs_seg.cli.signature import signature_of
from rs_seg.config import load_config
from rs_seg.errors import UserError
from rs_seg.stages import STAGES

ROOT = Path(__file__).parents[2]


def rs_seg(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rs_seg", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def words_of(stage: str, *words: str) -> dict[str, Any]:
    """What the parser makes of the words of a stage, without running it."""
    command = get_command(app).get_command(None, stage)  # type: ignore[attr-defined]  # a group
    return command.make_context(stage, list(words)).params


def test_a_list_of_files_is_several_words_after_its_option() -> None:
    given = ("--config", "c.yaml", "--images", "a.tif", "b c.tif", "--image", "x.tif")
    read = words_of("align", "--scene", "s", "--inspection", "i.json", *given)
    assert read["images"] == ["a.tif", "b c.tif"]
    assert (read["config"], read["image"]) == (Path("c.yaml"), Path("x.tif"))


def test_a_job_reads_the_signature_of_its_own_stage_alone() -> None:
    program: Any = get_command(app)
    others = set(program.commands)
    assert program.get_command(None, "refine").name == "refine"
    assert set(program.commands) - others == {"refine"}
    assert program.list_commands(None)[-len(STAGES) :] == list(STAGES)
    assert {"run", "check", "config"} <= others


def test_a_misspelt_stage_is_told_what_was_meant() -> None:
    told = CliRunner().invoke(app, ["predit"])
    assert told.exit_code == 2
    assert "Did you mean 'predict'" in " ".join(told.output.split())


def test_check_takes_the_configuration_that_run_takes() -> None:
    assert words_of("check")["config"] == OWN_FILE


def test_options_of_files_that_lack_a_word_are_left_out() -> None:
    given = ("--config", "c.yaml", "--scene", "--odd", "--images", "a.tif", "--labels")
    read = words_of("inspect", *given, "--inspection", "i.json", "--quicklook", "q.png")
    assert (read["scene"], read["images"], read["labels"]) == ("--odd", ["a.tif"], [])


def test_a_missing_input_is_told_in_one_paragraph_with_exit_code_1(tmp_path: Path) -> None:
    output = tmp_path / "out" / "image.tif"
    options = [
        "--scene",
        "town_a",
        "--inspection",
        tmp_path / "none.json",
        "--images",
        tmp_path / "no.tif",
        "--image",
        output,
    ]
    run = rs_seg("align", "--config", ROOT / "config/config.yaml", *options)
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert "no.tif: input file is missing" in run.stderr
    assert "none.json: input file is missing" in run.stderr
    assert not output.parent.exists()


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        RasterioIOError("Write failed. See previous exception."),
        DataLayerError(
            "Error while writing batch to OGR layer: sqlite3_exec(COMMIT) failed: database or "
            "disk is full"
        ),
        RuntimeError(
            "[enforce fail at inline_container.cc:672] . PytorchStreamWriter failed writing file "
            "data/0"
        ),
    ],
)
def test_a_full_disk_is_told_and_leaves_no_output(
    error: Exception, tmp_path: Path, monkeypatch
) -> None:
    def write_half(config, network, class_names, *, probabilities, members, uncertainty):
        uncertainty.write_bytes(b"half")
        raise error

    half = replace(signature_of("uncertainty"), function=write_half)
    monkeypatch.setattr("rs_seg.cli.execute.signature_of", lambda stage: half)
    monkeypatch.chdir(ROOT)
    (tmp_path / "p.tif").touch()
    files = {
        "probabilities": tmp_path / "p.tif",
        "members": [],
        "uncertainty": tmp_path / "out" / "u.tif",
    }
    with pytest.raises(UserError, match="make room"):
        execute(
            "uncertainty",
            load_config(Path("config/config.yaml")),
            files=files,
            branches={"network": "unet"},
        )
    assert list((tmp_path / "out").iterdir()) == []


def test_the_work_of_a_stage_is_imported_without_a_search_for_garbage(monkeypatch) -> None:
    searched = {}
    signature = signature_of("uncertainty")  # which imports the light module itself
    monkeypatch.setattr(
        "importlib.import_module", lambda name: searched.update({name: gc.isenabled()})
    )
    signature.load_work()
    assert searched == {"rs_seg.stages.uncertainty.work": False}
    assert gc.isenabled()


def test_an_unknown_branch_names_the_nearest_one() -> None:
    run = rs_seg(
        "refine",
        "--config",
        "config/config.yaml",
        "--refinement",
        "crff",
        *(
            word
            for name in ("probabilities", "image", "classes", "confidence", "changes")
            for word in (f"--{name}", "x")
        ),
    )
    assert run.returncode == 1
    assert "unknown refinement" in run.stderr
    assert "did you mean 'crf'" in run.stderr


def test_version_is_printed() -> None:
    from rs_seg import __version__

    assert rs_seg("--version").stdout.strip() == __version__


@pytest.mark.parametrize("arguments", [["--version"], ["config", "default"], ["weights", "list"]])
def test_every_command_begins_with_the_limit_of_the_raster_cache(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("GDAL_CACHEMAX", "RS_SEG_CACHEMAX"):
        monkeypatch.setenv(variable, "")  # to be restored
        monkeypatch.delenv(variable)
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert os.environ["GDAL_CACHEMAX"] == "256"
