"""Lengths of boundaries near one another, measured by hand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rs_seg.algorithms.scoring.boundaries import (
    BoundaryLengths,
    Segments,
    measure_boundaries,
    trace_pixels,
    trace_polygons,
)
from rs_seg.values import Window

FIELD, HOUSE = 0, 1
SCENE = Window(0, 0, 24, 30)
OUTER = SCENE.expand(4)


def paint(row: int, column: int, height: int, width: int) -> np.ndarray:
    """A house on a field, and four pixels of field around the scene."""
    indices = np.full((OUTER.height, OUTER.width), FIELD)
    indices[Window(row, column, height, width).relative_to(OUTER).slices] = HOUSE
    return indices


def measure(
    reference: np.ndarray,
    shapes: list[shapely.Polygon],
    classes: list[int],
    *,
    ground: np.ndarray | None = None,
    tolerance: float = 2.0,
    windows: tuple[Window, ...] = (SCENE,),
) -> BoundaryLengths:
    ground = np.ones(reference.shape, dtype=bool) if ground is None else ground
    mapped = trace_polygons(np.array(shapes), np.array(classes), OUTER)
    total = BoundaryLengths.empty(2)
    for window in windows:
        total += measure_boundaries(
            mapped,
            trace_pixels(reference, OUTER),
            ground,
            OUTER,
            window,
            tolerance=tolerance,
            class_count=2,
        )
    return total


def test_a_square_that_is_moved_within_the_tolerance_has_the_same_boundary() -> None:
    lengths = measure(paint(6, 6, 10, 10), [shapely.box(8, 6, 18, 16)], [HOUSE])
    assert (lengths.mapped[HOUSE], lengths.reference[HOUSE]) == (40, 40)
    assert lengths.f1()[HOUSE] == 1


def test_a_square_that_is_moved_further_shares_two_sides() -> None:
    lengths = measure(paint(6, 6, 10, 10), [shapely.box(9, 6, 19, 16)], [HOUSE])
    # the upper and the lower side as far as they run within two pixels of the other square: nine
    # pieces of each, for the middle of the tenth is 2.5 pixels off
    assert (lengths.mapped_near[HOUSE], lengths.reference_near[HOUSE]) == (18 + 2 * 2, 18 + 2 * 2)
    assert lengths.precision()[HOUSE] == lengths.recall()[HOUSE] == 22 / 40


def test_the_tolerance_is_in_pixels_and_may_be_a_fraction() -> None:
    reference, moved = paint(6, 6, 10, 10), [shapely.box(6, 6, 16, 17.25)]
    assert measure(reference, moved, [HOUSE], tolerance=1.25).precision()[HOUSE] == 1
    assert measure(reference, moved, [HOUSE], tolerance=1.0).precision()[HOUSE] < 1


def test_one_side_alone_is_zero_and_neither_is_undefined() -> None:
    lengths = measure(paint(6, 6, 10, 10), [], [])
    assert np.isnan(lengths.precision()[HOUSE])
    assert (lengths.recall()[HOUSE], lengths.f1()[HOUSE]) == (0, 0)
    assert np.isnan(BoundaryLengths.empty(2).f1()).all()
    assert np.isnan(measure(paint(0, 0, 1, 1)[::-1] * 0, [], []).f1()).all()


def test_borders_between_polygons_of_one_class_are_none() -> None:
    halves = [shapely.box(6, 6, 11, 16), shapely.box(11, 6, 16, 16)]
    lengths = measure(paint(6, 6, 10, 10), halves, [HOUSE, HOUSE])
    assert lengths.mapped[HOUSE] == 40
    lengths = measure(paint(6, 6, 10, 10), halves, [HOUSE, FIELD])
    assert (lengths.mapped[HOUSE], lengths.mapped[FIELD]) == (30, 30)


def test_a_boundary_counts_with_ground_on_both_sides() -> None:
    ground = np.zeros((OUTER.height, OUTER.width), dtype=bool)
    ground[Window(0, 0, 24, 16).relative_to(OUTER).slices] = True
    # the right side of both squares is the border of the ground; of the others, what lies left of
    # it
    lengths = measure(paint(6, 6, 10, 10), [shapely.box(6, 6, 16, 16)], [HOUSE], ground=ground)
    assert (lengths.mapped[HOUSE], lengths.reference[HOUSE]) == (30, 30)
    lengths = measure(paint(6, 6, 10, 14), [shapely.box(6, 6, 20, 16)], [HOUSE], ground=ground)
    assert (lengths.mapped[HOUSE], lengths.reference[HOUSE]) == (30, 30)


def test_the_reference_has_no_boundary_where_a_class_is_unknown() -> None:
    reference = paint(6, 6, 10, 10)
    reference[:, 4 + 16 :] = -1
    assert measure(reference, [], []).reference.tolist() == [30, 30]


@pytest.mark.parametrize("column", [6, 6.5, 9.3])
def test_windows_that_touch_count_every_piece_once(column: float) -> None:
    shapes = [
        shapely.box(column, 6, column + 10, 16),
        shapely.Polygon([(2, 20), (20, 18), (24, 23)]),
    ]
    whole = measure(paint(6, 6, 10, 10), shapes, [HOUSE, HOUSE])
    parts = tuple(Window(row, column, 12, 10) for row in (0, 12) for column in (0, 10, 20))
    cut = measure(paint(6, 6, 10, 10), shapes, [HOUSE, HOUSE], windows=parts)
    for name in vars(whole):
        np.testing.assert_allclose(getattr(cut, name), getattr(whole, name))
    assert whole.mapped[HOUSE] == pytest.approx(40 + shapes[1].length)


def test_holes_have_boundaries_too() -> None:
    ring = shapely.box(6, 6, 16, 16).difference(shapely.box(9, 9, 12, 12))
    assert measure(paint(6, 6, 10, 10), [ring], [HOUSE]).mapped[HOUSE] == 40 + 12


@pytest.mark.parametrize("tolerance", [0.3, 1.0, 2.5, 40.0])
@pytest.mark.parametrize("count", [0, 1, 12])
def test_pieces_are_near_by_their_distance_from_whole_segments(
    tolerance: float, count: int
) -> None:
    rng = np.random.default_rng(count)
    starts = rng.uniform((1, 1), (SCENE.width - 1, SCENE.height - 1), (500, 2))
    short = np.stack([starts, starts + rng.uniform(-0.6, 0.6, (500, 2))], axis=1)
    long = rng.uniform((0, 0), (SCENE.width, SCENE.height), (count, 2, 2))
    lengths = measure_boundaries(
        Segments(short, np.full(500, HOUSE)),
        Segments(long, np.full(count, HOUSE)),
        np.ones((OUTER.height, OUTER.width), dtype=bool),
        OUTER,
        SCENE,
        tolerance=tolerance,
        class_count=2,
    )
    lines = shapely.multilinestrings(shapely.linestrings(long))
    near = shapely.distance(shapely.points(short.mean(axis=1)), lines) <= tolerance
    sizes = np.linalg.norm(short[:, 1] - short[:, 0], axis=1)
    np.testing.assert_allclose(lengths.mapped[HOUSE], sizes.sum())
    np.testing.assert_allclose(lengths.mapped_near[HOUSE], sizes[near].sum())
