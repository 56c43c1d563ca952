"""Data of other installations does not lead PROJ and GDAL astray."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import rasterio

from rs_seg.values.foreign_data import drop_foreign_data
from tests.cli.test_checking import Inputs

VARIABLES = ("PROJ_DATA", "PROJ_LIB", "GDAL_DATA", "GDAL_DRIVER_PATH")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.setenv(variable, "")  # to be restored
        monkeypatch.delenv(variable)


def empty(folder: Path) -> None:
    folder.mkdir()


def broken(folder: Path) -> None:
    folder.mkdir()
    (folder / "proj.db").write_bytes(b"no database")


def older(folder: Path) -> None:
    folder.mkdir()
    with sqlite3.connect(folder / "proj.db") as connection:
        connection.execute("CREATE TABLE metadata (key TEXT, value TEXT)")
        rows = [
            ("DATABASE.LAYOUT.VERSION.MAJOR", "1"),
            ("DATABASE.LAYOUT.VERSION.MINOR", "0"),
            ("PROJ.VERSION", "7"),
        ]
        connection.executemany("INSERT INTO metadata VALUES (?, ?)", rows)


def nowhere(folder: Path) -> None:
    assert not folder.exists()


CASES = [
    (empty, "it has no proj.db"),
    (broken, "its proj.db cannot be read"),
    (older, "its proj.db has the layout 1.0, and 1."),
    (nowhere, "it has no proj.db"),
]


@pytest.mark.parametrize("variable", ["PROJ_DATA", "PROJ_LIB"])
@pytest.mark.parametrize(("make", "reason"), CASES)
def test_unusable_folders_of_proj_are_named_and_left_out(
    make: Callable[[Path], None],
    reason: str,
    variable: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make(tmp_path / "proj")
    monkeypatch.setenv(variable, str(tmp_path / "proj"))
    (line,) = drop_foreign_data()
    assert line.startswith(f"{variable} is set to {str(tmp_path / 'proj')!r}")
    assert reason in line
    assert variable not in os.environ


def test_a_folder_of_proj_that_can_be_used_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Path(rasterio.__file__).parent / "proj_data"
    if not own.is_dir():
        pytest.skip("rasterio brings no data of PROJ with it")
    shutil.copy(own / "proj.db", tmp_path / "proj.db")
    (tmp_path / "grids").mkdir()
    value = os.pathsep.join([str(tmp_path / "grids"), str(tmp_path)])
    monkeypatch.setenv("PROJ_DATA", value)
    assert drop_foreign_data() == []
    assert os.environ["PROJ_DATA"] == value


def test_data_and_drivers_of_another_gdal_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Path(rasterio.__file__).parent / "gdal_data"
    if not own.is_dir():
        pytest.skip("rasterio brings no data of GDAL with it")
    monkeypatch.setenv("GDAL_DATA", str(own))
    assert drop_foreign_data() == []
    monkeypatch.setenv("GDAL_DATA", str(tmp_path))
    monkeypatch.setenv("GDAL_DRIVER_PATH", str(tmp_path))
    assert [line.split()[0] for line in drop_foreign_data()] == ["GDAL_DATA", "GDAL_DRIVER_PATH"]
    assert not {"GDAL_DATA", "GDAL_DRIVER_PATH"} & os.environ.keys()


@pytest.mark.parametrize("make", [empty, broken])
def test_check_works_under_a_foreign_proj_and_says_so(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    import yaml

    inputs = Inputs(tmp_path)
    make(tmp_path / "proj")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(inputs.values), encoding="utf-8")
    environment = {
        **os.environ,
        "PROJ_LIB": str(tmp_path / "proj"),
        "PROJ_DATA": str(tmp_path / "proj"),
    }
    command = [sys.executable, "-m", "rs_seg", "check", "--config", str(tmp_path / "config.yaml")]
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert run.returncode == 0, run.stderr
    assert f"PROJ_LIB is set to '{tmp_path / 'proj'}'" in run.stderr
    assert "checked 3 scenes: no faults" in run.stderr
