"""Colours of errors: each kind its own, on test ground alone, told apart with any eyes."""

from __future__ import annotations

import numpy as np
import pytest

from rs_seg.algorithms.reporting import error_maps
from rs_seg.algorithms.reporting.error_maps import (
    BOTH,
    FALSE,
    INK,
    MISSED,
    NO_CLASS,
    RIGHT,
    RIGHT_AMONG_PALE,
    STRIPES,
    color_binary_errors,
    color_class_errors,
    plain_color,
    rarer_class,
    sample_rectangles,
    show_test_ground,
)
from rs_seg.values import Window
from tests.algorithms.reporting.toy_evaluations import class_figures


def colors_of(picture: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(pixel.tolist()) for pixel in picture[..., :3].reshape(-1, 3)]


@pytest.mark.parametrize("interest", [0, 1])
def test_missed_and_false_are_of_the_class_of_interest(interest: int) -> None:
    other = 1 - interest
    reference = np.array([[interest, interest, other, other, interest, other]])
    mapped = np.array([[interest, other, interest, other, 2, 2]])
    picture = color_binary_errors(reference, mapped, interest=interest)
    assert colors_of(picture) == [BOTH, MISSED, FALSE, RIGHT, NO_CLASS, NO_CLASS]


def test_the_class_of_interest_is_the_rarer_one_in_the_reference() -> None:
    few, many = class_figures("roof", pixels=4), class_figures("ground", pixels=9)
    assert rarer_class([many, few]) == 1
    assert rarer_class([few, many]) == 0
    assert rarer_class([few, few]) == 1


def test_with_more_classes_errors_have_the_colour_of_the_class_that_is_shown() -> None:
    classes = [(1, 2, 3), (4, 5, 6), (7, 8, 9)]
    reference, mapped = np.array([[0, 0, 2, 1]]), np.array([[0, 1, 1, 2]])
    missed = color_class_errors(reference, mapped, reference, classes)
    false = color_class_errors(reference, mapped, mapped, classes)
    assert colors_of(missed) == [RIGHT, classes[0], classes[2], classes[1]]
    assert colors_of(false) == [RIGHT, classes[1], classes[1], classes[2]]


def test_errors_of_a_pale_class_are_seen_on_what_is_right() -> None:
    assert plain_color([(176, 176, 172), (63, 136, 197)]) == RIGHT
    assert plain_color([(240, 244, 250), (63, 136, 197)]) == RIGHT_AMONG_PALE


def test_ground_that_is_not_counted_is_striped_and_the_test_ground_outlined_on_its_own_pixels() -> (
    None
):
    tested = np.zeros((12, 12), dtype=bool)
    tested[2:9, 3:12] = True
    counted = tested.copy()
    counted[5, 6] = False
    errors = color_binary_errors(np.zeros((12, 12), int), np.ones((12, 12), int), interest=1)
    picture = show_test_ground(errors, tested=tested, counted=counted)
    kinds = np.array(
        [[tuple(pixel[:3]) for pixel in row] for row in picture.tolist()], dtype="i4,i4,i4"
    )
    outline = kinds == np.array(INK, dtype="i4,i4,i4")
    expected = tested.copy()
    expected[3:8, 4:11] = False
    np.testing.assert_array_equal(outline, expected)
    striped = np.isin(kinds, np.array([*STRIPES], dtype="i4,i4,i4"))
    np.testing.assert_array_equal(striped, ~counted)
    assert (picture[..., 3] == 255).all()


def test_rectangles_are_found_again_among_sampled_pixels() -> None:
    rectangles = [Window(3, 0, 4, 5), Window(10, 7, 2, 3)]
    whole = np.zeros((15, 12), dtype=bool)
    for window in rectangles:
        whole[window.slices] = True
    rows, columns = np.array([1, 4, 6, 7, 11]), np.array([0, 4, 5, 8])
    np.testing.assert_array_equal(
        sample_rectangles(rectangles, rows, columns), whole[np.ix_(rows, columns)]
    )


def as_seen(color: tuple[int, int, int], vision: str) -> np.ndarray:
    """Linear red, green and blue without the cones for long or middle waves.

    Source: Vienot, Brettel and Mollon (1999).
    """
    linear = (np.array(color) / 255) ** 2.2
    to_cones = np.array(
        [[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]]
    )
    lost = {
        "all cones": np.eye(3),
        "no long": np.array([[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]]),
        "no middle": np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]]),
    }[vision]
    return (np.linalg.inv(to_cones) @ lost @ to_cones @ linear).clip(0, 1) ** (1 / 2.2)


@pytest.mark.parametrize("vision", ["all cones", "no long", "no middle"])
def test_no_two_colours_look_alike_with_any_colour_vision(vision: str) -> None:
    names = ("MISSED", "FALSE", "BOTH", "RIGHT")
    seen = {name: as_seen(getattr(error_maps, name), vision) for name in names}
    for first in names:
        for second in names:
            if first < second:
                assert np.linalg.norm(seen[first] - seen[second]) > 0.25, (first, second)
