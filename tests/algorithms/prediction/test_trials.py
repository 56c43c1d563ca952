from __future__ import annotations

import itertools

import numpy as np
import pytest

from rs_seg.algorithms.prediction.engine import Engine
from rs_seg.algorithms.prediction.engines import EngineChoice
from rs_seg.algorithms.prediction.trials import (
    REFERENCE,
    Gate,
    Trial,
    choose_fastest,
    describe_failure,
    measure_speeds,
    try_engines,
)
from rs_seg.errors import UserError

GATE = Gate(agreement=0.99, miou_change=0.01)
GOOD, BAD, BROKEN = (
    EngineChoice("openvino", "float32"),
    EngineChoice("openvino", "int8"),
    EngineChoice("onnxruntime", "int8"),
)


def tiles(count: int = 5, *, labelled: bool = True):
    generator = np.random.default_rng(0)
    for _ in range(count):
        pixels = generator.normal(size=(1, 32, 32)).astype(np.float32)
        yield pixels, np.ones((32, 32), dtype=bool), (pixels[0] > 0).astype(np.int64) if labelled else None


def engine_above(threshold: float) -> Engine:
    """Two classes: the pixel is above the threshold or not."""

    def forward(pixels: np.ndarray) -> np.ndarray:
        above = (pixels > threshold).astype(np.float32)
        return np.concatenate([1 - above, above], axis=1)

    return Engine(forward, workers=2)


def open_choice(choice: EngineChoice) -> Engine:
    if choice == BROKEN:
        raise UserError("cannot compute the network", found="a layer it does not know")
    return engine_above(0.2 if choice == BAD else 0.0)


def test_engines_that_disagree_or_fail_are_not_used_and_said_so(caplog: pytest.LogCaptureFixture):
    with caplog.at_level("INFO"):
        choices = [REFERENCE, GOOD, BAD, BROKEN]
        found = try_engines(choices, open_choice, list(tiles()), classes=2, gate=GATE)
    assert [trial.agrees for trial in found] == [True, True, False, False]
    assert found[2].agreement is not None
    assert 0.9 < found[2].agreement.labels_equal < 0.95
    assert found[2].agreement.miou_reference == 1.0
    assert "openvino int8: 9" in caplog.text
    assert "below 99.00% of labels" in caplog.text
    assert "a layer it does not know" in caplog.text
    assert "openvino float32" not in caplog.text


def test_a_changed_mean_iou_is_the_reason_where_labels_pass():
    (trial,) = try_engines([BAD], open_choice, list(tiles()), classes=2, gate=Gate(agreement=0.5, miou_change=0.01))
    assert not trial.agrees
    assert "a change of more than 0.01" in describe_failure(trial, Gate(agreement=0.5, miou_change=0.01))
    (trial,) = try_engines(
        [BAD], open_choice, list(tiles(labelled=False)), classes=2, gate=Gate(agreement=0.5, miou_change=0.01)
    )
    assert trial.agrees


def test_only_engines_that_agree_are_timed_and_rounds_alternate():
    trials = [Trial(REFERENCE, agrees=True), Trial(GOOD, agrees=True), Trial(BAD, agrees=False)]
    opened: list[EngineChoice] = []

    def noting(choice: EngineChoice) -> Engine:
        opened.append(choice)
        return engine_above(0)

    ticks = itertools.count()
    found = measure_speeds(trials, noting, np.zeros((2, 1, 32, 32), dtype=np.float32), clock=lambda: float(next(ticks)))
    assert opened == [REFERENCE, GOOD] * 3
    assert [trial.mpix_per_s for trial in found] == [pytest.approx(2 * 32 * 32 / 1e6)] * 2 + [None]


def test_engines_far_behind_are_timed_once():
    slow, fast = Trial(REFERENCE, agrees=True), Trial(GOOD, agrees=True)
    opened: list[EngineChoice] = []
    times = iter([0.0, 10.0, *range(100)])

    def noting(choice: EngineChoice) -> Engine:
        opened.append(choice)
        return engine_above(0)

    measure_speeds([slow, fast], noting, np.zeros((2, 1, 32, 32), dtype=np.float32), clock=lambda: next(times))
    assert opened == [REFERENCE, GOOD, GOOD, GOOD]


def timed(engine: str, precision: str, speed: float, *, agrees: bool = True) -> Trial:
    return Trial(EngineChoice(engine, precision), agrees=agrees, mpix_per_s=speed)


@pytest.mark.parametrize(
    ("trials", "chosen"),
    [
        ([timed("torch", "float32", 1), timed("openvino", "int8", 3)], "openvino int8"),
        ([timed("openvino", "float32", 2.75), timed("openvino", "int8", 3)], "openvino float32"),
        (
            [timed("openvino", "bfloat16", 2.95), timed("openvino", "float32", 2.8), timed("torch", "float32", 2.75)],
            "torch float32",
        ),
        ([timed("torch", "float32", 1), timed("openvino", "int8", 3, agrees=False)], "torch float32"),
    ],
)
def test_the_fastest_wins_and_ties_go_to_the_more_precise_then_to_the_earlier(trials, chosen):
    assert str(choose_fastest(trials).choice) == chosen
    assert str(choose_fastest(trials[::-1]).choice) == chosen
