"""Bands of a configuration: ranges wherever bands are listed, bad ones dropped by name."""

from __future__ import annotations

from typing import Any

import pytest

from rs_seg.config import parse_config
from rs_seg.errors import UserError
from tests.config.test_load import MINIMAL

CUBE = {"path": "{scene}.tif", "bands": ["B001..B012"], "drop_bands": ["B005..B007"]}
KEPT = ("B001", "B002", "B003", "B004", "B008", "B009", "B010", "B011", "B012")


def with_cube(**changes: Any) -> dict[str, Any]:
    return {**MINIMAL, "sources": {"cube": CUBE}, **changes}


def with_refinement(**settings: Any) -> dict[str, Any]:
    return with_cube(refinements={"crf": {"method": "densecrf", **settings}})


def test_dropped_bands_are_none_of_the_run() -> None:
    run = parse_config(with_cube())
    assert len(run.sources["cube"].bands) == 12
    assert run.sources["cube"].kept_bands == run.bands == KEPT


def test_ranges_are_written_out_wherever_bands_are_listed() -> None:
    values = with_refinement(bands=["B001..B003", "B010"])
    values["models"] = {
        "forest": {"architecture": "random_forest", "features": ["B002..B004", "B001 / B002"]}
    }
    values["train"] = {"augment": {"optical_bands": ["B008..B010"], "blur": {}}}
    run = parse_config(values)
    assert run.refinements["crf"].bands == ("B001", "B002", "B003", "B010")
    assert run.models["forest"].formulas == ("B002", "B003", "B004", "(B001 / B002)")
    assert run.train.augment.optical_bands == ("B008", "B009", "B010")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            with_refinement(bands=["B001..B006"]),
            "refinements.crf.bands names 'B005', but the bands are B001",
        ),
        (with_refinement(bands=["B003..B001"]), "bands.*'B003..B001' falls; expected 'B001..B003'"),
        (with_refinement(bands=["B001..B003", "B002"]), "given twice: B002"),
        (
            with_refinement(method="markov", contrast=None, bands=["B001"]),
            "bands is B001, but contrast is null",
        ),
        (
            with_cube(sources={"cube": {**CUBE, "drop_bands": ["B013"]}}),
            "drop_bands names 'B013', but bands are",
        ),
        (with_cube(sources={"cube": {**CUBE, "drop_bands": ["B001..B012"]}}), "no band is left"),
        (
            with_cube(sources={"cube": {**CUBE, "bands": ["B1..B"]}}),
            "'B1..B' is no range of bands; expected",
        ),
    ],
)
def test_bands_that_cannot_be_meant_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_config(values)
