"""Classes without colours get some that differ."""

from __future__ import annotations

import re

import pytest

from rs_seg.values.palette import GROUND, MUTED, choose_colors


@pytest.mark.parametrize("number", [2, 9, 60])
def test_colours_differ_and_are_colours(number: int) -> None:
    colors = choose_colors([f"class {index}" for index in range(number)])
    assert len(set(colors)) == number
    assert all(re.fullmatch("#[0-9a-f]{6}", color) for color in colors)


def test_the_class_of_all_else_is_grey_and_takes_no_colour_from_the_others() -> None:
    assert choose_colors(["Background", "roof", "other"]) == (GROUND, MUTED[0], MUTED[1])
