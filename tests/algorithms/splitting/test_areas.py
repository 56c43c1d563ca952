"""Windows in areas, against brute force on a mask of pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.splitting.areas import (
    draw_windows,
    merge_rectangles,
    rectangles_by_block,
    rectangles_of,
    subtract_rectangles,
    tile_windows,
    window_positions,
)
from rs_seg.errors import UserError
from rs_seg.values import Window
from rs_seg.values.split import Split, SplitBlock

SIDE = 24
windows = st.builds(
    Window,
    st.integers(0, SIDE - 1),
    st.integers(0, SIDE - 1),
    st.integers(1, SIDE),
    st.integers(1, SIDE),
).map(lambda window: window.clip(SIDE, SIDE))
areas = st.lists(windows, min_size=1, max_size=6)


def paint(rectangles, side=SIDE):
    counts = np.zeros((side, side), dtype=int)
    for each in rectangles:
        counts[each.slices] += 1
    return counts


@given(areas, st.integers(1, 9))
def test_positions_are_exactly_those_where_the_window_lies_in_the_union(rectangles, size):
    mask = paint(rectangles) > 0
    expected = {
        (row, column)
        for row in range(SIDE - size + 1)
        for column in range(SIDE - size + 1)
        if mask[row : row + size, column : column + size].all()
    }
    found = paint(window_positions(rectangles, size=size))
    assert found.max() <= 1
    assert set(map(tuple, np.argwhere(found))) == expected


def test_windows_may_lie_across_touching_rectangles():
    halves = [Window(0, 0, 10, 5), Window(0, 5, 10, 5)]
    assert window_positions(halves, size=10) == [Window(0, 0, 1, 1)]


def test_drawn_windows_are_uniform_over_all_positions():
    drawn = draw_windows(
        [Window(0, 0, 4, 5), Window(10, 10, 3, 3)],
        size=3,
        count=7000,
        generator=np.random.default_rng(1),
    )
    counts = paint([Window(each.row, each.column, 1, 1) for each in drawn])
    assert np.count_nonzero(counts) == 2 * 3 + 1
    assert counts[counts > 0].min() > 850
    assert counts.max() < 1150


def test_the_same_seed_draws_the_same_windows():
    draw = [
        draw_windows([Window(0, 0, 50, 60)], size=8, count=9, generator=np.random.default_rng(3))
        for _ in range(2)
    ]
    assert draw[0] == draw[1]


def test_an_area_too_small_for_a_window_is_a_user_error():
    with pytest.raises(UserError, match="7 x 9 pixels"):
        draw_windows([Window(0, 0, 7, 9)], size=8, count=1, generator=np.random.default_rng(0))
    with pytest.raises(UserError, match="no area"):
        tile_windows([], size=8)


@given(areas, st.integers(1, 9))
def test_tiles_hold_every_pixel_of_disjoint_rectangles_once(rectangles, size):
    disjoint = merge_rectangles(rectangles)
    tiles = tile_windows(disjoint, size=size)
    assert np.array_equal(paint(tiles), (paint(rectangles) > 0).astype(int))
    assert all(each.height <= size and each.width <= size for each in tiles)


@given(areas, st.lists(windows, max_size=4))
def test_subtraction_leaves_disjoint_rectangles_with_the_remaining_pixels(rectangles, removed):
    left = paint(subtract_rectangles(rectangles, removed))
    assert left.max(initial=0) <= 1
    assert np.array_equal(left > 0, (paint(rectangles) > 0) & ~(paint(removed) > 0))


def test_a_board_of_blocks_merges_into_one_rectangle():
    board = [Window(row, column, 8, 8) for row in range(0, 24, 8) for column in range(0, 24, 8)]
    assert merge_rectangles(board) == [Window(0, 0, 24, 24)]


def test_a_scene_without_an_area_has_no_rectangles():
    split = Split(areas={"a": {"train": (Window(0, 1, 2, 3),)}})
    assert rectangles_of(split, "a", "train") == [Window(0, 1, 2, 3)]
    assert rectangles_of(split, "a", "test") == rectangles_of(split, "b", "train") == []


@given(st.integers(3, 10), st.lists(st.booleans(), min_size=64, max_size=64), areas)
def test_areas_are_cut_along_blocks_without_loss(size, chosen, removed):
    boards = [Window(*each) for each in _squares(size)]
    roles = ["test" if own else "train" for own in chosen[: len(boards)]]
    tested = [block for block, role in zip(boards, roles, strict=True) if role == "test"]
    rectangles = subtract_rectangles(tested, removed)
    blocks = [
        SplitBlock(scene="east", role=role, **vars(block))
        for block, role in zip(boards, roles, strict=True)
    ]
    split = Split(areas={"east": {"test": tuple(rectangles)}}, blocks=tuple(blocks))
    parts = rectangles_by_block(split, "east", "test")
    np.testing.assert_array_equal(
        paint([each for own in parts.values() for each in own]), paint(rectangles)
    )
    assert all(each.intersect(block) == each for block, own in parts.items() for each in own)
    assert rectangles_by_block(split, "west", "test") == {}


def _squares(size):
    return [
        (row, column, min(size, SIDE - row), min(size, SIDE - column))
        for row in range(0, SIDE, size)
        for column in range(0, SIDE, size)
    ]


def test_windows_are_drawn_from_the_whole_height_and_width_of_an_area():
    drawn = draw_windows(
        [Window(0, 0, 1000, 2000)], size=10, count=4000, generator=np.random.default_rng(0)
    )
    rows, columns = (
        np.array([each.row for each in drawn]),
        np.array([each.column for each in drawn]),
    )
    assert rows.mean() == pytest.approx(495, abs=20)
    assert columns.mean() == pytest.approx(995, abs=40)
    assert (rows.min(), columns.min()) < (10, 10) < (980, 980) < (rows.max(), columns.max())
