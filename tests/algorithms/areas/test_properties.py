"""What must hold for every sample: rules, and draws from a known pair of map and reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rs_seg.algorithms.areas.figures import RATIOS, linearise
from rs_seg.algorithms.areas.printing import Choice, Evidence, Intervals
from rs_seg.algorithms.areas.samples import Sample
from rs_seg.algorithms.areas.variances import stratified_variance, variance_factors
from rs_seg.areas import Estimates, Figure, Strata, estimate, sample_from_matrix, tabulate

Counts = NDArray[np.int64]
NAMES = ("a", "b", "c")


@st.composite
def counted(draw: st.DrawFn) -> Counts:
    """Counts of three strata by three classes of map and reference, with two units or more."""
    cells = st.lists(st.integers(0, 30), min_size=27, max_size=27)
    counts = np.array(draw(cells), dtype=np.int64).reshape(3, 3, 3)
    counts[:, 0, 0] += 2
    return counts


sizes_of_three = st.lists(st.integers(1_000, 100_000), min_size=3, max_size=3)


def of_counts(counts: Counts, sizes: list[Any], *, finite: bool = False) -> Sample:
    by_name = dict(zip(NAMES, sizes, strict=True))
    strata = Strata.of(by_name, units=by_name if finite else None)
    return Sample(strata, NAMES, counts, np.ones(3, dtype=bool))


def numbers(estimates: Estimates, *, areas: bool = True) -> NDArray[np.float64]:
    chosen = [found for found in estimates.figures if areas or found.figure != "area"]
    return np.array([[found.value, found.error] for found in chosen])


def alike(first: NDArray[np.float64], second: NDArray[np.float64]) -> None:
    """Equal but for rounding, of which a root makes 1e-8 where a variance is 0."""
    np.testing.assert_allclose(first[:, 0], second[:, 0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(first[:, 1], second[:, 1], rtol=1e-6, atol=1e-7)


@given(counts=counted(), sizes=sizes_of_three, factor=st.floats(0.001, 1000))
@settings(deadline=None, max_examples=40)
def test_a_unit_of_area_scales_areas_and_nothing_else(
    counts: Counts, sizes: list[int], factor: float
) -> None:
    one = estimate(of_counts(counts, sizes), draws=50)
    other = estimate(of_counts(counts, [factor * size for size in sizes]), draws=50)
    alike(numbers(one, areas=False), numbers(other, areas=False))
    for name in NAMES:
        area, scaled = one.get("area", name), other.get("area", name)
        np.testing.assert_allclose(
            [scaled.value, scaled.low, scaled.high],
            [factor * area.value, factor * area.low, factor * area.high],
            rtol=1e-9,
        )


@given(counts=counted(), sizes=sizes_of_three)
@settings(deadline=None, max_examples=40)
def test_strata_with_equal_parts_drawn_may_be_merged(counts: Counts, sizes: list[int]) -> None:
    # b and c have the same part of their pixels drawn
    sizes[2] = round(sizes[1] * counts[2].sum() / counts[1].sum() * 1e6)
    sizes[1] *= 1_000_000
    merged = np.stack([counts[0], counts[1] + counts[2]])
    whole = estimate(of_counts(counts, sizes), draws=50)
    strata = Strata.of({"a": sizes[0], "b": sizes[1] + sizes[2]})
    fewer = estimate(Sample(strata, NAMES, merged, np.ones(3, dtype=bool)), draws=50)
    np.testing.assert_allclose(numbers(whole)[:, 0], numbers(fewer)[:, 0], rtol=1e-5, atol=1e-9)


@given(counts=counted(), sizes=sizes_of_three)
@settings(deadline=None, max_examples=40)
def test_strata_that_are_classes_of_the_map_follow_olofsson(
    counts: Counts, sizes: list[int]
) -> None:
    """The formulas of Olofsson et al. 2013, written out here, are a special case."""
    table = counts.sum(axis=1)
    strata = Strata.of(dict(zip(NAMES, sizes, strict=True)))
    found = estimate(sample_from_matrix(strata, table, rows=NAMES, columns=NAMES), draws=50)
    units = table.sum(axis=1)
    q, size = table / units[:, None], np.array(sizes, dtype=float)
    spread = q * (1 - q) / (units - 1)[:, None]
    users, total = np.diag(q), size.sum()
    overall = found.get("overall_accuracy")
    np.testing.assert_allclose(overall.value, size @ users / total)
    np.testing.assert_allclose(overall.error, np.sqrt(size**2 @ np.diag(spread)) / total, atol=1e-8)
    for place, name in enumerate(NAMES):
        area = size @ q[:, place]
        np.testing.assert_allclose(found.get("area", name).value, area)
        np.testing.assert_allclose(
            found.get("area", name).error, np.sqrt(size**2 @ spread[:, place]), atol=1e-3
        )
        np.testing.assert_allclose(
            found.get("users_accuracy", name).error, np.sqrt(spread[place, place]), atol=1e-8
        )
        if area > 0:
            producers = size[place] * users[place] / area
            others = np.arange(3) != place
            variance = size[place] ** 2 * (1 - producers) ** 2 * spread[place, place]
            variance += producers**2 * (size[others] ** 2 @ spread[others, place])
            np.testing.assert_allclose(
                found.get("producers_accuracy", name).error, np.sqrt(variance) / area, atol=1e-8
            )


@given(counts=counted(), sizes=sizes_of_three)
@settings(deadline=None, max_examples=40)
def test_every_interval_holds_its_estimate_and_stays_within_0_and_1(
    counts: Counts, sizes: list[int]
) -> None:
    found = estimate(of_counts(counts, sizes, finite=True), draws=50)
    for figure in found.figures:
        if np.isnan(figure.value):
            assert np.isnan(figure.low)
            assert np.isnan(figure.high)
        elif figure.figure != "area":
            assert 0 <= figure.low <= figure.value <= figure.high <= 1
    np.testing.assert_allclose(found.matrix.sum(), 1)
    shares = [found.get("area_share", name).value for name in NAMES]
    np.testing.assert_allclose(sum(shares), 1)


@given(counts=counted(), sizes=sizes_of_three)
@settings(deadline=None, max_examples=25)
def test_the_order_of_classes_and_strata_does_not_matter(counts: Counts, sizes: list[int]) -> None:
    one = estimate(of_counts(counts, sizes), draws=50)
    turn = [2, 0, 1]
    names = tuple(NAMES[place] for place in turn)
    strata = Strata.of({NAMES[place]: sizes[place] for place in turn})
    turned = counts[turn][:, turn][:, :, turn]
    other = estimate(Sample(strata, names, turned, np.ones(3, dtype=bool)), draws=50)
    for found in one.figures:
        same = other.get(found.figure, found.of)
        assert same.method == found.method
        np.testing.assert_allclose(
            [same.value, same.low, same.high],
            [found.value, found.low, found.high],
            atol=1e-9 * sum(sizes),
        )


def known_pair() -> Counts:
    """Pixels of three strata by class of map and reference, all of them; strata are no classes."""
    return np.array(
        [
            [[3000, 200, 50], [150, 900, 40], [60, 30, 200]],
            [[500, 100, 40], [300, 4000, 200], [20, 100, 700]],
            [[150, 50, 30], [60, 400, 90], [40, 150, 1200]],
        ]
    )


@pytest.fixture(scope="module")
def drawn() -> tuple[Sample, Counts]:
    """2,000 samples without replacement of the known pair, and one sample for their design."""
    rng = np.random.default_rng(12)
    pixels, units = known_pair(), (150, 200, 100)
    counts = np.stack(
        [
            rng.multivariate_hypergeometric(cells.ravel(), many, size=2000)
            for cells, many in zip(pixels, units, strict=True)
        ],
        axis=1,
    )
    by_name = dict(zip(NAMES, pixels.sum(axis=(1, 2)).tolist(), strict=True))
    strata = Strata.of(by_name, units=by_name)
    design = Sample(strata, NAMES, counts[0].reshape(3, 3, 3), np.ones(3, dtype=bool))
    return design, counts


@pytest.mark.parametrize("figure", ["overall_accuracy", "area_share", "users_accuracy", "iou"])
def test_samples_of_a_known_pair_are_right_on_average_and_their_intervals_hold(
    drawn: tuple[Sample, Counts], figure: Figure
) -> None:
    design, counts = drawn
    ratio = RATIOS[figure](3)
    truth = linearise(known_pair().sum(axis=0).ravel() / known_pair().sum(), ratio).values
    means = counts / design.units[:, None]
    found = linearise(design.strata.weights @ means, ratio)
    factors = variance_factors(design.strata, design.units, "stratified")
    errors = np.sqrt(stratified_variance(means, design.units, factors, found.residuals))
    spread = found.values.std(axis=0)
    # ratios have a bias of the order of 1 / n
    bias = 0 if figure in ("overall_accuracy", "area_share") else 0.005
    assert (np.abs(found.values.mean(axis=0) - truth) < 3 * spread / np.sqrt(2000) + bias).all()
    np.testing.assert_allclose(errors.mean(axis=0), spread, rtol=0.07)
    method = Intervals.of(design, "stratified", confidence=0.95, draws=500, seed=0)
    evidence = {figure: Evidence(found.values, errors)}
    choices: tuple[Choice, ...] = ("best", "Wald")
    for choice in choices:
        ends = method.printed(counts, evidence, choice=choice)
        held = ((ends[figure].low <= truth) & (truth <= ends[figure].high)).mean(axis=0)
        assert ((held >= 0.93) & (held <= 0.97)).all(), (choice, held)


def test_pixels_of_a_table_give_what_counts_give() -> None:
    counts = known_pair() // 50
    cells = np.repeat(np.arange(27), counts.ravel())
    stratum, mapped, reference = np.unravel_index(cells, (3, 3, 3))
    sample = tabulate(
        Strata.of({0: 10, 1: 20, 2: 30}), stratum=stratum, mapped=mapped, reference=reference
    )
    np.testing.assert_array_equal(sample.counts, counts)
