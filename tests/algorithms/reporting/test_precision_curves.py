"""Curves of precision and recall: one for each set and class, and a dot at the chosen score."""

from __future__ import annotations

import pytest

from rs_seg.algorithms.reporting.precision_curves import (
    draw_precision_curves,
    plot_precision_curves,
)
from tests.algorithms.reporting.toy_matches import make_matches

COUNTS = [(6, 4, 3)] * 4


def test_each_set_has_a_curve_and_a_dot_at_its_figures():
    matched = [
        make_matches("one", COUNTS, COUNTS),
        make_matches("unet", COUNTS, COUNTS, kind="polygons"),
    ]
    axes = plot_precision_curves(matched).axes[0]
    curve, dot, dashed, _ = axes.get_lines()
    assert dot.get_xdata()[0] == pytest.approx(0.6)
    assert dot.get_ydata()[0] == pytest.approx(2 / 3)
    assert curve.get_linestyle() == "-"
    assert dashed.get_linestyle() == "--"
    assert axes.get_title(loc="left") == matched[0].test.boxes.per_class[0].name


def test_the_drawing_is_the_same_for_the_same_figures_and_names_are_text():
    matched = [make_matches("a_b$c$", COUNTS, [(0, 0, 0)])]
    drawing = draw_precision_curves(matched)
    assert drawing == draw_precision_curves(matched)
    assert drawing.startswith("<svg")
    assert "a_b$c$ + nms" in drawing
