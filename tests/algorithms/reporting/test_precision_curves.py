"""Curves of precision and recall: one for each set and class, and a dot at the chosen score."""

from __future__ import annotations

import pytest

from rs_seg.algorithms.reporting.precision_curves import (
    draw_precision_curves,
    draw_probability_curves,
    list_probability_panels,
    plot_panels,
    plot_precision_curves,
)
from rs_seg.values.probability_figures import ClassCurve, ProbabilityFigures, ThresholdPoint
from tests.algorithms.reporting.toy_evaluations import figures_of_test, make_evaluation
from tests.algorithms.reporting.toy_matches import make_matches

COUNTS = [(6, 4, 3)] * 4


def of_class(name: str, *, precision: float | None = 0.7, point_count: int = 2) -> ClassCurve:
    """A class with a curve of so many points, and a threshold where it has a precision."""
    at = {"threshold": 0.4, "precision": precision, "recall": 0.5, "f1": 0.6}
    place = ThresholdPoint(threshold=0.4, precision=0.7, recall=0.5)
    return ClassCurve(
        code=1, name=name, pixels=9, average_precision=0.8, **at, curve=(place,) * point_count
    )


def with_curves(network: str, *classes: ClassCurve):
    """The evaluation of a network whose classes have these curves."""
    own = ProbabilityFigures(mean_average_precision=0.8, per_class=classes)
    return make_evaluation(network, test=figures_of_test(probabilities=own))


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


def test_a_title_that_begins_with_an_underscore_stands_in_the_legend():
    figure = plot_precision_curves([make_matches("_t", COUNTS, COUNTS)])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["_t + nms"]


def test_classes_have_a_curve_of_each_network_that_has_one_and_a_dot_at_the_threshold():
    unet = with_curves("unet", of_class("field"), of_class("wood", precision=None))
    forest = with_curves("forest", of_class("field"), of_class("wood", point_count=0))
    (field, lines), (wood, rest) = list_probability_panels([unet, forest, make_evaluation()])
    assert (field, [line.title for line in lines]) == ("field", ["unet", "forest"])
    assert (wood, [(line.title, line.dot) for line in rest]) == ("wood", [("unet", None)])
    assert lines[0].dot == (0.5, 0.7)
    assert lines[0].recall == [0.5, 0.5]


def test_a_network_without_a_curve_of_a_class_leaves_the_colours_of_the_others():
    unet = with_curves("unet", of_class("field", point_count=0), of_class("wood"))
    forest = with_curves("forest", of_class("field"), of_class("wood"))
    figure = plot_panels(list_probability_panels([unet, forest]))
    drawn = [
        {line.get_label(): line.get_color() for line in axes.get_lines()}
        for axes in figure.axes[:2]
    ]
    assert drawn[0]["forest"] == drawn[1]["forest"] != drawn[1]["unet"]
    assert "unet" not in drawn[0]
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {"unet", "forest"}


def test_without_probabilities_or_pixels_of_any_class_there_is_no_drawing():
    assert draw_probability_curves([make_evaluation()]) == ""
    assert draw_probability_curves([with_curves("unet", of_class("field", point_count=0))]) == ""
    assert draw_probability_curves([with_curves("unet", of_class("field"))]).startswith("<svg")
