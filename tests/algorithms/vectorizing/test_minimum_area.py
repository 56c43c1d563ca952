"""The minimum area that follows from the size of the pixels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.vectorizing.minimum_area import choose_minimum_area

PIXELS = st.floats(1e-3, 1e3)


@pytest.mark.parametrize(
    ("pixel", "area"),
    [(0.02, 0.04), (0.05, 0.25), (0.132, 1.0), (0.3, 1.0), (0.5, 2.2), (10, 900), (30, 8100)],
)
def test_it_is_a_square_metre_between_nine_and_a_hundred_pixels(pixel: float, area: float) -> None:
    assert choose_minimum_area(pixel) == area


@given(PIXELS, PIXELS)
def test_it_never_falls_with_the_size_of_the_pixels(first: float, second: float) -> None:
    small, large = sorted((first, second))
    assert choose_minimum_area(small) <= choose_minimum_area(large)


@given(PIXELS)
def test_it_is_between_nine_and_a_hundred_pixels_but_for_rounding(pixel: float) -> None:
    assert 8.5 <= choose_minimum_area(pixel) / pixel**2 <= 105


@given(PIXELS)
def test_the_ground_outside_must_be_four_times_as_large(pixel: float) -> None:
    ratio = choose_minimum_area(pixel, outside=True) / choose_minimum_area(pixel)
    assert ratio == pytest.approx(4, rel=0.1)


def test_scenes_of_nearly_the_same_pixels_have_the_same_area() -> None:
    assert choose_minimum_area(0.1320) == choose_minimum_area(0.1322)
    assert choose_minimum_area(10.0) == choose_minimum_area(10.01)
