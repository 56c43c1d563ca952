"""Draws are uniform over the ground, without replacement, and follow from the seed alone."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from rs_seg.algorithms.sampling.counting import Entry
from rs_seg.algorithms.sampling.drawing import (
    Ground,
    Pixel,
    draw_pixels,
    locate_in,
    shuffle,
)

STRATA = np.array([[1, 1, 2, -1], [1, 2, 2, 1], [-1, -1, -1, -1], [2, 1, 1, 1]], dtype=np.int32)
AREAS = np.array([1.0, 2.0, 5.0, 4.0])
PIECES = [Ground(STRATA, AREAS), Ground(STRATA[::-1].copy(), AREAS[::-1].copy())]


def entries_of(pieces: list[Ground], code: int) -> list[Entry]:
    counts = [(piece.strata == code).sum(axis=1) for piece in pieces]
    return [
        Entry(number, code, int(count.sum()), float(count @ piece.areas))
        for number, (piece, count) in enumerate(zip(pieces, counts, strict=True))
    ]


def draw(
    counts: dict[int, int], seed: int, pieces: list[Ground] = PIECES
) -> dict[int, list[Pixel]]:
    groups = {code: entries_of(pieces, code) for code in counts}
    return draw_pixels(groups, counts, seed=[seed], read=lambda number: pieces[number])


def test_a_place_in_the_ground_of_a_stratum_is_a_pixel_of_it() -> None:
    ground = PIECES[0]
    found = [locate_in(ground, 1, offset) for offset in (0.0, 0.9, 1.5, 2.1, 5.9, 6.1, 17.9, 18.0)]
    assert found == [(0, 0), (0, 0), (0, 1), (1, 0), (1, 3), (3, 1), (3, 3), (3, 3)]


def test_pixels_are_drawn_as_often_as_they_are_large() -> None:
    times: Counter[Pixel] = Counter()
    for seed in range(6000):
        times.update(draw({1: 1}, seed)[1])
    sizes = {
        Pixel(number, row, column): piece.areas[row]
        for number, piece in enumerate(PIECES)
        for row, column in zip(
            *(part.tolist() for part in np.nonzero(piece.strata == 1)), strict=True
        )
    }
    assert set(times) <= set(sizes)
    expected = 6000 * np.array(list(sizes.values())) / sum(sizes.values())
    assert stats.chisquare([times[pixel] for pixel in sizes], expected).pvalue > 0.001


def test_draws_from_a_list_and_one_by_one_have_the_same_chances() -> None:
    """Of 16 pixels 8 are drawn one by one, 9 from a list; the first of both is compared."""
    firsts = {
        count: Counter(draw({1: count}, seed)[1][0].row for seed in range(3000)) for count in (7, 9)
    }
    table = np.array([[rows[row] for row in range(4)] for rows in firsts.values()])
    table = table[:, table.any(axis=0)]
    assert stats.chi2_contingency(table).pvalue > 0.001


@pytest.mark.parametrize("count", [1, 5, 7, 8, 14, 99])
def test_no_pixel_is_drawn_twice_and_none_without_a_stratum(count: int) -> None:
    drawn = draw({1: count, 2: count}, seed=3)
    for code, pixels in drawn.items():
        there = sum(entry.pixels for entry in entries_of(PIECES, code))
        assert len(pixels) == len(set(pixels)) == min(count, there)
        assert all(PIECES[own.piece].strata[own.row, own.column] == code for own in pixels)


def test_a_seed_gives_one_draw_and_strata_do_not_change_one_another() -> None:
    assert draw({1: 5, 2: 4}, 7) == draw({1: 5, 2: 4}, 7)
    assert draw({1: 5, 2: 4}, 7)[1] == draw({1: 5}, 7)[1]
    assert draw({1: 5}, 7) != draw({1: 5}, 8)


def test_the_order_is_random_and_follows_from_the_seed() -> None:
    assert sorted(shuffle(50, seed=[1, 2])) == list(range(50))
    assert shuffle(50, seed=[1, 2]).tolist() == shuffle(50, seed=[1, 2]).tolist()
    assert shuffle(50, seed=[1, 2]).tolist() != shuffle(50, seed=[2, 2]).tolist()
