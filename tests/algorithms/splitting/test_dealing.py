"""Groups are dealt whole: each is tested once, and class shares are alike.

Training has every class where it can.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.model_selection import StratifiedGroupKFold

from rs_seg.algorithms.splitting.dealing import (
    Groups,
    boxes_of,
    deal_folds,
    deal_validation,
    find_close,
)
from rs_seg.errors import UserError
from rs_seg.values import Window


def groups_of(counts, *, middles=None, close=None):
    counts = np.asarray(counts, dtype=np.int64)
    number = len(counts)
    places = np.zeros((number, 2)) if middles is None else np.asarray(middles, dtype=float)
    return Groups(
        counts, places, csr_array((number, number), dtype=np.float32) if close is None else close
    )


def generator(seed=1):
    return np.random.default_rng(seed)


@st.composite
def boxes(draw):
    """Random boxes of groups in one or two scenes: group, first and last row, and column."""
    number = draw(st.integers(1, 12))
    random = generator(draw(st.integers(0, 1000)))
    scenes = []
    for _ in range(draw(st.integers(1, 2))):
        starts, sizes = (
            random.integers(0, 60, size=(number, 2)),
            random.integers(1, 15, size=(number, 2)),
        )
        rows, columns = starts.T
        own = np.column_stack(
            [np.arange(number), rows, rows + sizes[:, 0], columns, columns + sizes[:, 1]]
        )
        scenes.append(own[random.random(number) < 0.8])
    return scenes, [draw(st.integers(0, 20)) for _ in scenes], number


@settings(deadline=None)
@given(boxes())
def test_groups_are_close_where_their_boxes_are_nearer_than_the_buffer(case):
    scenes, buffers, number = case
    wanted = np.zeros((number, number), dtype=bool)
    for own, buffer in zip(scenes, buffers, strict=True):
        for one, top, bottom, left, right in own:
            for other, above, below, west, east in own:
                gap = max(top - below, above - bottom, left - east, west - right)
                wanted[one, other] |= one != other and gap < buffer and buffer > 0
    assert np.array_equal(find_close(scenes, buffers, number).toarray() > 0, wanted)


def test_a_scattered_group_has_boxes_where_it_is_and_not_between():
    windows = [Window(0, 0, 1, 5), Window(1, 1, 2, 6), Window(90, 80, 4, 4)]
    assert boxes_of(windows, side=16).tolist() == [[0, 3, 0, 7], [90, 94, 80, 84]]


@st.composite
def grounds(draw):
    number = draw(st.integers(2, 30))
    random = generator(draw(st.integers(0, 1000)))
    counts = random.integers(0, 50, size=(number, draw(st.integers(1, 4))))
    counts[:, 0] += 1
    middles = random.integers(0, 200, size=(number, 2))
    box = np.column_stack([np.arange(number), middles, middles])[:, [0, 1, 3, 2, 4]] + [
        0,
        0,
        5,
        0,
        5,
    ]
    buffer = draw(st.sampled_from([0, 10, 40]))
    return groups_of(counts, middles=middles, close=find_close([box], [buffer], number)), draw(
        st.integers(2, min(5, number))
    )


@settings(max_examples=60, deadline=None)
@given(grounds())
def test_every_group_is_tested_in_one_fold_and_validation_is_neither_tested_nor_close_to_it(case):
    groups, folds = case
    dealt = deal_folds(groups, folds=folds, candidates=20, generator=generator())
    assert dealt.shape == (len(groups),)
    assert set(dealt.tolist()) == set(range(1, folds + 1)), (
        "each fold tests something, and each group is tested"
    )
    for fold in range(1, folds + 1):
        tested = dealt == fold
        validated = deal_validation(groups, tested, share=0.2, candidates=20, generator=generator())
        assert not (validated & tested).any()
        close = groups.near(tested[None])[0]
        assert not (validated & close).any() or (close | tested).all()


@pytest.mark.parametrize("seed", range(3))
def test_folds_are_as_alike_in_class_shares_as_those_of_scikit_learn(seed):
    random = generator(seed)
    counts = np.zeros((60, 3))
    classes = random.choice(3, size=60, p=[0.6, 0.3, 0.1])
    counts[np.arange(60), classes] = pixels = random.integers(10, 60, size=60)
    dealt = deal_folds(groups_of(counts), folds=3, candidates=200, generator=generator())
    members = np.repeat(np.arange(60), pixels)
    theirs = StratifiedGroupKFold(3).split(members, np.repeat(classes, pixels), members)
    ours = [np.flatnonzero(dealt == fold) for fold in (1, 2, 3)]
    deviations = [
        np.abs([counts[own].sum(axis=0) / counts.sum(axis=0) - 1 / 3 for own in parts]).mean()
        for parts in (ours, [np.unique(members[tested]) for _, tested in theirs])
    ]
    assert deviations[0] <= deviations[1]


@pytest.mark.parametrize("seed", range(5))
def test_two_groups_of_a_class_are_never_tested_together_nor_is_the_other_one_taken_for_validation(
    seed,
):
    counts = [[40, 0, 0]] * 6 + [[0, 30, 0]] * 6 + [[0, 0, 5], [0, 0, 9]]
    groups = groups_of(counts)
    dealt = deal_folds(groups, folds=5, candidates=100, generator=generator(seed))
    assert dealt[12] != dealt[13]
    for fold in range(1, 6):
        validated = deal_validation(
            groups, dealt == fold, share=0.2, candidates=100, generator=generator(seed)
        )
        assert validated.any()
        assert not (validated[12:] & (dealt[12:] != fold)).all() or fold not in dealt[12:]
        trained = (dealt != fold) & ~validated
        assert (groups.counts[trained].sum(axis=0) > 0).all()


def test_neighbours_are_dealt_together_where_buffers_would_cost_training_otherwise():
    middles = [
        (row + 10 * town, 10 * column)
        for town in (0, 40, 80)
        for row in range(3)
        for column in range(3)
    ]
    box = np.column_stack([np.arange(27), middles, middles])[:, [0, 1, 3, 2, 4]] + [0, 0, 1, 0, 1]
    groups = groups_of([[10]] * 27, middles=middles, close=find_close([box], [60], 27))
    dealt = deal_folds(groups, folds=3, candidates=200, generator=generator())
    towns = dealt.reshape(3, 9)
    assert (towns == towns[:, :1]).all()
    assert sorted(towns[:, 0].tolist()) == [1, 2, 3]


def test_validation_has_pixels_even_where_training_loses_a_class_to_it():
    groups = groups_of([[5, 0], [5, 0], [0, 5], [0, 5]])
    validated = deal_validation(
        groups,
        np.array([True, False, True, False]),
        share=0.2,
        candidates=20,
        generator=generator(),
    )
    assert validated.sum() == 1


def test_the_same_seed_deals_the_same_and_another_seed_otherwise():
    groups = groups_of(generator().integers(1, 50, size=(30, 3)))
    one, same, other = (
        deal_folds(groups, folds=4, candidates=20, generator=generator(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_more_folds_than_groups_are_refused():
    with pytest.raises(
        UserError, match=r"fewer groups than folds.*3 groups.*at least 5.*set split.folds to 3"
    ):
        deal_folds(groups_of([[1], [2], [3]]), folds=5, candidates=20, generator=generator())
