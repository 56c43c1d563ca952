"""Rules of estimates: what is undefined stays so, and what is complete has no error."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from rs_seg.algorithms.areas.printing import Choice
from rs_seg.areas import Design, Figure, Sample, Strata, estimate, sample_from_matrix, tabulate
from rs_seg.errors import UserError
from rs_seg.values.confusion import Confusion
from tests.algorithms.areas.published import (
    MAPPED,
    OLOFSSON_2014,
    REFERENCE,
    STRATA,
    STRATUM,
    close,
    errors,
    stehman,
    values,
)


def test_one_unit_in_a_stratum_leaves_errors_undefined_and_says_so() -> None:
    found = estimate(stehman(*(text[:31] for text in (STRATUM, MAPPED, REFERENCE))))
    assert math.isnan(found.get("overall_accuracy").error)
    assert all(map(math.isnan, errors(found, "area_share")))
    assert any("one unit alone was labelled in D" in note for note in found.notes)
    # draws know what one unit says
    area = found.get("area_share", "D")
    assert area.low < area.value < area.high


def test_a_stratum_without_units_stops_the_analysis_or_is_merged() -> None:
    columns = {
        "stratum": list(STRATUM[:30]),
        "mapped": list(MAPPED[:30]),
        "reference": list(REFERENCE[:30]),
    }
    strata = Strata.of(STRATA, units=STRATA)
    with pytest.raises(UserError, match=r"without a labelled unit.*\['D'\]"):
        tabulate(strata, **columns)
    merged = tabulate(strata, **columns, merge={"D": "C"})
    assert merged.strata.names == ("A", "B", "C")
    np.testing.assert_array_equal(merged.strata.sizes, [40_000, 30_000, 30_000])
    np.testing.assert_array_equal(merged.units, [10, 10, 10])


def test_a_sample_of_everything_has_no_error() -> None:
    rng = np.random.default_rng(5)
    stratum, mapped, reference = rng.integers(0, 3, (3, 400))
    units = dict(enumerate(np.bincount(stratum).tolist()))
    sample = tabulate(
        Strata.of(units, units=units), stratum=stratum, mapped=mapped, reference=reference
    )
    counts = Confusion.from_indices(reference, mapped, class_count=3)
    designs: tuple[Design, ...] = ("stratified", "post-stratified")
    for design in designs:
        found = estimate(sample, design=design)
        close(found.matrix * 400, counts.counts.T)
        close(found.get("overall_accuracy").value, counts.overall_accuracy())
        close(values(found, "f1"), counts.f1())
        close(values(found, "iou"), counts.iou())
        for figure in found.figures:
            assert figure.error == 0
            np.testing.assert_allclose([figure.low, figure.high], figure.value, rtol=1e-12)


def test_the_method_stands_beside_each_figure() -> None:
    found = estimate(stehman())
    assert found.get("area", "A").method == "Dirichlet draws or Korn and Graubard"
    assert found.get("overall_accuracy").method == "Korn and Graubard"
    # C is mapped in one stratum, A in two
    assert found.get("users_accuracy", "C").method == "Clopper and Pearson"
    assert found.get("users_accuracy", "A").method == "Dirichlet draws or Korn and Graubard"
    assert found.get("mean_iou").method == "Korn and Graubard"
    assert {row["method"] for row in estimate(stehman(), intervals="Wald").rows()} == {"Wald"}


def all_right(*, finite: bool = False) -> Sample:
    """A sample without any error, of two classes of the map."""
    sizes = {"a": 100, "b": 50}
    strata = Strata.of(sizes, units=sizes if finite else None)
    return sample_from_matrix(strata, [[100, 0], [0, 50]], rows=["a", "b"], columns=["a", "b"])


def test_a_sample_without_errors_leaves_errors_of_the_map_possible() -> None:
    ratios: tuple[Figure, ...] = ("users_accuracy", "producers_accuracy", "f1", "iou")
    figures: tuple[Figure, ...] = ("overall_accuracy", "mean_f1", "mean_iou")
    found = estimate(all_right())
    for figure in figures:
        own = found.get(figure)
        assert own.value == own.high == 1
        assert own.error == 0
        # no error in n units leaves up to about 3 / n
        assert 0.9 < own.low < 0.985
    for name in found.classes:
        for ratio in ratios:
            assert 0.8 < found.get(ratio, name).low < 0.99


def test_of_one_stratum_the_overall_accuracy_has_the_exact_interval() -> None:
    sample = sample_from_matrix(Strata.of({"a": 1}), [[60, 0]], rows=["a"], columns=["a", "b"])
    exact = binomtest(60, 60).proportion_ci(method="exact")
    assert estimate(sample).get("overall_accuracy").low == pytest.approx(exact.low)


def test_a_usual_interval_of_no_width_is_not_stated_with_the_reason() -> None:
    found = estimate(all_right(), intervals="Wald")
    for own in found.figures:
        assert np.isnan([own.low, own.high]).all(), own
        assert own.method == "not estimable: all sampled units agree"


@pytest.mark.parametrize("share", [2e-8, 1e-12])
def test_a_class_of_hardly_any_ground_has_its_interval(share: float) -> None:
    sample = sample_from_matrix(
        Strata.of({"a": 1 - share, "b": share}),
        [[100, 0], [10, 40]],
        rows=["a", "b"],
        columns=["a", "b"],
    )
    own = estimate(sample, intervals="Wald").get("area_share", "b")
    assert own.value == pytest.approx(0.8 * share)
    assert 0 < own.low < own.value < own.high


@pytest.mark.parametrize("intervals", ["best", "Wald"])
def test_a_complete_sample_without_errors_is_certain(intervals: Choice) -> None:
    for own in estimate(all_right(finite=True), intervals=intervals).figures:
        assert own.low == own.high == own.value, own


def test_the_disagreement_of_a_map_is_estimated_too() -> None:
    parts = estimate(stehman()).disagreement()
    close(parts.difference, 1 - 0.63)
    close(parts.quantity + parts.allocation, parts.difference)
    close(parts.class_quantity, [0.04, 0.13, 0.08, 0.01])


def test_the_report_shows_how_far_unweighted_figures_are_away() -> None:
    plain = Confusion(np.array(OLOFSSON_2014.counts).T)
    close(plain.overall_accuracy(), 0.9171875, 7)
    close(plain.f1(), [0.916667, 0.839695, 0.9, 0.941353], 6)
    close(plain.mean_f1(), 0.899429, 6)
    close(plain.iou(), [0.846154, 0.723684, 0.818182, 0.889205], 6)
    close(
        [plain.mean_iou(), plain.kappa(), plain.multiclass_mcc()], [0.819306, 0.869964, 0.871330], 6
    )
    weighted = estimate(OLOFSSON_2014.sample())
    close(weighted.get("overall_accuracy").value, 0.9465, 4)
    # Means over classes of what the ratio estimators give.
    close(weighted.get("mean_f1").value, np.mean(values(weighted, "f1")))
    close(weighted.get("mean_iou").value, np.mean(values(weighted, "iou")))
