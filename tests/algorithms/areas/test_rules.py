"""Rules of estimates: what is undefined stays so, and what is complete has no error."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rs_seg.areas import Design, Strata, estimate, tabulate
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
    counts = Confusion.from_indices(reference, mapped, classes=3)
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
    assert found.get("area", "A").method == "Dirichlet draws"
    assert found.get("overall_accuracy").method == "Dirichlet draws"
    # C is mapped in one stratum, A in two
    assert found.get("users_accuracy", "C").method == "Wilson"
    assert found.get("users_accuracy", "A").method == "Dirichlet draws"
    assert found.get("mean_iou").method == "Wald"
    assert {row["method"] for row in estimate(stehman(), intervals="Wald").rows()} == {"Wald"}


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
