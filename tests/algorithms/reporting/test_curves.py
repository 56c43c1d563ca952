"""Curves in words and as drawings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from rs_seg.algorithms.reporting.curves import (
    draw_curve,
    judge_curve,
    measure_divergence,
    measure_late_gain,
)
from rs_seg.values.learning_curve import LearningCurve


def curves(train: list[float], validation: list[float], scores: list[float]) -> LearningCurve:
    epochs = [float(number) for number in range(1, len(train) + 1)]
    return LearningCurve(epochs, train, validation, scores)


FLAT = curves(
    [1, 0.8, 0.6, 0.5, 0.45, 0.44, 0.43, 0.43],
    [1, 0.8, 0.7, 0.6, 0.56, 0.55, 0.55, 0.55],
    [0.2, 0.5, 0.6, 0.7, 0.8, 0.801, 0.8, 0.8],
)


def test_rising_validation_loss_is_overfitting() -> None:
    spoilt = curves([1, 0.5, 0.3, 0.1], [1, 0.6, 0.7, 0.9], [0.3, 0.6, 0.55, 0.5])
    text = judge_curve(spoilt)
    assert "Overfitting" in text
    assert "50%" in text
    assert "epoch 2" in text


def test_scores_still_rising_at_the_end_are_not_converged() -> None:
    rising = curves([1, 0.8, 0.6, 0.4], [1, 0.8, 0.6, 0.5], [0.2, 0.4, 0.6, 0.8])
    assert "Not converged" in judge_curve(rising)


def test_flat_curves_raise_no_alarm() -> None:
    text = judge_curve(FLAT)
    assert "Overfitting" not in text
    assert "Not converged" not in text


def exponential(count: int, *, start: float, end: float, pace: float) -> list[float]:
    return [end + (start - end) * math.exp(-pace * number) for number in range(count)]


def rise_after(values: Sequence[float], turn: int, slope: float) -> list[float]:
    return [value + max(0, number - turn) * slope for number, value in enumerate(values)]


def shaken(values: list[float], spread: float) -> list[float]:
    generator = np.random.default_rng(0)
    return [value * float(generator.uniform(1 - spread, 1 + spread)) for value in values]


CONVERGED = curves(
    exponential(40, start=2, end=0.3, pace=0.3),
    exponential(40, start=2, end=0.4, pace=0.3),
    exponential(40, start=0.1, end=0.8, pace=0.3),
)


@pytest.mark.parametrize(
    ("slope", "pace", "words"),
    [
        (0.0, 0.3, {"No sign"}),
        (0.02, 0.3, {"Overfitting"}),
        (0.0, 0.03, {"Not converged"}),
        (0.05, 0.03, {"Overfitting", "Not converged"}),
    ],
)
@pytest.mark.parametrize("spread", [0.0, 0.02])
def test_made_up_curves_are_told_apart_with_and_without_noise(slope, pace, words, spread) -> None:
    """Losses that decay and then part, scores that rise fast or slowly."""
    made = curves(
        shaken(exponential(40, start=2, end=0.1, pace=pace), spread),
        shaken(rise_after(exponential(40, start=2, end=0.4, pace=0.3), 12, slope), spread),
        shaken(exponential(40, start=0.1, end=0.8, pace=pace), spread / 10),
    )
    assert {
        told for told in ("No sign", "Overfitting", "Not converged") if told in judge_curve(made)
    } == words


def test_one_bad_epoch_at_the_end_is_no_overfitting() -> None:
    spoilt = replace(CONVERGED, validation_losses=[*CONVERGED.validation_losses[:-1], 3.0])
    assert measure_divergence(spoilt) < 0.01
    assert "No sign" in judge_curve(spoilt)


def test_losses_that_rise_together_are_not_called_overfitting() -> None:
    """A rate too high or data too hard: training itself gets worse."""
    both = replace(
        CONVERGED,
        train_losses=rise_after(CONVERGED.train_losses, 10, 0.05),
        validation_losses=rise_after(CONVERGED.validation_losses, 10, 0.05),
    )
    assert measure_divergence(both) == 0


def test_the_divergence_is_the_rise_from_the_least_value_to_the_end() -> None:
    made = curves([4, 3, 2, 1, 1, 1, 1, 1], [5, 2, 2, 2, 2, 2, 3, 3], [0.5] * 8)
    assert measure_divergence(made) == pytest.approx(0.5)


def test_a_validation_loss_of_zero_divides_nothing() -> None:
    perfect = curves([1, 0.5, 0.2, 0.1], [0.5, 0, 0, 0.2], [0.5, 1, 1, 0.9])
    assert measure_divergence(perfect) == pytest.approx(2)
    assert measure_divergence(curves([1, 0], [0, 1], [1, 0.5])) == 0


def test_late_gains_are_those_of_the_last_quarter() -> None:
    assert measure_late_gain(
        curves([1] * 8, [1] * 8, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7])
    ) == pytest.approx(0.1)
    assert (
        measure_late_gain(curves([1] * 8, [1] * 8, [0.1, 0.2, 0.3, 0.4, 0.5, 0.8, 0.65, 0.7])) == 0
    )


def test_drawing_is_xml_without_fixed_size_or_ids_and_takes_the_ink_of_the_page() -> None:
    drawing = draw_curve(FLAT)
    root = ET.fromstring(drawing)
    assert root.get("viewBox") is not None
    assert root.get("width") is None
    assert "currentColor" in drawing
    assert "<text" in drawing
    assert draw_curve(FLAT) == drawing


def test_losses_over_decades_and_single_values_are_drawn() -> None:
    wild = curves([40, 2, 1, 1], [30, 4, 1, 1], [0.1, 0.2, 0.3, 0.3])
    assert ET.fromstring(draw_curve(wild)).get("viewBox") is not None


def test_the_curve_of_a_detector_is_judged_by_its_ap50_and_without_objects_by_its_loss():
    scored = LearningCurve([1, 2], [2.0, 1.0], [2.0, 1.5], [math.nan, 0.4], "AP50")
    assert "best validation AP50, 0.400, was reached in epoch 2" in judge_curve(scored)
    assert "AP at IoU 0.5" in draw_curve(scored)
    unscored = LearningCurve([1, 2], [2.0, 1.0], [1.5, 1.6], [math.nan] * 2, "AP50")
    assert "least validation loss, 1.5, was reached in epoch 1" in judge_curve(unscored)
    assert ET.fromstring(draw_curve(unscored)).get("viewBox") is not None
