"""The figure of areas: bars with intervals, whatever the sizes of classes are."""

from __future__ import annotations

from io import BytesIO

import pytest

from rs_seg.algorithms.reporting.area_chart import DrawnArea, draw_areas
from rs_seg.values.ground_units import HECTARES

COMMON = DrawnArea("forest", "#2f7d3b", 900.0, (850.0, 940.0), 950.0)
RARE = DrawnArea("water", "#3a7fb8", 2.0, (1.5, 6.0), 1.0)
ONLY_IN_REFERENCE = DrawnArea("bog", "#77614b", 0.4, (0.0, 3.0), 0.0)
WITHOUT_INTERVAL = DrawnArea("road", "#999999", 5.0, None, 6.0)


def texts(*areas: DrawnArea) -> list[str]:
    figure = draw_areas(areas, title="Areas", subtitle="9 of 9 places labelled", units=HECTARES)
    figure.savefig(BytesIO(), format="png")
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_estimates_stand_with_both_ends_of_their_intervals() -> None:
    assert texts(COMMON)[:2] == ["900  (850 to 940)", "950"]


def test_a_class_without_an_interval_has_its_estimate_alone() -> None:
    assert "5" in texts(COMMON, WITHOUT_INTERVAL)


def test_a_class_that_the_map_does_not_have_says_so() -> None:
    assert " not in the map" in texts(COMMON, ONLY_IN_REFERENCE)


def test_a_ratio_beyond_the_scale_is_told_and_one_within_it_is_not() -> None:
    missed = DrawnArea("mine", "#a5554b", 1710.0, (466.0, 4267.0), 13.9)
    assert "12\u202f302 %" in texts(COMMON, missed)
    assert not any(text.endswith("%") for text in texts(COMMON, RARE))


def test_everything_that_is_drawn_is_in_view() -> None:
    figure = draw_areas([COMMON, RARE, ONLY_IN_REFERENCE], title="", subtitle="", units=HECTARES)
    bars, ratios = figure.axes
    assert bars.get_xlim()[1] > 950
    least, most = ratios.get_xlim()
    assert most > 5
    assert least < 1 / 5
    assert bars.get_ylim() == ratios.get_ylim()


@pytest.mark.parametrize(
    ("area", "ticks"),
    [(COMMON, ["80 %", "90 %", "100 %", "110 %", "125 %"]), (RARE, ["25 %", "50 %", "100 %"])],
)
def test_ticks_fit_how_far_estimates_are_from_the_map(area: DrawnArea, ticks: list[str]) -> None:
    figure = draw_areas([area], title="", subtitle="", units=HECTARES)
    found = [label.get_text() for label in figure.axes[1].get_xticklabels()]
    assert found[: len(ticks)] == ticks
