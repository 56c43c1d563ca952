from __future__ import annotations

import itertools

import pytest

from rs_seg.values.palette import COLORS, MEANT, OUTSIDE, choose_colors, color_rest


def luminance(color: str) -> float:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2


def as_seen_without_red(color: str) -> tuple[float, ...]:
    """About what people without cones for red see (Vienot, Brettel and Mollon 1999), as LMS."""
    red, green, blue = ((int(color[at : at + 2], 16) / 255) ** 2.2 for at in (1, 3, 5))
    middle = 3.45565 * red + 27.1554 * green + 3.86714 * blue
    short = 0.0299566 * red + 0.184309 * green + 1.46709 * blue
    return middle / 34.5, short / 1.68


@pytest.mark.parametrize("count", [1, 8, 23, 100])
def test_all_colours_are_different(count):
    colors = choose_colors([f"sort {number}" for number in range(count)])
    assert len({*colors, OUTSIDE}) == count + 1


def test_the_first_eight_differ_to_those_who_see_no_red():
    colors = choose_colors([f"sort {number}" for number in range(8)])
    for first, second in itertools.combinations(map(as_seen_without_red, colors), 2):
        assert max(abs(a - b) for a, b in zip(first, second, strict=True)) > 0.03


def test_words_have_the_colour_of_what_they_mean_once():
    names = ["Water body", "open water", "Forest"]
    water, other, forest = choose_colors(names)
    assert (water, forest) == ("#0072b2", "#009e73")
    assert other not in (water, forest)


def test_given_colours_stay_and_of_equal_ones_the_first():
    colors = choose_colors(["a", "b", "c"], ["#111111", "#111111", ""])
    assert colors[0] == "#111111"
    assert len(set(colors)) == 3


def test_the_palette_has_no_colour_twice_and_none_is_nearly_white():
    assert len(set(COLORS)) == len(COLORS)
    assert all(luminance(color) < 0.85 for color in (*COLORS, *MEANT))


def test_the_class_of_all_else_is_grey_and_takes_no_colour_from_the_others():
    names = ["Background", "water", "other"]
    colors = choose_colors(names, color_rest(names))
    assert colors[:2] == [OUTSIDE, "#0072b2"]
    assert colors[2] not in colors[:2]
