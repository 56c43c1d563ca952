"""Samples of clusters."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rs_seg.areas import ClusterSample, Figure, design_effect, estimate_clusters, tabulate_clusters
from rs_seg.errors import UserError
from tests.algorithms.areas.published import close

POSITIVES = {"A": (5, 4, 5, 4), "B": (0, 1, 0, 5)}
WEIGHTS = {"A": 10.0, "B": 20.0}


def eight_clusters() -> ClusterSample:
    """Four clusters of five units in each of two strata (nrt-validate, R survey)."""
    units = [
        (stratum, place, unit < positives)
        for stratum, clusters in POSITIVES.items()
        for place, positives in enumerate(clusters)
        for unit in range(5)
    ]
    return tabulate_clusters(
        stratum=[stratum for stratum, _, _ in units],
        cluster=[place for _, place, _ in units],
        mapped=["yes"] * len(units),
        reference=["yes" if positive else "no" for _, _, positive in units],
        weight=[WEIGHTS[stratum] for stratum, _, _ in units],
    )


def test_eight_clusters_of_five_units() -> None:
    found = estimate_clusters(eight_clusters()).get("area_share", "yes")
    close([found.value, found.error], [0.5, 0.1598610508])
    assert found.method == "Student's t, logit"
    assert 0 < found.low < 0.5 < found.high < 1


def test_units_of_a_cluster_say_less_than_units_alone() -> None:
    found = estimate_clusters(eight_clusters()).get("area_share", "yes")
    alone = found.error / math.sqrt(design_effect(found.value, found.error, 40))
    close(alone, 0.0790569, 7)


def test_areas_are_shares_of_a_known_size() -> None:
    sample = eight_clusters()
    assert estimate_clusters(sample).get("area", "yes").value == pytest.approx(300)
    assert estimate_clusters(sample, size=1000).get("area", "yes").value == pytest.approx(500)


def test_all_units_of_all_clusters_leave_no_error() -> None:
    sample = eight_clusters()
    whole = estimate_clusters(sample, clusters={"A": 4, "B": 4}, complete=True)
    assert whole.get("area", "yes").error == 0
    some = estimate_clusters(sample, clusters={"A": 8, "B": 8}, complete=True)
    close(some.get("area_share", "yes").error, 0.1598610508 * math.sqrt(0.5))
    with pytest.raises(UserError, match="fewer clusters than were drawn"):
        estimate_clusters(sample, clusters={"A": 3, "B": 4})


def test_a_few_units_of_all_clusters_are_a_stratified_sample_of_them() -> None:
    sample = eight_clusters()
    found = estimate_clusters(sample, clusters={"A": 4, "B": 4}).get("area_share", "yes")
    shares = np.array([*POSITIVES["A"], *POSITIVES["B"]]) / 5
    weights = np.repeat([50 / 600, 100 / 600], 4)
    close(found.error, math.sqrt((weights**2 * shares * (1 - shares) / 4).sum()))


@pytest.mark.parametrize("drawn", [4, 15, 20])
def test_errors_of_two_stages_are_those_of_many_samples(drawn: int) -> None:
    rng = np.random.default_rng(3)
    positive = rng.random((20, 200)) < rng.beta(1.5, 2.5, size=(20, 1))
    values, variances = [], []
    for _ in range(250):
        tiles = rng.permutation(20)[:drawn]
        labels = np.concatenate([rng.choice(positive[tile], 6, replace=False) for tile in tiles])
        found = estimate_clusters(
            tabulate_clusters(
                stratum=["all"] * len(labels),
                cluster=np.repeat(tiles, 6),
                mapped=["yes"] * len(labels),
                reference=np.where(labels, "yes", "no"),
                weight=np.ones(len(labels)),
                classes=["yes", "no"],
            ),
            clusters={"all": 20},
        ).get("area_share", "yes")
        values.append(found.value)
        variances.append(found.error**2)
    assert math.sqrt(np.mean(variances)) == pytest.approx(np.std(values), rel=0.15)


def test_a_cluster_of_one_unit_leaves_errors_defined() -> None:
    sample = tabulate_clusters(
        stratum=["a"] * 5,
        cluster=[1, 1, 2, 2, 3],
        mapped=["x"] * 5,
        reference=["x", "y", "x", "x", "y"],
        weight=np.ones(5),
    )
    between = estimate_clusters(sample, clusters={"a": 4}, complete=True)
    both = estimate_clusters(sample, clusters={"a": 4})
    assert both.get("overall_accuracy").error > between.get("overall_accuracy").error > 0


def test_one_cluster_in_a_stratum_leaves_errors_undefined_and_says_so() -> None:
    sample = tabulate_clusters(
        stratum=["a", "a", "b", "b"],
        cluster=[1, 2, 1, 1],
        mapped=["x", "x", "x", "y"],
        reference=["x", "y", "x", "y"],
        weight=np.ones(4),
    )
    found = estimate_clusters(sample)
    assert math.isnan(found.get("overall_accuracy").error)
    assert any("one cluster alone was labelled in b" in note for note in found.notes)


@pytest.mark.parametrize("everything", [False, True])
def test_clusters_without_errors_are_certain_only_where_they_are_everything(
    everything: bool,
) -> None:
    sample = tabulate_clusters(
        stratum=["all"] * 6,
        cluster=[1, 1, 2, 2, 3, 3],
        mapped=["a", "b"] * 3,
        reference=["a", "b"] * 3,
        weight=[1.0] * 6,
    )
    found = estimate_clusters(sample, clusters={"all": 3 if everything else 30}, complete=True)
    figures: tuple[Figure, ...] = ("overall_accuracy", "mean_iou")
    for figure in figures:
        own = found.get(figure)
        if everything:
            assert own.low == own.high == own.value == 1
        else:
            assert np.isnan([own.low, own.high]).all()
            assert own.method == "not estimable: all sampled units agree"


def test_a_class_of_hardly_any_ground_has_its_interval() -> None:
    rare = [1e-9, 3e-9, 2e-9, 5e-9]
    sample = tabulate_clusters(
        stratum=["all"] * 8,
        cluster=[1, 1, 2, 2, 3, 3, 4, 4],
        mapped=["a", "b"] * 4,
        reference=["a", "b"] * 4,
        weight=[weight for own in rare for weight in (1 - own, own)],
    )
    share = estimate_clusters(sample).get("area_share", "b")
    assert share.error > 0
    assert share.low < share.value < share.high


def test_weights_are_positive() -> None:
    with pytest.raises(UserError, match="weights of units are above 0"):
        tabulate_clusters(
            stratum=["a"], cluster=[1], mapped=["x"], reference=["x"], weight=[float("nan")]
        )
