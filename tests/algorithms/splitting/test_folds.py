"""Folds partition the labelled blocks; each is a test area that training keeps away from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.splitting.arrange import TEST, VALIDATION, arrange
from rs_seg.algorithms.splitting.blocks import (
    ROLES,
    UNUSED,
    areas_of_blocks,
    separate_areas,
    smallest_gap,
)
from rs_seg.algorithms.splitting.folds import NO_FOLD, divide
from rs_seg.algorithms.splitting.proof import overlapping_pixels
from rs_seg.errors import UserError
from tests.algorithms.splitting.test_blocks import NODATA, board_of


@st.composite
def countries(draw):
    generator = np.random.default_rng(draw(st.integers(0, 1000)))
    size, buffer = draw(st.sampled_from([8, 10, 16])), draw(st.integers(0, 12))
    boards = []
    for _ in range(draw(st.integers(1, 3))):
        codes = generator.choice([1, 4, 7], size=generator.integers(20, 90, size=2)).astype(
            np.uint8
        )
        codes[: draw(st.integers(0, 10))] = NODATA
        boards.append(board_of(codes, size=size, buffer=buffer))
    return boards, buffer, draw(st.integers(2, 5)), generator


@settings(max_examples=40, deadline=None)
@given(countries())
def test_every_labelled_block_is_tested_in_exactly_one_fold_and_roles_are_a_buffer_apart(country):
    boards, buffer, folds, generator = country
    if sum(int((board.counts.sum(axis=-1) > 0).sum()) for board in boards) < folds:
        return
    divided = divide(boards, folds=folds, candidates=3, generator=generator)
    tested = [np.zeros((board.height, board.width), dtype=int) for board in boards]
    for fold in range(1, folds + 1):
        arrangement = arrange(
            boards,
            targets={VALIDATION: 0.2, TEST: 1 / folds},
            candidates=3,
            generator=generator,
            tested=[each == fold for each in divided],
        )
        for board, roles, own, count in zip(
            boards, arrangement.roles, divided, tested, strict=True
        ):
            assert np.array_equal(roles == TEST, own == fold)
            names = [(*ROLES, "unused")[index] for index in roles.ravel()]
            areas = separate_areas(areas_of_blocks(board, names), buffer=buffer)
            assert overlapping_pixels(areas) == 0
            gap = smallest_gap(areas)
            assert gap is None or gap >= buffer
            for window in areas[ROLES[TEST]]:
                count[window.slices] += 1
    for board, own, count in zip(boards, divided, tested, strict=True):
        labelled = board.counts.sum(axis=-1) > 0
        assert np.array_equal(own != NO_FOLD, labelled)
        for window, wanted in zip(board.windows, labelled.ravel(), strict=True):
            assert (count[window.slices] == wanted).all()


@pytest.fixture(scope="module")
def country():
    """Two scenes; the lake is in six places only."""
    generator = np.random.default_rng(5)
    scenes = [
        generator.choice([1, 4], size=(256, 320), p=[0.7, 0.3]).astype(np.uint8) for _ in range(2)
    ]
    for codes in scenes:
        codes[10:40, 20:60] = codes[200:230, 250:290] = codes[100:120, 150:180] = 7
    return [board_of(codes, size=32, buffer=32) for codes in scenes]


def divided(country, *, folds=3, candidates=300, seed=1):
    return divide(
        country, folds=folds, candidates=candidates, generator=np.random.default_rng(seed)
    )


def test_folds_have_about_equal_shares_and_every_class(country):
    folds = divided(country)
    counts = np.array(
        [
            sum(
                board.counts[own == fold].sum(axis=0)
                for board, own in zip(country, folds, strict=True)
            )
            for fold in (1, 2, 3)
        ]
    )
    assert (counts > 0).all()
    assert counts.sum(axis=1) / counts.sum() == pytest.approx([1 / 3] * 3, abs=0.06)


def test_the_same_seed_divides_the_same_and_another_seed_otherwise(country):
    one, same, other = (divided(country, candidates=20, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_scenes_that_fit_are_folds_as_a_whole_because_nothing_is_lost_between_them():
    generator = np.random.default_rng(5)
    boards = [
        board_of(generator.choice([1, 4, 7], size=(64, 64)), size=16, buffer=16) for _ in range(3)
    ]
    folds = divided(boards)
    assert sorted(int(each[0, 0]) for each in folds) == [1, 2, 3]
    assert all((each == each[0, 0]).all() for each in folds)


def test_validation_is_drawn_from_what_the_fold_does_not_test(country):
    folds = divided(country, candidates=20)
    roles = arrange(
        country,
        targets={VALIDATION: 0.2, TEST: 1 / 3},
        candidates=20,
        generator=np.random.default_rng(0),
        tested=[each == 2 for each in folds],
    ).roles
    for own, fold in zip(roles, folds, strict=True):
        assert (own[fold == 2] == TEST).all()
        assert not np.isin(own[fold != 2], (TEST, UNUSED)).any()


def test_more_folds_than_blocks_are_refused():
    board = board_of(np.ones((32, 32), dtype=np.uint8), size=16, buffer=0)
    with pytest.raises(UserError, match=r"fewer blocks than folds.*4 blocks.*at least 5"):
        divided([board], folds=5)


@pytest.mark.parametrize("seed", range(6))
def test_the_lightest_fold_gets_the_next_piece(seed):
    boards = []
    for rows in (8, 4, 2, 2):
        codes = np.full((8, 8), NODATA, dtype=np.uint8)
        codes[:rows] = 1
        boards.append(board_of(codes, size=8, buffer=0))
    generator = np.random.default_rng(seed)
    folds = divide(boards, folds=2, candidates=1, generator=generator)
    large, *small = (int(own[0, 0]) for own in folds)
    assert small == [3 - large] * 3, "the largest scene has as many pixels as the others together"
