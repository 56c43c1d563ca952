"""Reliability in words and as a drawing."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from rs_seg.algorithms.reporting.reliability import draw_reliability, judge_reliability

EMPTY = (0, None, None)
BEFORE = [*[EMPTY] * 13, (40, 0.9, 0.6), (60, 0.97, 0.8)]
AFTER = [*[EMPTY] * 8, (30, 0.55, 0.6), *[EMPTY] * 4, (70, 0.91, 0.8), EMPTY]


@pytest.mark.parametrize(
    ("temperature", "verdict"),
    [(1.7, "softened"), (0.6, "sharpened"), (1.02, "about right"), (1.0, "about right")],
)
def test_words_name_both_errors_and_what_was_wrong(temperature, verdict):
    text = judge_reliability(temperature=temperature, before=0.0834, after=0.021)
    assert "0.083 before and 0.021 after" in text
    assert verdict in text


def test_drawing_is_xml_that_takes_the_ink_of_the_page_and_is_the_same_each_time():
    drawing = draw_reliability(BEFORE, AFTER)
    root = ET.fromstring(drawing)
    assert root.get("viewBox") is not None
    assert root.get("width") is None
    assert "currentColor" in drawing
    assert draw_reliability(BEFORE, AFTER) == drawing


def test_a_bin_of_hardly_any_pixels_does_not_change_the_diagram():
    few = [(1, 0.05, 1.0), *[EMPTY] * 12, (40_000, 0.9, 0.6), (60_000, 0.97, 0.8)]
    points = lambda drawing: drawing.count("<use")  # noqa: E731
    assert points(draw_reliability(few, AFTER)) == points(
        draw_reliability([EMPTY, *few[1:]], AFTER)
    )


def test_bins_that_are_all_in_one_range_are_drawn():
    one = [*[EMPTY] * 14, (5, 1.0, 1.0)]
    assert ET.fromstring(draw_reliability(one, one)).get("viewBox") is not None
