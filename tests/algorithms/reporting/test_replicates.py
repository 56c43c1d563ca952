"""Several trainings of one network: spread over seeds, and the sum of folds."""

from __future__ import annotations

from functools import partial

import pytest

from rs_seg.algorithms.reporting import replicates
from rs_seg.values.evaluation import Evaluation
from tests.algorithms.reporting.toy_evaluations import figures_of_test, make_block, make_evaluation

summarize_replicates = partial(replicates.summarize_replicates, resamples=200, seed=1)


def evaluation(network: str, figure: float | None, *, row: int = 0) -> Evaluation:
    block = make_block([[3, 1], [0, 4]], row=row)
    return make_evaluation(network, test=figures_of_test(figure, blocks=[block]))


def test_seeds_have_a_spread_and_are_not_pooled() -> None:
    found = [evaluation("u_1", 0.5), evaluation("u_2", 0.7), evaluation("alone", 0.1)]
    (group,) = summarize_replicates(found, {"u": ("u_1", "u_2")})
    assert (group.network, group.refinement, group.networks) == ("u", "argmax", ("u_1", "u_2"))
    expected = {
        "n": 2,
        "mean": pytest.approx(0.6),
        "std": pytest.approx(0.02**0.5),
        "min": 0.5,
        "max": 0.7,
    }
    assert dict(group.mean_iou) == expected
    assert group.pooled is None


def test_folds_are_pooled_by_their_sum() -> None:
    (group,) = summarize_replicates(
        [evaluation("u_1", 0.5), evaluation("u_2", 0.7, row=9)], {"u": ("u_1", "u_2")}
    )
    pooled = group.pooled
    assert pooled is not None
    assert pooled.confusion == ((6, 2), (0, 8))
    assert pooled.iou == {"field": 0.75, "wood": 0.8}
    assert pooled.pixels == 16
    assert (pooled.blocks, pooled.reliable) == (2, False)
    assert pooled.intervals.overall_accuracy == (0.875, 0.875), "both blocks are alike"


def test_one_known_figure_has_no_spread_and_none_no_mean() -> None:
    known, unknown = evaluation("u_1", 0.5), evaluation("u_2", None)
    (group,) = summarize_replicates([known, unknown], {"u": ("u_1", "u_2")})
    assert (group.mcc.n, group.mcc.mean, group.mcc.std) == (1, 0.5, None)
    (group,) = summarize_replicates([unknown], {"u": ("u_2",)})
    assert (group.mcc.n, group.mcc.mean) == (0, None)
