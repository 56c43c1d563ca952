from __future__ import annotations

import itertools

import numpy as np
import pytest

from rs_seg.algorithms.prediction.engine import Engine
from rs_seg.algorithms.prediction.engines import EngineChoice
from rs_seg.algorithms.prediction.trials import (
    FIRST_TILES,
    REFERENCE,
    Gate,
    Trial,
    choose_engine,
    describe_failure,
    measure_speeds,
    recall_speeds,
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
        yield (
            pixels,
            np.ones((32, 32), dtype=bool),
            (pixels[0] > 0).astype(np.int64) if labelled else None,
        )


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


def choose(trials: list[Trial], *, gate: Gate = GATE, labelled: bool = True, count: int = 5):
    judged = list(tiles(count, labelled=labelled))
    return choose_engine(trials, open_choice, judged, class_count=2, gate=gate)


def timed(choice: EngineChoice, speed: float) -> Trial:
    return Trial(choice, mpix_per_s=speed)


def test_engines_that_disagree_or_fail_are_not_used_and_said_so(caplog: pytest.LogCaptureFixture):
    with caplog.at_level("INFO"):
        trials = [timed(REFERENCE, 1), timed(GOOD, 2), timed(BAD, 5), timed(BROKEN, 4)]
        chosen, asked = choose(trials)
    assert chosen is not None
    assert chosen.choice == GOOD
    assert [trial.agrees for trial in asked] == [None, True, False, False]
    assert asked[2].agreement is not None
    assert 0.9 < asked[2].agreement.labels_equal < 0.95
    assert asked[2].agreement.miou_reference == 1.0
    assert "openvino int8: not used: 9" in caplog.text
    assert "below 99.00% of labels" in caplog.text
    assert "a layer it does not know" in caplog.text
    assert "openvino float32: not used" not in caplog.text


def test_a_changed_mean_iou_is_the_reason_where_labels_pass():
    strict = Gate(agreement=0.5, miou_change=0.01)
    chosen, (trial,) = choose([Trial(BAD)], gate=strict)
    assert chosen is None
    assert "a change of more than 0.01" in describe_failure(trial, strict)
    chosen, _ = choose([Trial(BAD)], gate=strict, labelled=False)
    assert chosen is not None


def test_an_engine_far_off_is_asked_about_few_tiles():
    read: list[int] = []

    class Noting(list):
        def __getitem__(self, number):
            read.append(number)
            return super().__getitem__(number)

    judged = Noting(tiles(6))
    chosen, _ = choose_engine([Trial(BAD)], open_choice, judged, class_count=2, gate=GATE)
    assert chosen is None
    assert set(read) == set(range(FIRST_TILES))
    choose_engine([Trial(GOOD)], open_choice, judged, class_count=2, gate=GATE)
    assert set(read) == set(range(6))


def test_the_reference_is_computed_once_and_only_where_it_is_compared_with():
    opened: list[EngineChoice] = []

    def noting(choice: EngineChoice) -> Engine:
        opened.append(choice)
        return open_choice(choice)

    judged = list(tiles())
    choose_engine([timed(REFERENCE, 2), timed(GOOD, 1)], noting, judged, class_count=2, gate=GATE)
    assert opened == []
    trials = [timed(BAD, 3), timed(BROKEN, 2), timed(REFERENCE, 1)]
    chosen, _ = choose_engine(trials, noting, judged[:FIRST_TILES], class_count=2, gate=GATE)
    assert chosen is not None
    assert chosen.choice == REFERENCE
    assert opened == [BAD, REFERENCE, BROKEN]
    opened.clear()
    choose_engine([timed(GOOD, 1)], noting, judged, class_count=2, gate=GATE)
    assert opened == [GOOD, REFERENCE]


def measure(choices: list[EngineChoice], *, times):
    ticks = iter(times)
    pixels = np.zeros((2, 1, 32, 32), dtype=np.float32)
    return measure_speeds(choices, open_choice, pixels, clock=lambda: float(next(ticks)))


def test_the_faster_of_two_runs_counts_and_who_cannot_compute_is_not_timed():
    found = list(measure([REFERENCE, BROKEN, GOOD], times=[0, 2, 2, 3, 10, 10.5, 11, 13]))
    megapixels = 2 * 32 * 32 / 1e6
    assert [trial.mpix_per_s for trial in found] == [
        pytest.approx(megapixels),
        None,
        pytest.approx(2 * megapixels),
    ]
    assert found[1].fault is not None
    assert [trial.agrees for trial in found] == [None, False, None]


def test_engines_far_behind_are_timed_once():
    found = list(measure([GOOD, REFERENCE], times=[0, 1, 1, 2, 10, 20]))
    assert found[1].mpix_per_s == pytest.approx(2 * 32 * 32 / 1e7)


def test_speeds_are_measured_as_they_are_asked_for():
    trials = measure([REFERENCE, GOOD], times=itertools.count())
    assert next(trials).choice == REFERENCE


def test_remembered_speeds_hold_only_if_all_are_known():
    speeds = {str(REFERENCE): 1.0, str(GOOD): 2.0, str(BROKEN): 0.0}
    recalled = recall_speeds([REFERENCE, GOOD, BROKEN], speeds)
    assert recalled is not None
    assert [trial.mpix_per_s for trial in recalled] == [1.0, 2.0, None]
    assert [trial.agrees for trial in recalled] == [None, None, False]
    assert recall_speeds([REFERENCE, BAD], speeds) is None
    assert recall_speeds([REFERENCE], {str(REFERENCE): float("nan")}) is None


@pytest.mark.parametrize(
    ("speeds", "chosen"),
    [
        ({"torch float32": 1, "openvino int8": 3}, "openvino int8"),
        ({"openvino float32": 2.75, "openvino int8": 3}, "openvino float32"),
        (
            {"openvino bfloat16": 2.95, "openvino float32": 2.8, "torch float32": 2.75},
            "torch float32",
        ),
    ],
)
def test_the_fastest_wins_and_ties_go_to_the_more_precise_then_to_the_earlier(speeds, chosen):
    trials = [timed(EngineChoice(*name.split()), speed) for name, speed in speeds.items()]
    for order in (trials, trials[::-1]):
        taken, _ = choose_engine(
            order, lambda _: engine_above(0), list(tiles()), class_count=2, gate=GATE
        )
        assert taken is not None
        assert str(taken.choice) == chosen
