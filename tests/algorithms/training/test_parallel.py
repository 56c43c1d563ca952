"""Trainings in two processes against the same in one: started by `torchrun`, on processors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from rs_seg.algorithms.training.parallel import check_share, choose_device
from rs_seg.errors import UserError
from rs_seg.values.processes import Processes

CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "accumulated and averaged": {"accumulate": 2, "averaging": {"method": "ema", "decay": 0.8}},
    "lovasz, thawing": {
        "loss": {"lovasz": 1.0, "focal": 1.0},
        "freeze_encoder": True,
        "unfreeze_epoch": 3,
    },
    "frozen, stochastic average": {
        "freeze_encoder": True,
        "averaging": {"method": "swa", "start": 0.3},
    },
    "one validation batch": {"validation": 3, "class_weights": [1.0, 2.0, 5.0]},
    "detector": {"finds": True, "class_count": 1, "epochs": 6, "validation": 13},
}
"""Without batch normalisation and random changes of windows, whose draws depend on the process."""
NORMALISED: dict[str, dict[str, Any]] = {
    "own statistics": {"batch_norm": True, "epochs": 2},
    "statistics of an average": {
        "batch_norm": True,
        "epochs": 2,
        "averaging": {"method": "swa", "start": 0.5},
    },
}
SCRIPT = Path(__file__).with_name("several_processes.py")


def start(
    count: int, folder: Path, cases: dict[str, dict[str, Any]]
) -> subprocess.CompletedProcess[str]:
    torchrun = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        str(count),
    ]
    return subprocess.run(
        [
            *(torchrun if count > 1 else [sys.executable]),
            str(SCRIPT),
            str(folder),
            json.dumps(cases),
        ],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def train(count: int, folder: Path, cases: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What came of each case."""
    run = start(count, folder, cases)
    assert run.returncode == 0, run.stderr[-4000:]
    return {name: torch.load(folder / name / "result.pt") for name in cases}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return train(1, tmp_path_factory.mktemp("alone"), CASES)


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return train(2, tmp_path_factory.mktemp("together"), CASES | NORMALISED)


def check_equal_but_for_rounding(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found["rank"] == 0
    assert found["best_epoch"] == expected["best_epoch"]
    assert found["timing"]["steps"] == expected["timing"]["steps"]
    assert len(found["rows"]) == len(expected["rows"])
    for row, of_one in zip(found["rows"], expected["rows"], strict=True):
        assert row == pytest.approx(of_one, rel=1e-4)
    for key, value in expected["state"].items():
        torch.testing.assert_close(found["state"][key], value, rtol=1e-3, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_two_processes_take_the_steps_of_one_device(alone, together, case):
    check_equal_but_for_rounding(together[case], alone[case])


@pytest.mark.slow
def test_two_processes_judge_a_detector_by_all_windows(alone, together):
    scores = [row["validation_ap50"] for row in together["detector"]["rows"]]
    assert max(scores) > 0.3
    assert scores == pytest.approx([row["validation_ap50"] for row in alone["detector"]["rows"]])


@pytest.mark.slow
def test_a_frozen_encoder_and_unused_layers_stay_as_they_are_in_two_processes(together):
    frozen, other = together["frozen, stochastic average"]["state"], together["plain"]["state"]
    assert not torch.equal(frozen["layers.encoder.0.weight"], other["layers.encoder.0.weight"])
    assert torch.equal(frozen["layers.unused.weight"], other["layers.unused.weight"])


@pytest.mark.slow
def test_a_training_that_was_killed_in_two_processes_goes_on_in_one(alone, tmp_path):
    name = "accumulated and averaged"
    assert start(2, tmp_path, {name: {**CASES[name], "killed": 1}}).returncode != 0
    assert {each.name for each in (tmp_path / name).glob("*.ckpt")} == {"last.ckpt"}
    check_equal_but_for_rounding(train(1, tmp_path, {name: CASES[name]})[name], alone[name])


@pytest.mark.slow
@pytest.mark.parametrize("case", NORMALISED)
def test_statistics_of_batch_normalisation_are_the_same_in_all_processes(together, case):
    """What all of them judge is what the first one keeps."""
    assert together[case]["kept_miou"] == pytest.approx(together[case]["best_score"], abs=1e-12)


@pytest.mark.slow
def test_an_error_in_one_process_ends_all_of_them(tmp_path):
    begun = time.monotonic()
    run = start(2, tmp_path, {"failing": {"failing": 1}})
    assert run.returncode != 0
    assert "ZeroDivisionError" in run.stderr
    assert time.monotonic() - begun < 120
    assert not (tmp_path / "failing" / "result.pt").exists()


def test_a_batch_that_cannot_be_shared_out_is_refused_with_sizes_that_can():
    check_share(8, Processes(1, 4))
    with pytest.raises(UserError, match=r"train\.batch_size to 8 or 12"):
        check_share(10, Processes(1, 4))
    with pytest.raises(UserError, match=r"train\.batch_size to 4,"):
        check_share(2, Processes(1, 4))


@pytest.mark.parametrize(
    ("starter", "visible", "expected"),
    [
        ("srun", 4, "cuda:2"),
        ("srun", 1, "cuda:0"),
        ("torchrun", 4, "cuda:2"),
        ("torchrun", 0, "cpu"),
        ("srun", 0, "cpu"),
    ],
)
def test_each_process_takes_a_gpu_of_its_own(monkeypatch, starter, visible, expected):
    """A task of SLURM may see its own GPU only."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: visible > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: visible)
    monkeypatch.setenv(
        "CUDA_VISIBLE_DEVICES", "0,1"
    )  # says nothing: SLURM sets it for GPUs that are pretended
    assert choose_device(Processes(2, 4, 2, starter)) == torch.device(expected)


@pytest.mark.parametrize(("starter", "visible"), [("torchrun", 1), ("torchrun", 2), ("srun", 2)])
def test_more_processes_than_gpus_are_refused(monkeypatch, starter, visible):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: visible)
    with pytest.raises(UserError, match=f"start {visible} processes on each machine"):
        choose_device(Processes(2, 4, 2, starter))
