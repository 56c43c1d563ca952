"""Work that does not end is stopped, and the next task is done."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import rasterio
import yaml

from rs_seg.cli.timed_looks import TimedWorker
from rs_seg.errors import UserError
from rs_seg.io.records import read_record
from tests.cli.test_checking import Inputs


def test_a_task_without_an_end_is_stopped_and_the_next_one_done() -> None:
    worker: TimedWorker[float, None] = TimedWorker(time.sleep, limit=10)  # starting counts
    worker.do(0.0, where="a")
    begin = time.monotonic()
    with pytest.raises(UserError, match=r"scene b: .* looked at.* no end after 10 seconds"):
        worker.do(60.0, where="scene b")
    assert time.monotonic() - begin < 20
    worker.do(0.0, where="c")
    worker.close()


def test_a_process_that_dies_is_told_and_a_fault_of_ours_is_no_user_s() -> None:
    dying: TimedWorker[int, None] = TimedWorker(os._exit, limit=30)
    with pytest.raises(UserError, match="the process that read them died"):
        dying.do(3, where="a")
    dying.close()
    failing: TimedWorker[str, int] = TimedWorker(int, limit=30)
    assert failing.do("3", where="a") == 3
    with pytest.raises(RuntimeError, match="invalid literal"):
        failing.do("x", where="a")
    failing.close()


def warn_and_refuse(text: str) -> None:
    logging.getLogger("rs_seg.some.module").warning("%s is strange", text)
    raise UserError("it is wrong", where=text)


def test_warnings_and_mistakes_come_from_the_process_as_if_there_was_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    worker: TimedWorker[str, None] = TimedWorker(warn_and_refuse, limit=30)
    with pytest.raises(UserError, match=r"^a\.tif: it is wrong\.$"):
        worker.do("a.tif", where="scene b")
    worker.close()
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("rs_seg.some.module", "a.tif is strange")
    ]


def inspect(inputs: Inputs, **changes: object) -> subprocess.CompletedProcess[str]:
    """The command of the stage, for one scene."""
    folder = inputs.folder
    (folder / "run.yaml").write_text(yaml.safe_dump({**inputs.values, **changes}), encoding="utf-8")
    files = [
        "--images",
        "s1.tif",
        "--labels",
        "labels.gpkg",
        "--inspection",
        "s.json",
        "--quicklook",
        "s.png",
    ]
    command = [
        "rs_seg",
        "inspect",
        "--config",
        "run.yaml",
        "--scene",
        "s1",
        *files,
        "--log",
        "logs/s.log",
    ]
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False
    )


def test_inspect_gives_up_on_a_file_without_an_end_and_leaves_nothing(tmp_path: Path) -> None:
    inputs = Inputs(tmp_path)
    database = sqlite3.connect(tmp_path / "labels.gpkg")
    counting = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
    database.execute(f"CREATE VIEW endless AS {counting} SELECT x FROM n WHERE x < 0")
    database.close()
    before = {path.name for path in tmp_path.iterdir()}
    done = inspect(inputs, look_seconds=3)  # the view alone would be given up after ten
    told = "scene s1: files of the scene cannot be looked at. Found: no end after 3 seconds."
    assert done.returncode == 1, done.stderr
    assert f"error: {told}" in done.stderr
    assert f"error: {told}" in (tmp_path / "logs/s.log").read_text(encoding="utf-8")
    record = read_record(tmp_path / "logs/s.json")
    assert record is not None
    assert (record.status, str(record.reason)[: len(told)]) == ("failed", told)
    left = {path.name for path in tmp_path.iterdir()} - before - {"run.yaml", "logs"}
    assert left <= {".s.json.lock"}


def test_inspect_tells_its_warnings_and_faults_as_other_stages_do(tmp_path: Path) -> None:
    inputs = Inputs(tmp_path)
    with rasterio.open(tmp_path / "s1.tif", "r+") as dataset:
        dataset.scales = (0.1, 0.1)
    done = inspect(inputs)
    assert done.returncode == 0, done.stderr
    warnings = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))["warnings"]
    assert warnings
    assert all(
        warning in (tmp_path / "logs/s.log").read_text(encoding="utf-8") for warning in warnings
    )
    (tmp_path / "s1.tif").write_bytes(b"no raster")
    done = inspect(inputs)
    assert done.returncode == 1, done.stderr
    assert "error: s1.tif: " in done.stderr
    assert "Traceback" not in done.stderr
