"""Blocks, areas and their proof, against brute force on pixels."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_cdt

from rs_seg.algorithms.splitting import blocks
from rs_seg.algorithms.splitting.arrange import TEST, TRAIN, VALIDATION, arrange, score_roles
from rs_seg.algorithms.splitting.blocks import (
    ROLES,
    UNUSED,
    areas_of_blocks,
    compact,
    count_board,
    count_classes,
    find_buffers,
    separate_areas,
    smallest_gap,
)
from rs_seg.algorithms.splitting.missing import find_empty_roles, find_missing_classes
from rs_seg.algorithms.splitting.proof import overlapping_pixels
from rs_seg.testing import TOY_CLASSES
from rs_seg.values import Window

NODATA = TOY_CLASSES.nodata
TARGETS = {VALIDATION: 0.15, TEST: 0.2}


def board_of(codes, *, size, buffer):
    height, width = codes.shape
    return count_board(
        reader(codes), height=height, width=width, size=size, buffer=buffer, class_names=TOY_CLASSES
    )


def reader(codes):
    return lambda window: codes[window.slices]


@st.composite
def scenes(draw):
    height, width, size = (
        draw(st.integers(9, 70)),
        draw(st.integers(9, 70)),
        draw(st.sampled_from([8, 10, 13, 16])),
    )
    generator = np.random.default_rng(draw(st.integers(0, 1000)))
    codes = generator.choice([*TOY_CLASSES.codes, NODATA], size=(height, width)).astype(np.uint8)
    codes[: draw(st.integers(0, height // 2))] = NODATA
    return codes, size, draw(st.integers(0, 20)), generator


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_areas_are_disjoint_and_a_buffer_apart_and_nothing_is_lost_unseen(scene):
    codes, size, buffer, generator = scene
    board = board_of(codes, size=size, buffer=buffer)
    roles = generator.integers(0, 4, board.shape).astype(np.uint8)
    whole = areas_of_blocks(board, [(*ROLES, "unused")[index] for index in roles.ravel()])
    areas = separate_areas(whole, buffer=buffer)
    painted = np.zeros(codes.shape, dtype=int)
    owner = np.full(codes.shape, -1)
    for index, role in enumerate(ROLES):
        for window in areas[role]:
            painted[window.slices] += 1
            owner[window.slices] = index
    for window in find_buffers(whole, areas):
        painted[window.slices] += 1
        owner[window.slices] = 9
    for window, role in zip(board.windows, roles.ravel(), strict=True):
        if role == UNUSED:
            painted[window.slices] += 1
    assert np.all(painted == 1), (
        "every pixel is in exactly one of the roles, the buffer and the unused blocks"
    )
    assert overlapping_pixels(areas) == 0
    gap = brute_gap(owner)
    assert smallest_gap(areas) == gap
    assert gap is None or gap >= buffer


def brute_gap(owner):
    gaps = []
    for role in (0, 1):
        if (owner == role).any():
            distance = distance_transform_cdt(owner != role, metric="chessboard")
            others = (owner > role) & (owner < 3)
            gaps += [int(distance[others].min()) - 1] if others.any() else []
    return min(gaps, default=None)


@settings(max_examples=40, deadline=None)
@given(scenes())
def test_block_counts_are_those_of_the_pixels(scene):
    codes, size, buffer, _ = scene
    board = board_of(codes, size=size, buffer=buffer)
    counts = board.counts.reshape(-1, len(TOY_CLASSES))
    for window, own in zip(board.windows, counts, strict=True):
        assert list(own) == [
            np.count_nonzero(codes[window.slices] == code) for code in TOY_CLASSES.codes
        ]
        assert np.array_equal(count_classes(reader(codes), [window], TOY_CLASSES), own)


def test_gap_and_overlap_see_what_is_wrong():
    touching = {"train": [Window(0, 0, 4, 4)], "test": [Window(4, 4, 4, 4)], "validation": []}
    assert smallest_gap(touching) == 0
    shared = {"train": [Window(0, 0, 4, 4)], "test": [Window(2, 3, 4, 4)], "validation": []}
    assert smallest_gap(shared) < 0
    assert overlapping_pixels(shared) == 2
    assert smallest_gap({"train": [Window(0, 0, 4, 4)], "test": [], "validation": []}) is None


@pytest.fixture(scope="module")
def country():
    """Two scenes; the lake is in three places only."""
    generator = np.random.default_rng(5)
    scenes = [
        generator.choice([1, 4], size=(256, 320), p=[0.7, 0.3]).astype(np.uint8) for _ in range(2)
    ]
    scenes[0][10:40, 20:60] = 7
    scenes[0][200:230, 250:290] = 7
    scenes[1][100:120, 150:180] = 7
    return [board_of(codes, size=32, buffer=32) for codes in scenes]


def arranged(country, seed=3, candidates=800):
    return arrange(
        country, targets=TARGETS, candidates=candidates, generator=np.random.default_rng(seed)
    )


def test_every_role_gets_every_class_and_about_its_share(country):
    arrangement = arranged(country)
    counts = np.zeros((3, 3))
    for board, roles in zip(country, arrangement.roles, strict=True):
        for role in range(3):
            counts[role] += board.counts[roles == role].sum(axis=0)
    assert (counts > 0).all()
    shares = counts.sum(axis=1) / counts.sum()
    assert abs(shares[1] - 0.15) < 0.06
    assert abs(shares[2] - 0.2) < 0.06


def test_more_candidates_are_never_worse(country):
    assert arranged(country, candidates=400).score <= arranged(country, candidates=20).score


def test_the_same_seed_arranges_the_same(country):
    one, other = arranged(country, candidates=50), arranged(country, candidates=50)
    assert all(np.array_equal(a, b) for a, b in zip(one.roles, other.roles, strict=True))


def test_losses_to_a_buffer_are_never_estimated_too_small():
    board = board_of(np.ones((16, 64), dtype=np.uint8), size=16, buffer=8)
    roles = [[np.array([[TRAIN, TRAIN, TEST, TRAIN]], dtype=np.uint8)]]
    shares = {TEST: 0.25}
    scores = [
        score_roles([replace(board, buffer=buffer)], roles, targets=shares)[0]
        for buffer in (8, 12, 16)
    ]
    assert board.cell == 8
    assert scores[0] < scores[1] == scores[2]


def test_blocks_without_labels_are_unused():
    codes = np.full((64, 64), NODATA, dtype=np.uint8)
    codes[:, 32:] = 1
    board = board_of(codes, size=16, buffer=8)
    (roles,) = arrange(
        [board], targets=TARGETS, candidates=10, generator=np.random.default_rng(0)
    ).roles
    assert (roles[:, :2] == UNUSED).all()
    assert (roles[:, 2:] != UNUSED).all()


def test_a_missing_class_is_told_with_blocks_and_a_remedy():
    blocks = np.zeros((20, 3), dtype=np.int64)
    blocks[:, 0] = 100
    blocks[3, 1] = 5
    counts = {
        "train": np.array([1000, 5, 0]),
        "validation": np.array([500, 0, 0]),
        "test": np.array([500, 0, 0]),
    }
    scarce, absent = find_missing_classes(counts, [blocks], TOY_CLASSES, block_size=64)
    assert "wood is missing in validation and test" in str(scarce)
    assert "5 pixels of it, in 1 of 20 blocks" in str(scarce)
    assert "split.block_size of about 16" in str(scarce)
    assert "lake has no labelled pixel" in str(absent)


def test_an_empty_role_is_told():
    counts = {"train": np.array([0, 0]), "validation": np.array([3, 1]), "test": np.array([1, 1])}
    (error,) = find_empty_roles(counts)
    assert "no labelled pixels are left for train" in str(error)


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_a_compact_board_keeps_all_labels_and_all_gaps_that_are_narrower_than_the_buffer(scene):
    codes, size, buffer, generator = scene
    codes[:, generator.random(codes.shape[1]) < 0.9] = NODATA
    codes[generator.random(codes.shape[0]) < 0.9] = NODATA
    board = board_of(codes, size=size, buffer=buffer)
    assume(board.cells.any())
    small = compact(board)
    assert small.board.shape == (len(small.rows), len(small.columns))
    assert np.array_equal(small.board.counts, board.counts[np.ix_(small.rows, small.columns)])
    assert small.board.counts.sum() == board.counts.sum()
    for axis, kept in ((1, small.rows), (0, small.columns)):
        used = np.flatnonzero(board.counts.sum(axis=-1).any(axis=axis))
        there = np.searchsorted(kept, used)
        before, after = np.diff(used), np.diff(there)
        near = (before - 1) * size < buffer
        assert np.array_equal(before[near], after[near])
        assert ((after[~near] - 1) * size >= buffer).all()
    marks = generator.integers(1, 9, small.board.shape).astype(np.uint8)
    assert np.array_equal(small.spread(marks)[np.ix_(small.rows, small.columns)], marks)


@settings(max_examples=30, deadline=None)
@given(scenes())
def test_cells_hold_the_labelled_pixels_inside_them(scene):
    codes, size, buffer, _ = scene
    with patch.object(blocks, "READ_SIZE", 2 * size):  # several windows a side, which cut the board
        board = board_of(codes, size=size, buffer=buffer)
    for row, column in np.ndindex(board.cells.shape[:2]):
        rows, columns = (
            slice(place * board.cell, (place + 1) * board.cell) for place in (row, column)
        )
        inside = codes[rows, columns]
        assert board.cells[row, column].tolist() == [
            np.count_nonzero(inside == code) for code in TOY_CLASSES.codes
        ]


def test_a_window_is_counted_in_its_own_cells_alone():
    """What a window costs does not grow with the board, so that the time is linear in blocks."""
    longest = []
    count = np.bincount

    def watched(places, minlength):
        longest.append(minlength)
        return count(places, minlength=minlength)

    with patch.object(blocks, "READ_SIZE", 16), patch.object(blocks.np, "bincount", watched):
        board_of(np.full((16, 16 * 50), TOY_CLASSES.codes[0], np.uint8), size=16, buffer=0)
    assert longest == [len(TOY_CLASSES)] * 50
