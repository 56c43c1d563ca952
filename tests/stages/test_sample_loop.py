"""From a map to its areas: places are drawn, a script labels them by the truth, areas hold it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest

from rs_seg.config import EstimateConfig, SampleConfig
from rs_seg.io.documents import read_document
from rs_seg.io.place_files import count_labels
from rs_seg.io.points import POINTS
from rs_seg.stages.estimate import estimate
from rs_seg.stages.sample import sample
from rs_seg.values.estimates import MapEstimates
from tests.stages.labelled_files import drop_triggers
from tests.stages.toy_sample import CODES, LEGEND, PIXEL, REFINEMENT, ToySample, draw_sample

WORLD = 3
"""Seed of the truth and its map."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ToySample:
    """Two scenes with a map; the sample that comes with them is not used."""
    return draw_sample(tmp_path_factory.mktemp("world"), world=WORLD)


def interpret(world: ToySample, labelling: Path, *, share: float = 1.0) -> Path:
    """Label the first places of the laid ready file by the truth at their points."""
    path = labelling / "points.gpkg"
    table = geopandas.read_file(path, layer=POINTS).sort_values("id")
    first = table[: round(share * len(table))]
    with closing(sqlite3.connect(path)) as connection, connection:
        drop_triggers(connection)
        for place, scene, point in zip(first["id"], first["scene"], first.geometry, strict=True):
            west = 600_000 + 5000 * (scene == "west")
            row, column = int((5_300_000 - point.y) / PIXEL), int((point.x - west) / PIXEL)
            code = int(CODES[world.truth[scene][row, column]])
            connection.execute("UPDATE points SET reference = ? WHERE id = ?", (code, int(place)))
    assert count_labels(path) == len(first)
    return path


def go_round(
    world: ToySample, folder: Path, *, share: float = 1.0, seed: int = 4, **settings: Any
) -> MapEstimates:
    """Draw, label and estimate."""
    folder.mkdir(exist_ok=True)
    out = {
        "estimates": folder / "estimates.json",
        "areas": folder / "areas.csv",
        "chart": folder / "areas.png",
        "agreement": folder / "agreement.gpkg",
    }
    sample(
        SampleConfig(map="unet/argmax", trials=100, **settings),
        REFINEMENT,
        LEGEND,
        seed,
        files=world.classes,
        strata=[],
        points=folder / "points.gpkg",
        design=folder / "design.json",
        labelling=folder / "labelling",
    )
    estimate(
        EstimateConfig(),
        REFINEMENT,
        LEGEND,
        seed,
        labelled=interpret(world, folder / "labelling", share=share),
        design=[],
        files=world.classes,
        **out,
    )
    return read_document(out["estimates"], MapEstimates)


DESIGNS: dict[str, dict[str, Any]] = {
    "stratified": {"units": {"forest": 80, "field": 100, "water": 40}},
    "simple_random": {"design": "simple_random", "units": 400},
    "systematic": {"design": "systematic", "units": 400},
    "tiles": {"design": "simple_random", "units": 400, "clusters": {"size": 240.0, "units": 5}},
    "buffers": {"units": 260, "buffers": {"water": 60.0}},
}


@pytest.mark.parametrize("design", list(DESIGNS))
def test_estimated_areas_hold_the_true_ones(world: ToySample, tmp_path: Path, design: str) -> None:
    estimates = go_round(world, tmp_path, **DESIGNS[design])
    truth = np.concatenate([own.ravel() for own in world.truth.values()])
    areas = np.bincount(truth[truth >= 0], minlength=3) * PIXEL**2
    assert estimates.labelled == estimates.units
    assert estimates.area_m2 == pytest.approx(areas.sum(), rel=1e-3)
    mapped = np.concatenate([own.ravel() for own in world.mapped.values()])
    counted = np.bincount(mapped[mapped >= 0], minlength=3) * PIXEL**2
    for own, area, of_map in zip(estimates.classes, areas, counted, strict=True):
        assert own.area_m2.low is not None
        assert own.area_m2.high is not None
        assert own.area_m2.low <= area <= own.area_m2.high, own.name
        assert own.mapped_m2 == pytest.approx(of_map, rel=1e-3)
    right = (mapped == truth)[truth >= 0].mean()
    accuracy = estimates.overall_accuracy
    assert accuracy.low is not None
    assert accuracy.high is not None
    assert accuracy.low <= right <= accuracy.high


@pytest.mark.slow
@pytest.mark.parametrize("design", ["stratified", "tiles"])
def test_a_part_of_the_labels_gives_wider_intervals_that_hold_too(
    world: ToySample, tmp_path: Path, design: str
) -> None:
    whole = go_round(world, tmp_path / "whole", **DESIGNS[design])
    part = go_round(world, tmp_path / "part", share=0.4, **DESIGNS[design])
    assert part.labelled == round(0.4 * whole.units)
    assert part.notes == ()
    mapped = np.concatenate([own.ravel() for own in world.mapped.values()])
    truth = np.concatenate([own.ravel() for own in world.truth.values()])
    right = (mapped == truth)[truth >= 0].mean()
    for found in (whole.overall_accuracy, part.overall_accuracy):
        assert found.low is not None
        assert found.high is not None
        assert found.low <= right <= found.high
    assert part.overall_accuracy.error is not None
    assert whole.overall_accuracy.error is not None
    assert part.overall_accuracy.error > whole.overall_accuracy.error
