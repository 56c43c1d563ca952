"""From a map to areas with intervals in two runs, with people between them, in miniature."""

from __future__ import annotations

import copy
import json
import sqlite3
from contextlib import closing
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio

from tests.stages.labelled_files import drop_triggers
from tests.workflow.project import MINIATURE, Project, jobs_by_rule, succeed
from tests.workflow.shell_commands import record_as_made, run_in_this_process

pytestmark = pytest.mark.slow
SCENES = [{"name": "town one", "simulate": 1}, {"name": "town, two", "simulate": 2}]
AREAS: dict[str, Any] = {
    **MINIATURE,
    "scenes": SCENES,
    "models": {"forest": MINIATURE["models"]["forest"]},
    "refinements": {"argmax": {"method": "argmax"}},
    "sample": {"map": "forest/argmax", "units": 300, "least": 30, "trials": 100},
}
PLACE = "labelling/forest/argmax/points.gpkg"
TAIL = {"report": 1, "deliver": 1, "all": 1}
CODES = {own["name"]: own["code"] for own in MINIATURE["legend"]}


def interpret(made: Project, *, share: float) -> None:
    """Label the first places by the polygons that the towns were simulated from."""
    path = made.results / PLACE
    places = geopandas.read_file(path, layer="points")
    first = places[places["id"] <= share * len(places)]
    truth = pd.concat(
        [
            geopandas.read_file(made.folder / "data, raw" / own["name"] / "labels.gpkg").assign(
                town=own["name"]
            )
            for own in SCENES
        ]
    )
    met = geopandas.sjoin(first[["id", "scene", "geometry"]], truth.to_crs(first.crs))
    met = met[met["scene"] == met["town"]].drop_duplicates("id")
    with closing(sqlite3.connect(path)) as connection, connection:
        drop_triggers(connection)
        labels = zip(met["class"].map(CODES).tolist(), met["id"].tolist(), strict=True)
        connection.executemany("UPDATE points SET reference = ? WHERE id = ?", labels)


def true_shares(made: Project) -> dict[int, float]:
    """Share of the ground of each class, by code, in the reference on the grids of the towns."""
    codes = []
    for own in SCENES:
        with rasterio.open(made.results / "scenes" / own["name"] / "reference.tif") as dataset:
            pixels = dataset.read(1)
            codes.append(pixels[pixels != dataset.nodata])
    found, counts = np.unique(np.concatenate(codes), return_counts=True)
    return dict(zip(found.tolist(), (counts / counts.sum()).tolist(), strict=True))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A run whose places nobody has labelled."""
    own = Project(tmp_path_factory.mktemp("areas"))
    own.values = copy.deepcopy(AREAS)
    run_in_this_process(own)
    record_as_made(own)
    return own


def page(made: Project) -> str:
    return (made.results / "report.html").read_text(encoding="utf-8")


def test_places_are_labelled_between_runs_and_areas_follow(made: Project) -> None:
    assert (made.results / PLACE).exists()
    assert "none is labelled yet" in page(made)
    assert not (made.results / "sample/forest/argmax/estimates.json").exists()
    assert "Nothing to be done" in (again := made.run()).stdout + again.stderr

    interpret(made, share=0.5)
    assert made.planned() == {"estimate": 1, **TAIL}
    run_in_this_process(made)
    record_as_made(made)
    folder = made.results / "sample/forest/argmax"
    part = json.loads((folder / "estimates.json").read_text())
    assert part["labelled"] < part["units"]
    assert "places of forest + argmax are labelled" in page(made)

    interpret(made, share=1.0)
    assert made.planned() == {"estimate": 1, **TAIL}
    run_in_this_process(made)
    whole = json.loads((folder / "estimates.json").read_text())
    assert whole["labelled"] > 1.9 * part["labelled"]
    truth = true_shares(made)
    for own in whole["classes"]:
        share = own["area_share"]
        assert share["low"] <= truth.get(own["code"], 0.0) <= share["high"], own["name"]
    delivered = made.results / "deliver/sample/forest-argmax"
    assert (delivered / "areas.csv").read_bytes() == (folder / "areas.csv").read_bytes()
    assert (delivered / "agreement.gpkg").exists()


def test_a_new_map_keeps_the_labels_and_says_what_can_be_done(made: Project) -> None:
    interpret(made, share=1.0)
    labels = (made.results / PLACE).read_bytes()
    changed = Project(made.folder)
    changed.values = copy.deepcopy(AREAS)
    changed.change("models", {"forest": {**AREAS["models"]["forest"], "trees": 7}})
    with pytest.raises(AssertionError, match="the map is no longer the one that places were drawn"):
        run_in_this_process(changed)
    assert (made.results / PLACE).read_bytes() == labels
    changed.change("estimate", {"changed_map": "reread"})
    # Snakemake runs the jobs here: it deletes the outputs of a job before it starts the job.
    run = changed.run()
    succeed(run)
    assert {"sample", "estimate"} <= set(jobs_by_rule(run))
    found = json.loads((made.results / "sample/forest/argmax/estimates.json").read_text())
    assert found["map_state"] == "reread"
    assert (made.results / PLACE).read_bytes() == labels
    assert "The map has changed since places were drawn" in page(changed)
