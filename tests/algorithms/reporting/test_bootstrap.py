"""Figures of blocks drawn again: the same draws for all maps, intervals that cover."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rs_seg.algorithms.percentile_intervals import intervals
from rs_seg.algorithms.reporting.bootstrap import difference_intervals, measure, resample_figures
from rs_seg.algorithms.reporting.grounds import compare_grounds
from rs_seg.values import Confusion
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.map_figures import FigureDifference
from tests.algorithms.reporting.toy_evaluations import (
    figures_of_test,
    figures_of_validation,
    make_block,
    make_evaluation,
)


def evaluation(
    network: str, confusions: Any, *, validation: float = 0.5, column: int = 0
) -> Evaluation:
    blocks = [
        make_block(np.asarray(own).tolist(), column=column + 10 * number)
        for number, own in enumerate(confusions)
    ]
    figures = figures_of_test(mean_iou=0.5, blocks=blocks)
    return make_evaluation(
        network, validation=figures_of_validation(mean_iou=validation), test=figures
    )


def draw_confusions(
    rng: np.random.Generator, block_count: int, *, right: float, pixels: int = 50
) -> np.ndarray:
    """Confusions of two classes, (B, 2, 2), where about a share `right` is right."""
    rates = np.clip(rng.normal(right, 0.1, block_count), 0.05, 0.95)
    hits = rng.binomial(pixels, rates[:, None], (block_count, 2))
    return np.stack([[[a, pixels - a], [pixels - b, b]] for a, b in hits])


@given(arrays(np.int64, st.sampled_from([(3, 3), (3, 4), (2, 2)]), elements=st.integers(0, 40)))
def test_figures_of_many_confusions_are_those_of_each(counts: np.ndarray) -> None:
    confusion = Confusion(counts)
    expected = [confusion.mean_iou(), confusion.overall_accuracy(), confusion.multiclass_mcc()]
    np.testing.assert_allclose(
        measure(np.stack([counts, counts]).astype(float))[:, 1], expected, atol=1e-12
    )


def test_identical_maps_do_not_differ_at_all() -> None:
    counts = draw_confusions(np.random.default_rng(0), 20, right=0.8)
    ground = compare_grounds(
        [evaluation("a", counts), evaluation("b", counts)], resamples=300, seed=1
    )[0]
    assert ground.maps[1].against_best.mcc == FigureDifference(difference=0, interval=(0, 0))
    matrices = ground.mean_iou_differences
    assert matrices is not None
    assert [matrices.difference, matrices.low, matrices.high] == [((0, 0), (0, 0))] * 3


def test_a_map_that_is_better_everywhere_is_better_for_sure_and_paired_intervals_say_so() -> None:
    rng = np.random.default_rng(3)
    worse = draw_confusions(rng, 30, right=0.7)
    better = worse + np.array([[3, -3], [-3, 3]])
    figures = resample_figures([worse, better.clip(0)], resamples=500, seed=0)[:, 1]
    alone = intervals(figures)
    low, high = difference_intervals(figures)
    assert alone[0, 1] < alone[1, 0], "intervals of the two overlap"
    assert low[1, 0] > 0
    assert high[0, 1] == -low[1, 0]


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(11)
    covered = 0
    for trial in range(200):
        figures = resample_figures(
            [draw_confusions(rng, 40, right=0.75)], resamples=300, seed=trial
        )
        low, high = intervals(figures[0, 1])
        covered += int(low <= 0.75 <= high)
    assert 0.90 <= covered / 200 <= 0.99


def test_the_order_of_blocks_and_of_maps_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    first, second = (evaluation(name, draw_confusions(rng, 12, right=0.8)) for name in ("a", "b"))
    blocks = first.test.model_copy(update={"blocks": first.test.blocks[::-1]})
    turned = first.model_copy(update={"test": blocks})
    forward = compare_grounds([first, second], resamples=200, seed=2)[0]
    backward = compare_grounds([second, turned], resamples=200, seed=2)[0]
    ends = {own.network: own.mean_iou for own in forward.maps}
    assert ends == {own.network: own.mean_iou for own in backward.maps}


def test_draws_follow_the_seed_and_not_the_size_of_the_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts = draw_confusions(np.random.default_rng(7), 15, right=0.8)
    once = resample_figures([counts], resamples=120, seed=4)
    np.testing.assert_array_equal(resample_figures([counts], resamples=120, seed=4), once)
    assert (resample_figures([counts], resamples=120, seed=5) != once).any()
    monkeypatch.setattr("rs_seg.algorithms.reporting.bootstrap.DRAWN_AT_ONCE", 15 * 7)
    np.testing.assert_array_equal(resample_figures([counts], resamples=120, seed=4), once)


def test_maps_of_different_blocks_are_never_compared() -> None:
    counts = draw_confusions(np.random.default_rng(8), 11, right=0.8)
    fold1, fold2 = evaluation("one", counts), evaluation("two", counts, column=500)
    grounds = compare_grounds([fold1, fold2, evaluation("three", counts)], resamples=100, seed=0)
    assert [[own.network for own in ground.maps] for ground in grounds] == [
        ["one", "three"],
        ["two"],
    ]


def test_intervals_need_two_blocks() -> None:
    counts = draw_confusions(np.random.default_rng(9), 1, right=0.8)
    (ground,) = compare_grounds([evaluation("a", counts)], resamples=100, seed=0)
    assert ground.maps[0].mean_iou is None
    assert not ground.reliable
    (empty,) = compare_grounds([evaluation("a", counts[:0])], resamples=100, seed=0)
    assert (empty.blocks, empty.majority.mean_iou) == (0, None)


def test_the_majority_class_is_right_where_the_reference_has_it() -> None:
    (ground,) = compare_grounds(
        [evaluation("a", [[[30, 10], [5, 15]], [[20, 0], [10, 10]]])], resamples=100, seed=0
    )
    assert ground.majority.class_name == "wood"
    assert ground.majority.overall_accuracy == 0.4
    assert ground.majority.iou == {"field": 0, "wood": 0.4}
    assert ground.majority.mean_iou == 0.2
