"""The folder to hand over has the sample of a map, its areas, and the places by agreement."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import pytest

from rs_seg.io.documents import read_document, write_document
from rs_seg.values.design import Design
from tests.stages.fabricated_run import FabricatedRun, fabricate_run
from tests.stages.fabricated_sample import add_sample
from tests.stages.test_deliver import contents, read_project, write_folder

PLACE = "sample/unet-argmax"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FabricatedRun:
    run = fabricate_run(tmp_path_factory.mktemp("run"))
    made = add_sample(run, labelled=100)
    labelled = made.config.labelled_places
    assert labelled is not None
    labelled.parent.mkdir(parents=True)
    labelled.write_bytes(made.deliver["sample"][0].read_bytes())
    return made


@pytest.fixture(scope="module")
def folder(run: FabricatedRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(run, tmp_path_factory.mktemp("out") / "deliver")


def test_all_files_of_the_sample_are_handed_over(folder: Path) -> None:
    names = {path.name for path in (folder / PLACE).iterdir()}
    assert names == {
        "points.gpkg",
        "design.json",
        "estimates.json",
        "areas.csv",
        "areas.png",
        "agreement.gpkg",
    }
    listed = (folder / "SHA256SUMS").read_text(encoding="utf-8")
    assert all(f"  {PLACE}/{name}\n" in listed for name in names)


def test_provenance_leads_from_areas_to_labels_and_maps(run: FabricatedRun, folder: Path) -> None:
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    files = {own["path"]: own for own in provenance["files"]}
    maps = [f"scenes/{scene.name}/unet-argmax/classes.tif" for scene in run.config.scenes]
    assert files[f"{PLACE}/points.gpkg"]["made_from"] == maps
    labelled = run.config.labelled_places
    assert labelled is not None
    assert files[f"{PLACE}/areas.csv"]["made_from"] == [labelled.as_posix(), *maps]
    assert files[f"{PLACE}/areas.csv"]["made_by"] == {
        "stage": "estimate",
        "network": "unet",
        "refinement": "argmax",
    }
    assert files[f"{PLACE}/design.json"]["made_by"]["stage"] == "sample"
    (given,) = [own for own in provenance["inputs"] if own["kind"] == "labelled places"]
    assert given["path"] == labelled.as_posix()
    assert given["scene"] is None
    assert len(given["sha256"]) == 64


def test_the_project_has_the_places_by_agreement_above_the_maps(folder: Path) -> None:
    project = read_project(folder)
    groups = [group.get("name") for group in project.find("layer-tree-group") or []]
    assert [name for name in groups if name][:2] == ["Accuracy", "All scenes"]
    (layer,) = [
        own for own in project.iter("maplayer") if "agreement" in (own.findtext("datasource") or "")
    ]
    assert layer.get("geometry") == "Point"
    source = (layer.findtext("datasource") or "").split("|")
    assert source[1] == "layername=agreement"
    assert len(geopandas.read_file(folder / source[0], layer="agreement")) == 100
    renderer = layer.find("renderer-v2")
    assert renderer is not None
    assert [own.get("value") for own in renderer.iter("category")] == ["wrong", "right"]


def test_readme_says_what_the_sample_says(folder: Path) -> None:
    text = (folder / "README.txt").read_text(encoding="utf-8")
    assert "From 100 places that were drawn at random and labelled" in text
    assert "sample/unet-argmax/" in text
    assert "areas.csv" in text


def test_before_labelling_the_places_are_handed_over_and_nothing_is_claimed(
    tmp_path: Path,
) -> None:
    run = add_sample(fabricate_run(tmp_path / "run"), labelled=0)
    folder = write_folder(run, tmp_path / "deliver")
    assert {path.name for path in (folder / PLACE).iterdir()} == {"points.gpkg", "design.json"}
    text = (folder / "README.txt").read_text(encoding="utf-8")
    assert "to label" in text
    assert "areas.csv" not in text
    assert all("agreement" not in name for name in contents(folder))


def test_labels_of_an_earlier_sample_come_with_its_design_and_without_the_new_places(
    run: FabricatedRun, tmp_path: Path
) -> None:
    of_labels = run.deliver["sample"][1]
    earlier = read_document(of_labels, Design)
    expected_otherwise = earlier.model_copy(update={"assumed": "nothing"})
    drawn_anew = earlier.model_copy(update={"seed": earlier.seed + 1})
    try:
        write_document(of_labels, expected_otherwise)
        same = write_folder(run, tmp_path / "same")
        write_document(of_labels, drawn_anew)
        folder = write_folder(run, tmp_path / "deliver")
    finally:
        write_document(of_labels, earlier)
    assert (same / PLACE / "points.gpkg").exists()
    assert not (folder / PLACE / "points.gpkg").exists()
    assert read_document(folder / PLACE / "design.json", Design) == earlier
    text = (folder / "README.txt").read_text(encoding="utf-8")
    assert "points.gpkg" not in text
    assert "how the labelled places were drawn, from an earlier map" in text
