"""The folder of a batch has the sample of its map too, with the places by agreement on top."""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from rs_seg.config import SampleConfig
from rs_seg.stages.estimate import estimate
from rs_seg.stages.sample import sample
from rs_seg.testing import grid_at
from tests.stages.labelled_files import drop_triggers
from tests.stages.toy_batch import ToyBatch, make_toy_batch, read_json

GRIDS = {"first, ä": grid_at(60, 80), "second": grid_at(40, 60, left=500_400.0)}
METHOD = ("given", "argmax")


def add_sample(batch: ToyBatch) -> ToyBatch:
    """The batch with a sample of a map, wholly labelled by the map itself."""
    chosen = SampleConfig(map="/".join(METHOD), units=60, least=5, trials=100)
    config = batch.config.model_copy(update={"sample": chosen})
    folder = Path(config.results, "sample", *METHOD)
    folder.mkdir(parents=True)
    classes = [path for path in batch.files["classes"] if path.parent.name == METHOD[1]]
    labelled = config.labelled_places
    assert labelled is not None
    made = {"points": folder / "points.gpkg", "design": folder / "design.json"}
    refinement = config.refinements[METHOD[1]]
    sample(
        chosen,
        refinement,
        config.legend,
        1,
        files=classes,
        strata=[],
        labelling=labelled.parent,
        **made,
    )
    with closing(sqlite3.connect(labelled)) as connection, connection:
        drop_triggers(connection)
        connection.execute("UPDATE points SET reference = mapped")
    products = {
        "estimates": folder / "estimates.json",
        "areas": folder / "areas.csv",
        "chart": folder / "areas.png",
        "agreement": folder / "agreement.gpkg",
    }
    estimate(
        config.estimate,
        refinement,
        config.legend,
        1,
        labelled=labelled,
        design=[],
        files=classes,
        **products,
    )
    files = {**batch.files, "sample": [*made.values(), *products.values()]}
    return replace(batch, config=config, files=files)


@pytest.mark.slow
def test_a_sample_is_gathered_with_its_areas_and_origins(tmp_path: Path) -> None:
    batch = add_sample(make_toy_batch(tmp_path, GRIDS))
    folder = batch.write(Path(batch.config.results, "gathered"))
    names = {path.name for path in (folder / "sample" / "given-argmax").iterdir()}
    assert names == {
        *("points.gpkg", "design.json", "estimates.json"),
        *("areas.csv", "areas.png", "agreement.gpkg"),
    }
    provenance = read_json(folder / "provenance.json")
    files = {own["path"]: own for own in provenance["files"]}
    areas = files["sample/given-argmax/areas.csv"]
    assert areas["made_by"] == {"stage": "estimate", "network": "given", "refinement": "argmax"}
    assert areas["made_from"][0] == str(batch.config.labelled_places)
    assert all((folder / source).is_file() for source in areas["made_from"][1:])
    assert files["sample/given-argmax/points.gpkg"]["made_by"]["stage"] == "sample"
    with zipfile.ZipFile(folder / "map.qgz") as archive:
        project = ET.fromstring(archive.read("map.qgs"))
    first = next(project.iter("layer-tree-layer"))
    assert first.get("name") == "given + argmax: labelled places"
    assert (folder / str(first.get("source")).split("|")[0]).is_file()
    assert "sample/given-argmax/" in (folder / "README.txt").read_text(encoding="utf-8")
