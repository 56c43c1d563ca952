"""What a sample says of a map, in words: an interval that does not hold is told with its remedy."""

from __future__ import annotations

from typing import Any

import yaml

from rs_seg.algorithms.reporting.area_findings import (
    describe_weak,
    expect_classes,
    expected_accuracy,
    propose,
)
from rs_seg.config import SampleConfig
from rs_seg.values.design import Design, DrawnClusters, DrawnStratum, ExpectedFigure, Proposal
from rs_seg.values.map_figures import NamedClass


def expected(figure: str, of: str | None, **changes: Any) -> ExpectedFigure:
    values = {
        "value": 0.1,
        "half_width": 0.02,
        "coverage": 0.95,
        "method": "Dirichlet draws",
        "wald_coverage": 0.5,
    }
    return ExpectedFigure.model_validate({"figure": figure, "of": of, **values, **changes})


def design(**changes: Any) -> Design:
    strata = tuple(
        DrawnStratum(
            code=number,
            name=name,
            mapped=number,
            pixels=100,
            area_m2=50_000.0,
            units=10,
            probability=0.1,
        )
        for number, name in ((1, "forest"), (2, "water"))
    )
    values: dict[str, Any] = {
        "network": "unet",
        "refinement": "argmax",
        "design": "stratified",
        "seed": 1,
        "classes": (NamedClass(code=1, name="forest"), NamedClass(code=2, name="water")),
        "scenes": (),
        "strata": strata,
        "clusters": None,
        "units": 20,
        "overlap_m2": 0.0,
        "assumed": "0.85",
        "expected": (expected("area_share", "water"), expected("overall_accuracy", None)),
        "weak": (),
        "proposal": None,
    }
    return Design.model_validate({**values, **changes})


def test_an_interval_of_ours_that_holds_is_told_from_the_usual_one_that_does_not() -> None:
    (sentence,) = describe_weak([expected("area_share", "water")])
    assert sentence.startswith("water, area: the interval printed here is expected to hold")
    assert "in 95 of 100 samples, but the usual one" in sentence
    assert "in 50 only: quote the interval, not the standard error" in sentence


def test_an_interval_that_does_not_hold_asks_for_more_places() -> None:
    (sentence,) = describe_weak([expected("overall_accuracy", None, coverage=0.8)])
    assert "in 80 of 100 samples only" in sentence
    assert "more places are needed" in sentence


def test_half_widths_of_areas_are_hectares_of_the_whole_map() -> None:
    (row,) = expect_classes(design())
    assert row["name"] == "water"
    assert row["area"] == 1.0
    assert row["half_width"] == 0.2
    assert row["users_accuracy"] is None
    accuracy = expected_accuracy(design())
    assert accuracy is not None
    assert accuracy.of is None


def test_a_proposal_can_be_pasted_whatever_strata_are_called() -> None:
    units = {"forest": 40, "near water": 12, "7": 9, "a: b": 3, 'so "called"': 5}
    text = propose(design(proposal=Proposal(units=units)))
    assert text is not None
    assert yaml.safe_load(text) == {"sample": {"design": "stratified", "units": units}}
    assert propose(design()) is None


def test_a_proposal_for_a_sample_of_tiles_takes_the_tiles_out() -> None:
    tiles = DrawnClusters(size_m=100.0, tiles=20, drawn=8, units=5)
    proposal = Proposal(units={"forest": 30, "water": 20})
    text = propose(design(design="simple_random", clusters=tiles, proposal=proposal))
    assert text is not None
    pasted = SampleConfig.model_validate(yaml.safe_load(text)["sample"])
    assert (pasted.design, pasted.clusters) == ("stratified", None)
    assert "clusters: null" in text
