"""The command `rs-seg train` in several processes, and what a signal leaves behind."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rs_seg.io.model import read_description

from .learning_run import TRAIN
from .several_processes import torchrun, training_command

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def succeed(command: list[str]) -> str:
    run = subprocess.run(
        command, env=ENVIRONMENT, capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-6000:]
    return run.stderr


def read_rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "curves.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_two_processes_make_one_set_of_outputs_and_only_the_first_speaks(run, tmp_path):
    said = succeed([*torchrun(2), *training_command(run, tmp_path)])
    assert [row["epoch"] for row in read_rows(tmp_path)] == ["1", "2", "3", "4"]
    assert (
        json.loads((tmp_path / "timing.json").read_text())["steps"]
        == TRAIN.epochs * TRAIN.steps_per_epoch
    )
    description = read_description(tmp_path / "model.safetensors")
    assert description.validation["miou"] > 0.6
    assert description.calibration.pixels == 2 * 70 * 60
    assert said.count("epoch 2/4") == (tmp_path / "train.log").read_text().count("epoch 2/4") == 1
    assert not list(tmp_path.glob(".*partial"))


@pytest.mark.slow
def test_a_batch_that_cannot_be_shared_out_is_told_by_the_first_process_and_ends_all(run, tmp_path):
    command = [*torchrun(2), *training_command(run, tmp_path, batch_size=3)]
    ended = subprocess.run(
        command, env=ENVIRONMENT, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode != 0
    assert "error: a batch cannot be shared out" in ended.stderr
    assert "set train.batch_size to 2 or 4" in (tmp_path / "train.log").read_text()
    assert not (tmp_path / "model.safetensors").exists()


def end_in_an_epoch(command: list[str], folder: Path, number: signal.Signals) -> float:
    """Send the signal to a training in one of its middle epochs; the seconds until it is gone."""
    training = subprocess.Popen(
        command, env=ENVIRONMENT, stderr=subprocess.DEVNULL, start_new_session=True
    )
    while not list(folder.glob("checkpoints/*/last.ckpt")):
        assert training.poll() is None, "the training ended before its first epoch"
        time.sleep(0.02)
    begun = time.monotonic()
    os.killpg(training.pid, number)
    assert training.wait(timeout=60) != 0
    return time.monotonic() - begun


LONGER = {"epochs": 5, "steps_per_epoch": 20}


@pytest.fixture(scope="module")
def undisturbed(run, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    succeed([sys.executable, "-m", *training_command(run, folder, **LONGER)])
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["terminated", "killed"])
def test_a_training_ends_at_a_signal_and_goes_on_to_the_same_bytes(
    run, undisturbed, tmp_path, number
):
    disturbed = tmp_path / number.name
    command = [sys.executable, "-m", *training_command(run, disturbed, **LONGER)]
    assert end_in_an_epoch(command, disturbed, number) < 10
    assert not (disturbed / "model.safetensors").exists()
    assert "training goes on after epoch" in succeed(command)
    for name in ("model.safetensors", "curves.csv"):
        assert (disturbed / name).read_bytes() == (undisturbed / name).read_bytes()
    assert json.loads((disturbed / "timing.json").read_text())["steps"] == 100
