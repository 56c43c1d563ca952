"""Intervals: against other programs, and at their limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import beta, binomtest

from rs_seg.algorithms.areas.draws import Posterior, class_limits, generators
from rs_seg.algorithms.areas.intervals import clopper_pearson, normal_quantile, student, wald
from rs_seg.areas import Sample, Strata, estimate, sample_from_matrix, tabulate
from tests.algorithms.areas.published import OLOFSSON_2014


def one_stratum(agreed: int, unit_count: int, *, finite: int | None = None) -> Sample:
    """A map of one class, a reference of two."""
    strata = Strata.of({"x": 100}, units=None if finite is None else {"x": finite})
    return sample_from_matrix(
        strata, [[agreed, unit_count - agreed]], rows=["x"], columns=["x", "y"]
    )


def test_quantiles_are_those_of_printed_tables() -> None:
    assert [normal_quantile(level) for level in (0.9, 0.95, 0.99)] == [1.645, 1.96, 2.576]


@pytest.mark.parametrize(("agreed", "unit_count"), [(0, 7), (3, 7), (97, 100), (20, 20)])
def test_clopper_and_pearson_are_those_of_scipy(agreed: int, unit_count: int) -> None:
    found = clopper_pearson(np.array([agreed / unit_count]), np.array([float(unit_count)]), 0.95)
    expected = binomtest(agreed, unit_count).proportion_ci(method="exact")
    np.testing.assert_allclose(np.ravel(found), [expected.low, expected.high], atol=1e-9)


def test_clopper_and_pearson_of_all_units_is_the_share() -> None:
    low, high = clopper_pearson(np.array([0.3, 1.0]), np.array([np.inf, np.inf]), 0.95)
    np.testing.assert_array_equal(low, [0.3, 1])
    np.testing.assert_array_equal(high, [0.3, 1])


def test_wald_ends_at_0_and_1() -> None:
    low, high = wald(np.array([0.01, 0.5, 0.99]), np.array([0.1, 0.1, 0.1]), 0.95)
    np.testing.assert_allclose(low, [0, 0.304, 0.794])
    np.testing.assert_allclose(high, [0.206, 0.696, 1])


def test_students_interval_of_logits() -> None:
    low, high = student(np.array([0.5, 0.0]), np.array([0.1, 0.0]), 0.95, freedom=6)
    # t of 6 degrees of freedom is 2.446912, the error of the logit .1 / (.5 * .5)
    expected = 1 / (1 + math.exp(2.446912 * 0.4))
    np.testing.assert_allclose([low[0], high[0]], [expected, 1 - expected], rtol=1e-6)
    assert np.isnan([low[1], high[1]]).all()
    assert np.isnan(student(np.array([0.5]), np.array([0.1]), 0.95, freedom=0)).all()


@pytest.mark.parametrize(("agreed", "unit_count"), [(3, 40), (0, 40), (37, 40)])
def test_draws_of_one_stratum_have_the_quantiles_of_their_beta(
    agreed: int, unit_count: int
) -> None:
    counts = np.array([[[agreed, unit_count - agreed, 0, 0]]])
    one = Posterior(counts, np.array([[0.5, 0.5, 0, 0]]), np.ones(1), np.zeros(1))
    limits = class_limits(
        one, ("area_share",), 0.95, draws=200_000, rngs=generators(0, "x", ["all"])
    )
    expected = beta(agreed + 0.5, unit_count - agreed + 0.5).ppf([0.025, 0.975])
    np.testing.assert_allclose(np.ravel(limits["area_share"]), expected, atol=2e-3)


@pytest.mark.parametrize(("agreed", "finite"), [(3, None), (0, None), (37, None), (20, 80)])
def test_an_area_of_one_stratum_has_the_exact_limits(agreed: int, finite: int | None) -> None:
    """Those of draws are narrower; half of all units say as much as twice as many of a part."""
    found = estimate(one_stratum(agreed, 40, finite=finite)).get("area_share", "x")
    units = 40 if finite is None else 80
    exact = binomtest(agreed * units // 40, units).proportion_ci(method="exact")
    np.testing.assert_allclose([found.low, found.high], [exact.low, exact.high], atol=1e-9)


def test_an_area_that_no_unit_showed_may_still_be_there() -> None:
    found = estimate(one_stratum(40, 40)).get("area", "y")
    assert found.value == found.low == 0
    assert 1 < found.high < 10


def test_another_confidence_widens_the_interval() -> None:
    sample = one_stratum(30, 40)
    widths = [
        estimate(sample, confidence=level).get("area", "x").half_width
        for level in (0.8, 0.9, 0.95, 0.99)
    ]
    assert widths == sorted(widths)


def test_classes_that_nobody_saw_are_in_the_table_where_the_legend_has_them() -> None:
    sample = tabulate(
        Strata.of({"x": 100}),
        stratum=["x"] * 20,
        mapped=["x"] * 20,
        reference=["x"] * 20,
        classes=["x", "y", "z"],
    )
    area = estimate(sample).get("area", "z")
    assert area.value == 0
    assert area.high > 1


def test_the_same_seed_draws_the_same() -> None:
    sample = OLOFSSON_2014.sample()
    first, second, other = (estimate(sample, seed=seed).get("area", "gain") for seed in (4, 4, 5))
    assert first == second
    assert first.high != other.high, "draws of a rare class reach higher than exact limits"
