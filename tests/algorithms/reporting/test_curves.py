"""Curves in words and as drawings."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from rs_seg.algorithms.reporting.curves import draw_curves, judge_curves


def curves(train: list[float], validation: list[float], scores: list[float]) -> dict[str, list[float]]:
    epochs = [float(number) for number in range(1, len(train) + 1)]
    return {"epoch": epochs, "train_loss": train, "validation_loss": validation, "validation_miou": scores}


FLAT = curves(
    [1, 0.8, 0.6, 0.5, 0.45, 0.44, 0.43, 0.43],
    [1, 0.8, 0.7, 0.6, 0.56, 0.55, 0.55, 0.55],
    [0.2, 0.5, 0.6, 0.7, 0.8, 0.801, 0.8, 0.8],
)


def test_rising_validation_loss_is_overfitting() -> None:
    spoilt = curves([1, 0.5, 0.3, 0.1], [1, 0.6, 0.7, 0.9], [0.3, 0.6, 0.55, 0.5])
    text = judge_curves(spoilt)
    assert "Overfitting" in text
    assert "50%" in text
    assert "epoch 2" in text


def test_scores_still_rising_at_the_end_are_not_converged() -> None:
    rising = curves([1, 0.8, 0.6, 0.4], [1, 0.8, 0.6, 0.5], [0.2, 0.4, 0.6, 0.8])
    assert "Not converged" in judge_curves(rising)


def test_flat_curves_raise_no_alarm() -> None:
    text = judge_curves(FLAT)
    assert "Overfitting" not in text
    assert "Not converged" not in text


def test_drawing_is_xml_without_fixed_size_or_ids_and_takes_the_ink_of_the_page() -> None:
    drawing = draw_curves(FLAT)
    root = ET.fromstring(drawing)
    assert root.get("viewBox") is not None
    assert root.get("width") is None
    assert "currentColor" in drawing
    assert "<text" in drawing
    assert draw_curves(FLAT) == drawing


def test_losses_over_decades_and_single_values_are_drawn() -> None:
    wild = curves([40, 2, 1, 1], [30, 4, 1, 1], [0.1, 0.2, 0.3, 0.3])
    assert ET.fromstring(draw_curves(wild)).get("viewBox") is not None
