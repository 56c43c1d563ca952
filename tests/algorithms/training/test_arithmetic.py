"""`precision: auto` takes and keeps the faster arithmetic; a trial leaves no trace in training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.training import arithmetic
from rs_seg.algorithms.training.arithmetic import Trial, choose_arithmetic, read_arithmetic
from rs_seg.algorithms.training.loop import train_network
from rs_seg.algorithms.training.settings import TrainingSettings
from rs_seg.algorithms.training.task import SegmentationTask
from rs_seg.values.processes import Processes

ALONE = Processes()


class Layers(nn.Module):
    """An encoder with dropout, a head and, if asked for, a layer without use."""

    def __init__(self, *, idle: bool = False) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(2, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.2)
        )
        self.head = nn.Conv2d(8, 3, 1)
        if idle:
            self.idle = nn.Conv2d(8, 8, 1)

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        logits: Tensor = self.head(self.encoder(pixels_NBHW))
        return logits


def build(*, idle: bool = False) -> NormalisedNetwork:
    return NormalisedNetwork(Layers(idle=idle), mean=[0.0, 0.0], std=[1.0, 1.0])


def draw(epoch: int, count: int) -> list[tuple[Tensor, Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(epoch)
    return [
        (
            torch.randn(2, 8, 8, generator=generator),
            torch.ones(8, 8, dtype=torch.bool),
            torch.randint(0, 3, (8, 8), generator=generator),
        )
        for _ in range(count)
    ]


def settings(**changes: Any) -> TrainingSettings:
    values: dict[str, Any] = {
        "class_count": 3,
        "batch_size": 4,
        "epochs": 2,
        "steps_per_epoch": 2,
        "patience": 9,
        "learning_rate": 0.02,
        "weight_decay": 0.01,
        "seed": 5,
        "precision": "auto",
    }
    return TrainingSettings(**{**values, **changes})


def train(folder: Path, **changes: Any) -> dict[str, Tensor]:
    folder.mkdir(exist_ok=True)
    result = train_network(
        build,
        settings(**changes),
        make_task=SegmentationTask,
        train_samples=draw,
        validation_samples=draw(99, 8),
        folder=folder,
    )
    assert result is not None
    return result.state


@pytest.fixture
def pace(monkeypatch) -> dict[str, float]:
    """Seconds of a step by precision, which a test may change, on any machine."""
    seconds = {"float32": 1.0, "bfloat16": 1.0}
    whole = Trial.step

    def step(trial: Trial, precision: str) -> float:
        whole(trial, precision)
        return seconds[precision]

    monkeypatch.setattr(Trial, "step", step)
    monkeypatch.setattr(arithmetic.machine, "computes_bfloat16", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    return seconds


@pytest.mark.parametrize(
    ("float32", "bfloat16", "expected"),
    [(1.0, 3.5, "float32"), (1.0, 0.9, "float32"), (1.2, 1.0, "bfloat16"), (3.0, 1.0, "bfloat16")],
)
def test_bfloat16_is_taken_where_it_is_clearly_faster(
    tmp_path, pace, caplog, float32, bfloat16, expected
):
    caplog.set_level("INFO")
    pace.update(float32=float32, bfloat16=bfloat16)
    chosen = choose_arithmetic(
        "auto", tmp_path, Trial(build, settings(), SegmentationTask, draw, ALONE), processes=ALONE
    )
    assert chosen.precision == expected
    assert chosen.step_seconds == {"float32": float32, "bfloat16": bfloat16}
    assert (
        f"{expected} (forward and backward pass: float32 {float32:.3f} s, bfloat16 {bfloat16:.3f} "
        f"s)" in caplog.text
    )
    assert read_arithmetic(tmp_path) == chosen


def test_a_trial_leaves_no_trace_in_the_training(tmp_path, pace):
    plain = train(tmp_path / "plain", precision="float32")
    tried = train(tmp_path / "tried")
    assert read_arithmetic(tmp_path / "tried").step_seconds
    assert plain.keys() == tried.keys()
    assert all(torch.equal(plain[key], tried[key]) for key in plain)


def test_a_training_keeps_the_arithmetic_it_began_with(tmp_path, pace):
    pace["bfloat16"] = 0.1
    undisturbed = train(tmp_path / "undisturbed")
    train(tmp_path / "float32", precision="float32")
    pace["bfloat16"] = 9.0
    folder = tmp_path / "again"
    folder.mkdir()
    (folder / arithmetic.ARITHMETIC).write_bytes(
        (tmp_path / "undisturbed" / arithmetic.ARITHMETIC).read_bytes()
    )
    again = train(folder)
    assert all(torch.equal(undisturbed[key], again[key]) for key in undisturbed)
    other = train(tmp_path / "other")
    assert any(not torch.equal(undisturbed[key], other[key]) for key in undisturbed), (
        "bfloat16 was computed"
    )


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"precision": "int8", "step_seconds": {}}', '{"precision": "float32"}']
)
def test_a_note_that_is_junk_counts_as_absent(tmp_path, pace, text):
    (tmp_path / arithmetic.ARITHMETIC).write_text(text)
    assert read_arithmetic(tmp_path) is None
    choose_arithmetic(
        "auto", tmp_path, Trial(build, settings(), SegmentationTask, draw, ALONE), processes=ALONE
    )
    assert json.loads((tmp_path / arithmetic.ARITHMETIC).read_text())["precision"] == "float32"


def test_nothing_is_timed_without_the_instructions(tmp_path, monkeypatch):
    monkeypatch.setattr(arithmetic.machine, "computes_bfloat16", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(Trial, "step", None)
    chosen = choose_arithmetic(
        "auto", tmp_path, Trial(build, settings(), SegmentationTask, draw, ALONE), processes=ALONE
    )
    assert (chosen.precision, chosen.step_seconds) == ("float32", {})


def test_a_slow_network_is_tried_in_one_round(pace, monkeypatch):
    clock = iter(range(0, 1000, 10))
    steps: list[str] = []
    monkeypatch.setattr(arithmetic.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(Trial, "step", lambda _, precision: steps.append(precision) or 1.0)
    arithmetic._time_steps(Trial(build, settings(), SegmentationTask, draw, ALONE))
    assert steps == ["float32", "bfloat16"] * 2


@pytest.mark.parametrize(
    ("idle", "changes", "expected"),
    [
        (False, {}, False),
        (True, {}, True),
        (False, {"freeze_encoder": True, "unfreeze_epoch": 2}, True),
        (False, {"averaging": {"method": "ema", "decay": 0.9}}, False),
    ],
    ids=["all learn", "idle layer", "frozen encoder", "average"],
)
def test_parameters_without_a_gradient_are_told(idle, changes, expected):
    trial = Trial(lambda: build(idle=idle), settings(**changes), SegmentationTask, draw, ALONE)
    trial.step("bfloat16")  # an encoder that was frozen by an earlier step counts as well
    assert trial.leaves_parameters_out("float32") is expected
