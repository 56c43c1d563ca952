"""Samples of clusters."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rs_seg.areas import ClusterSample, design_effect, estimate_clusters, tabulate_clusters
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


def test_all_clusters_drawn_leave_no_error() -> None:
    sample = eight_clusters()
    assert estimate_clusters(sample, clusters={"A": 4, "B": 4}).get("area", "yes").error == 0
    part = estimate_clusters(sample, clusters={"A": 8, "B": 8}).get("area_share", "yes").error
    close(part, 0.1598610508 * math.sqrt(0.5))
    with pytest.raises(UserError, match="fewer clusters than were drawn"):
        estimate_clusters(sample, clusters={"A": 3, "B": 4})


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


def test_weights_are_positive() -> None:
    with pytest.raises(UserError, match="weights of units are above 0"):
        tabulate_clusters(
            stratum=["a"], cluster=[1], mapped=["x"], reference=["x"], weight=[float("nan")]
        )
