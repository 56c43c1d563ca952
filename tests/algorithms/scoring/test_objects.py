"""Objects of the reference and of the map: matched, missed, false, ignored, counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from rasterio.features import shapes as trace
from shapely.geometry import shape

from rs_seg.algorithms.scoring.objects import ObjectCounts, count_objects
from rs_seg.algorithms.scoring.overlaps import (
    NONE,
    ObjectFinder,
    Overlaps,
    Regions,
    measure_overlaps,
)
from rs_seg.values import Window

FIELD, HOUSE = 0, 1
Drawn = tuple[Any, int]
"""A polygon in columns and rows, and its class."""


def paint(*boxes: tuple[int, int, int, int], height: int = 20, width: int = 20) -> np.ndarray:
    """A reference of houses (row, column, height, width) on a field."""
    indices = np.full((height, width), FIELD)
    for row, column, rows, columns in boxes:
        indices[row : row + rows, column : column + columns] = HOUSE
    return indices


def draw(
    *boxes: tuple[float, float, float, float], height: int = 20, width: int = 20
) -> list[Drawn]:
    """Polygons of houses, and of the field around them."""
    houses = [
        shapely.box(column, row, column + columns, row + rows)
        for row, column, rows, columns in boxes
    ]
    field = shapely.box(0, 0, width, height)
    rest = shapely.get_parts(shapely.difference(field, shapely.union_all(houses)))
    return [*((house, HOUSE) for house in houses), *((part, FIELD) for part in rest)]


def compare(
    reference: np.ndarray,
    drawn: Sequence[Drawn],
    *,
    ground: np.ndarray | None = None,
    strip: int = 7,
) -> ObjectCounts:
    """Counts of a reference and of polygons, both read and compared strip by strip."""
    finder, parts = ObjectFinder(), []
    polygons = np.array([own for own, _ in drawn])
    for row in range(0, len(reference), strip):
        window = Window(row, 0, min(strip, len(reference) - row), reference.shape[1])
        ids = finder.number(reference[window.slices])
        if ground is not None:
            ids = np.where(ground[window.slices], ids, NONE)
        parts.append(measure_overlaps(ids, polygons, np.arange(len(polygons)), window))
    final, objects = finder.finish()
    shared = Overlaps.join(parts)
    shared = Overlaps.join([Overlaps(final[shared.objects], shared.polygons, shared.cells)])
    table = Regions(np.array([index for _, index in drawn]), shapely.area(polygons))
    return count_objects(shared, objects, table, class_count=2)


def houses(counts: ObjectCounts) -> tuple[float, float, float]:
    """Houses matched, missed, false."""
    return counts.matched[HOUSE], counts.missed[HOUSE], counts.false[HOUSE]


def test_a_square_that_is_moved_by_a_fifth_is_matched_with_its_intersection_over_union() -> None:
    counts = compare(paint((5, 5, 10, 10)), draw((5, 7, 10, 10)))
    assert houses(counts) == (1, 0, 0)
    assert counts.iou_sum[HOUSE] == 80 / 120
    assert counts.f1()[HOUSE] == 1


def test_a_square_that_is_moved_by_half_of_a_pixel_is_measured_inside_pixels() -> None:
    counts = compare(paint((5, 5, 10, 10)), draw((5, 5.5, 10, 10)))
    assert counts.iou_sum[HOUSE] == 95 / 105


def test_a_square_that_shares_half_of_the_union_is_missed_and_false() -> None:
    counts = compare(paint((5, 5, 6, 6)), draw((5, 7, 6, 6)))  # 24 of 48 pixels
    assert houses(counts) == (0, 1, 1)
    assert counts.f1()[HOUSE] == 0
    assert np.isnan(counts.matched_iou()[HOUSE])


def test_missed_and_false_houses_are_counted_beside_matched_ones() -> None:
    counts = compare(
        paint((1, 1, 4, 4), (1, 10, 4, 4), (10, 1, 4, 4)), draw((1, 1, 4, 4), (14, 14, 4, 4))
    )
    assert houses(counts) == (1, 2, 1)
    assert counts.f1()[HOUSE] == 2 / 5
    assert (counts.precision()[HOUSE], counts.recall()[HOUSE]) == (1 / 2, 1 / 3)


def test_houses_that_touch_are_one_object_unless_the_map_splits_them() -> None:
    reference = paint((5, 2, 6, 5), (5, 7, 6, 5))
    assert houses(compare(reference, draw((5, 2, 6, 10)))) == (1, 0, 0)
    assert houses(compare(reference, draw((5, 2, 6, 5), (5, 7, 6, 5)))) == (
        0,
        1,
        2,
    )  # halves share no more than half
    assert houses(
        compare(paint((5, 2, 5, 5), (10, 7, 5, 5)), draw((5, 2, 5, 5), (10, 7, 5, 5)))
    ) == (2, 0, 0)


def test_an_object_of_another_class_is_no_match() -> None:
    reference = paint((5, 5, 10, 10))
    drawn = [(shapely.box(5, 5, 15, 15), FIELD), (draw((5, 5, 10, 10))[-1][0], FIELD)]
    counts = compare(reference, drawn)
    assert houses(counts) == (0, 1, 0)
    assert counts.false[FIELD] == 1


def test_objects_cut_by_the_border_count_with_the_part_inside_if_it_is_half_of_them() -> None:
    ground = np.zeros((20, 20), dtype=bool)
    ground[:, :10] = True
    inside, outside = (1, 6, 6, 8), (10, 7, 6, 8)  # 4 of 8 columns inside, 3 of 8
    counts = compare(paint(inside, outside), draw(inside, outside), ground=ground)
    assert houses(counts) == (1, 0, 0)
    assert (counts.ignored_reference[HOUSE], counts.ignored_map[HOUSE]) == (1, 1)
    assert counts.iou_sum[HOUSE] == 1
    nothing = compare(paint(inside, outside), draw((1, 9, 1, 1)), ground=ground)
    assert houses(nothing) == (0, 1, 1)


def test_a_polygon_of_an_object_that_does_not_count_is_not_false() -> None:
    ground = np.zeros((20, 20), dtype=bool)
    ground[:, :10] = True
    counts = compare(
        paint((5, 7, 6, 8)), draw((5, 6, 6, 8)), ground=ground
    )  # 3 of 8 columns inside; 4 of 8
    assert houses(counts) == (0, 0, 0)
    assert (counts.ignored_reference[HOUSE], counts.ignored_map[HOUSE]) == (1, 1)


def test_objects_mostly_on_unlabelled_ground_are_ignored_on_both_sides() -> None:
    reference = paint((5, 5, 10, 10))
    reference[:, 7:15] = NONE
    drawn = draw((5, 6, 10, 9), (7, 16, 2, 2))  # of the first, 10 of 90 pixels are labelled
    counts = compare(reference, drawn, ground=reference >= 0)
    assert houses(counts) == (
        0,
        1,
        1,
    )  # what is left of the house in the reference is 2 pixels wide, 1 of it mapped
    assert counts.ignored_map[HOUSE] == 1
    counts = compare(reference, draw((5, 5, 10, 10)), ground=reference >= 0)
    assert houses(counts) == (1, 0, 0)  # the labelled part of a house that counts decides


def test_classes_without_objects_have_no_figures() -> None:
    counts = compare(paint(), draw())
    assert np.isnan(counts.f1()[HOUSE])
    assert counts.f1()[FIELD] == 1
    assert np.isnan(ObjectCounts.empty(2).f1()).all()


def outlines(indices: np.ndarray) -> list[Drawn]:
    """A polygon for each region of one class, along the sides of its pixels."""
    return [(shape(own), int(value)) for own, value in trace(indices.astype(np.int16))]


@given(st.integers(0, 2**31), st.integers(1, 12), st.integers(2, 13))
def test_the_outlines_of_the_reference_are_matched_all_and_exactly(
    seed: int, height: int, strip: int
) -> None:
    rng = np.random.default_rng(seed)
    reference = rng.integers(0, 2, (height, 11))
    drawn = outlines(reference)
    rng.shuffle(drawn)
    counts = compare(reference, drawn, strip=strip)
    regions = [sum(index == kind for _, index in drawn) for kind in (FIELD, HOUSE)]
    assert counts.matched.tolist() == regions
    np.testing.assert_allclose(counts.iou_sum, regions)
    assert not counts.missed.any()
    assert not counts.false.any()


@given(st.integers(0, 2**31))
def test_counts_do_not_depend_on_order_or_strips(seed: int) -> None:
    rng = np.random.default_rng(seed)
    reference, drawn = rng.integers(-1, 2, (12, 11)), outlines(rng.integers(0, 2, (12, 11)))
    shuffled = [drawn[place] for place in rng.permutation(len(drawn))]
    one, other = compare(reference, drawn, strip=12), compare(reference, shuffled, strip=5)
    for name in vars(one):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name))


def test_counts_of_scenes_are_added() -> None:
    one = compare(paint((1, 1, 4, 4)), draw((1, 1, 4, 4)))
    other = compare(paint((1, 1, 4, 4)), draw((10, 10, 4, 4)))
    assert houses(one + other) == (1, 1, 1)
