"""Sizes of strata are summed piece by piece."""

from __future__ import annotations

import numpy as np
import pytest

from rs_seg.algorithms.sampling.counting import NONE, StrataCounter, count_codes
from rs_seg.errors import UserError


def test_pixels_and_areas_are_those_of_each_stratum_in_each_piece() -> None:
    counter = StrataCounter(class_count=2)
    strata = np.array([[7, 7, NONE], [3, 7, 3]], dtype=np.int32)
    classes = np.array([[0, 1, -1], [1, 1, 1]])
    counter.feed(4, strata, classes, np.array([10.0, 20.0]))
    counter.feed(5, strata[:1], classes[:1], np.array([1.0]))
    assert [tuple(entry) for entry in sorted(counter.entries)] == [
        (4, 3, 2, 40.0),
        (4, 7, 3, 40.0),
        (5, 7, 2, 2.0),
    ]
    assert dict(counter.shares) == {(3, 1): 40.0, (7, 0): 11.0, (7, 1): 31.0}


def test_totals_do_not_depend_on_how_the_map_is_cut() -> None:
    rng = np.random.default_rng(0)
    strata = rng.integers(-1, 5, (60, 70)).astype(np.int32)
    classes = np.where(strata < 0, -1, rng.integers(0, 3, strata.shape))
    areas = rng.uniform(1, 2, 60)
    whole, parts = StrataCounter(3), StrataCounter(3)
    whole.feed(0, strata, classes, areas)
    for number, start in enumerate(range(0, 60, 7)):
        rows = slice(start, start + 7)
        parts.feed(number, strata[rows], classes[rows], areas[rows])
    for code in range(5):
        pixels = sum(entry.pixels for entry in parts.entries if entry.stratum == code)
        assert pixels == (strata == code).sum()
    assert dict(parts.shares) == pytest.approx(dict(whole.shares))


def test_the_quick_way_by_codes_counts_as_the_other_does() -> None:
    rng = np.random.default_rng(2)
    codes = rng.choice(np.array([1, 4, 7, 255]), (40, 50))
    areas = rng.uniform(1, 2, 40)
    table = np.full(256, -1)
    table[[1, 4, 7]] = [0, 1, 2]
    joined = np.where(codes == 255, NONE, np.where(codes == 7, 4, codes)).astype(np.int32)
    slow, quick = StrataCounter(3), StrataCounter(3)
    slow.feed(9, joined, table[codes], areas)
    pixels, ground = count_codes(codes.astype(np.uint8), areas)
    quick.add_codes(
        9,
        lambda own: (
            np.where(own == 255, NONE, np.where(own == 7, 4, own)).astype(np.int32),
            table[own],
        ),
        pixels,
        ground,
    )
    for entry, expected in zip(sorted(quick.entries), sorted(slow.entries), strict=True):
        assert tuple(entry) == pytest.approx(tuple(expected))
    assert dict(quick.shares) == pytest.approx(dict(slow.shares))


def test_pieces_without_any_stratum_take_no_memory() -> None:
    counter = StrataCounter(2)
    empty = np.full((4, 4), NONE)
    counter.feed(0, empty.astype(np.int32), empty, np.ones(4))
    assert (counter.entries, dict(counter.shares)) == ([], {})


def test_a_raster_of_heights_is_no_raster_of_strata() -> None:
    heights = np.arange(400, dtype=np.int32).reshape(20, 20)
    with pytest.raises(UserError, match="more than 200 strata"):
        StrataCounter(2).feed(0, heights, np.zeros((20, 20), np.int64), np.ones(20))
