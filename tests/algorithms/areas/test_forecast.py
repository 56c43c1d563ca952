"""Simulated designs: how often intervals hold, as it was measured before, and what mends them."""

from __future__ import annotations

import numpy as np
import pytest

from rs_seg.areas import (
    Expectation,
    Strata,
    area_coverage,
    assume,
    forecast,
    propose_allocation,
    weak_figures,
)
from rs_seg.errors import UserError
from tests.algorithms.areas.published import OLOFSSON_2014, Study, designs

MEASURED = {
    "2014 proportional": (0.949, 0.92, 0.954, 0.948),
    "2014 with 75 each": (0.887, 0.715, 0.948, 0.948),
    "2014 equal": (0.801, 0.396, 0.943, 0.940),
    "2013, 1, as done": (0.924, 0.926, 0.942),
    "2013, 1, 50 each": (0.764, 0.864, 0.926),
    "2013, 2, as done": (0.864, 0.946, 0.944),
    "2013, 2, 100 each": (0.428, 0.906, 0.914),
    "Colombia, as done": (0.958, 0.956, 0.908),
    "Colombia, 100 each": (0.948, 0.956, 0.622),
    "Tinigua, as done": (0.944, 0.840, 0.952),
    "Tinigua, 50 each": (0.926, 0.378, 0.926),
}
"""Coverage of the usual 95 % interval (Wald) for the area of each class."""
BOUNDS = {
    "area_share": (0.93, 1.0),
    "users_accuracy": (0.94, 1.0),
    "producers_accuracy": (0.90, 0.99),
    "overall_accuracy": (0.94, 0.98),
}
"""Of the coverage of printed intervals, where it is not 0.93 to 0.995."""
CASES = [pytest.param(name, study, units, id=name) for name, study, units in designs()]


def by_class(expectations: tuple[Expectation, ...], figure: str) -> dict[object, Expectation]:
    return {found.of: found for found in expectations if found.figure == figure}


@pytest.mark.parametrize(("name", "study", "units"), CASES)
def test_the_usual_interval_holds_as_often_as_measured(
    name: str, study: Study, units: tuple[int, ...]
) -> None:
    found = area_coverage(study.assumption(), units, samples=4000)
    np.testing.assert_allclose(found, MEASURED[name], rtol=0, atol=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "study", "units"), CASES)
def test_printed_intervals_hold(name: str, study: Study, units: tuple[int, ...]) -> None:
    expectations = forecast(study.assumption(), units, samples=4000, draws=2000)
    assert len(expectations) == 3 + 5 * len(study.classes)
    for found in expectations:
        least, most = BOUNDS.get(found.figure, (0.93, 0.995))
        assert least <= found.coverage <= most, found


@pytest.fixture(scope="module")
def equal() -> tuple[Expectation, ...]:
    return forecast(OLOFSSON_2014.assumption(), (160, 160, 160, 160), samples=4000, draws=200)


def test_producers_accuracy_and_iou_of_rare_classes_fail_alike(
    equal: tuple[Expectation, ...],
) -> None:
    producers, iou = by_class(equal, "producers_accuracy"), by_class(equal, "iou")
    assert producers["gain"].wald_coverage == pytest.approx(0.371, abs=0.03)
    assert producers["gain"].bias == pytest.approx(0.036, abs=0.01)
    assert iou["gain"].wald_coverage == pytest.approx(0.545, abs=0.03)
    some = forecast(OLOFSSON_2014.assumption(), (75, 75, 165, 325), samples=4000, draws=200)
    gain = by_class(some, "producers_accuracy")["gain"]
    assert gain.wald_coverage == pytest.approx(0.606, abs=0.03)
    assert gain.bias == pytest.approx(0.019, abs=0.01)
    assert by_class(some, "iou")["gain"].wald_coverage == pytest.approx(0.857, abs=0.03)


def test_overall_accuracy_holds_with_the_usual_interval(equal: tuple[Expectation, ...]) -> None:
    overall = by_class(equal, "overall_accuracy")[None]
    assert 0.92 < overall.wald_coverage < 0.96
    assert overall.truth == pytest.approx(0.9465118881)


@pytest.mark.parametrize("wrong", [0.005, 0.02])
def test_figures_of_a_map_that_is_nearly_right_hold(wrong: float) -> None:
    """Samples without any error are common here, and usual intervals of them have no width."""
    names = ("a", "b", "c", "d")
    shares = {own: [1 - wrong if name == own else wrong / 3 for name in names] for own in names}
    assumption = assume(
        Strata.of(dict(zip(names, (8, 4, 2, 1), strict=True))), shares, classes=names
    )
    found = forecast(assumption, (40, 30, 20, 10), samples=2000, draws=500)
    assert all(own.coverage > 0.94 for own in found)
    usual = [own.wald_coverage for own in found if own.figure != "area_share"]
    assert max(usual) < 0.86


def test_users_accuracies_and_areas_are_without_bias(equal: tuple[Expectation, ...]) -> None:
    for figure in ("area_share", "users_accuracy"):
        for found in by_class(equal, figure).values():
            assert abs(found.bias) < 0.003


def test_a_design_that_fails_is_warned_of_and_mended(equal: tuple[Expectation, ...]) -> None:
    weak = {found.of for found in weak_figures(equal) if found.figure == "area_share"}
    assert weak == {"deforestation", "gain"}
    assumption = OLOFSSON_2014.assumption()
    proposal = propose_allocation(assumption, (160, 160, 160, 160))
    assert proposal is not None
    assert proposal.units.sum() == 640
    assert not weak_figures(proposal.expectations)
    assert (area_coverage(assumption, proposal.units, seed=9) > 0.89).all()


def test_a_design_that_holds_is_proposed_as_it_is() -> None:
    proposal = propose_allocation(OLOFSSON_2014.assumption(), (13, 10, 205, 413))
    assert proposal is not None
    np.testing.assert_array_equal(proposal.units, [13, 10, 205, 413])


def test_a_sample_that_grows_fourfold_in_vain_has_no_proposal() -> None:
    assumption = assume(
        Strata.of({"a": 1, "b": 1_000_000}), {"a": [9, 1], "b": [1, 99_999]}, classes=["a", "b"]
    )
    assert propose_allocation(assumption, (10, 10)) is None


def test_the_same_seed_gives_the_same_forecast() -> None:
    assumption = OLOFSSON_2014.assumption()
    first, second, other = (
        forecast(assumption, (20, 20, 20, 20), samples=50, draws=50, seed=seed)
        for seed in (1, 1, 2)
    )
    assert first == second
    assert first != other


def test_assumptions_name_every_stratum_and_class() -> None:
    strata = Strata.of({"a": 1, "b": 2})
    with pytest.raises(UserError, match=r"without expected shares.*\['b'\]"):
        assume(strata, {"a": [1, 2]}, classes=["a", "b"])
    with pytest.raises(UserError, match="expected shares of b"):
        assume(strata, {"a": [1, 2], "b": [0, 0]}, classes=["a", "b"])
    with pytest.raises(UserError, match="at least two units"):
        forecast(assume(strata, {"a": [1, 2], "b": [1, 0]}, classes=["a", "b"]), (1, 5))
