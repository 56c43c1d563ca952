"""The folder to hand over: whole, checkable, relocatable, the same for the same inputs."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import rasterio

from rs_seg.stages.deliver import deliver
from tests.stages.fabricated_run import FabricatedRun, fabricate_run, in_one_list


def write_folder(run: FabricatedRun, folder: Path, **changes: object) -> Path:
    report = folder.parent / "report.html"
    report.write_text("<p>the report</p>", encoding="utf-8")
    config = run.config.deliver.model_copy(update={"models": True, **changes})
    deliver(config, run.config, files=[report, *in_one_list(run.deliver)], folder=folder)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FabricatedRun:
    return fabricate_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def folder(run: FabricatedRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(run, tmp_path_factory.mktemp("out") / "deliver")


def read_project(folder: Path) -> ET.Element:
    with zipfile.ZipFile(folder / "map.qgz") as archive:
        return ET.fromstring(archive.read("map.qgs"))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_equal_inputs_give_equal_bytes(run: FabricatedRun, folder: Path, tmp_path: Path) -> None:
    assert contents(write_folder(run, tmp_path / "deliver")) == contents(folder)


def test_every_file_has_its_checksum(folder: Path) -> None:
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {line[66:]: line[:64] for line in lines}
    found = {
        name: hashlib.sha256(content).hexdigest() for name, content in contents(folder).items()
    }
    del found["SHA256SUMS"]
    assert listed == found
    assert list(listed) == sorted(listed)


def test_rasters_keep_pixels_colours_names_nodata_and_mask(
    run: FabricatedRun, folder: Path
) -> None:
    scene = folder / "scenes" / "first, ä"
    pairs = [
        (run.deliver["images"][0], scene / "image.tif"),
        (run.deliver["classes"][0], scene / "unet-argmax" / "classes.tif"),
        (run.deliver["confidences"][0], scene / "unet-argmax" / "confidence.tif"),
    ]
    for source, target in pairs:
        with rasterio.open(source) as before, rasterio.open(target) as after:
            assert after.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            np.testing.assert_array_equal(after.read(), before.read())
            np.testing.assert_array_equal(after.dataset_mask(), before.dataset_mask())
            assert (after.crs, after.transform, after.nodata) == (
                before.crs,
                before.transform,
                before.nodata,
            )
            assert (after.descriptions, after.tags(1)) == (before.descriptions, before.tags(1))
            assert after.mask_flag_enums == before.mask_flag_enums
    with rasterio.open(pairs[1][0]) as before, rasterio.open(pairs[1][1]) as after:
        assert after.colormap(1) == before.colormap(1)


def test_shapefiles_come_with_their_sidecars(folder: Path) -> None:
    names = {path.name for path in (folder / "scenes" / "second" / "forest-crf").iterdir()}
    assert names == {
        "classes.tif",
        "classes.qml",
        "classes.sld",
        "confidence.tif",
        "polygons.gpkg",
    } | {f"polygons.{suffix}" for suffix in ("shp", "shx", "dbf", "prj", "cpg", "qml", "sld")}
    assert [path.name for path in (folder / "merged" / "forest-crf").iterdir()] == ["polygons.gpkg"]


def test_project_reads_only_files_of_the_folder(folder: Path) -> None:
    project = read_project(folder)
    sources = [layer.findtext("datasource") or "" for layer in project.iter("maplayer")]
    assert len(sources) == 2 + 4 + 2 * (4 * 3 + 1)
    for source in sources:
        assert source.startswith("./")
        assert (folder / source.split("|")[0]).is_file()
    assert project.findtext("properties/Paths/Absolute") == "false"


def test_project_shows_the_best_map_over_the_imagery_in_the_first_crs(folder: Path) -> None:
    project = read_project(folder)
    shown = [
        layer.get("name")
        for layer in project.iter("layer-tree-layer")
        if layer.get("checked") == "Qt::Checked"
    ]
    assert shown == ["unet + argmax: all scenes", "first, ä", "second"]
    groups = {
        group.get("name"): group
        for group in project.find("layer-tree-group") or []
        if group.get("name")
    }
    assert list(groups) == ["All scenes", "Split", "first, ä", "second", "Imagery"]
    assert [name for name, group in groups.items() if group.get("expanded") == "1"] == [
        "All scenes"
    ]
    assert project.findtext("projectCrs/spatialrefsys/authid") == "EPSG:32632"
    assert float(project.findtext("mapcanvas/extent/xmin") or "nan") == 600_000
    assert project.findtext("title") == "Land <cover> of two towns"


def test_without_one_layer_of_all_scenes_each_scene_shows_its_best_map(
    run: FabricatedRun, tmp_path: Path
) -> None:
    folder = write_folder(replace(run, deliver={**run.deliver, "merged": []}), tmp_path / "deliver")
    layers = read_project(folder).iter("layer-tree-layer")
    shown = [layer.get("name") for layer in layers if layer.get("checked") == "Qt::Checked"]
    assert shown == ["unet + argmax: map", "unet + argmax: map", "first, ä", "second"]
    assert not (folder / "merged").exists()


def test_every_layer_of_the_tree_exists_once(folder: Path) -> None:
    project = read_project(folder)
    in_tree = [layer.get("id") for layer in project.iter("layer-tree-layer")]
    assert sorted(map(str, in_tree)) == sorted(
        str(layer.findtext("id")) for layer in project.iter("maplayer")
    )
    assert len(set(in_tree)) == len(in_tree)


def test_provenance_leads_from_every_map_to_the_raw_files(run: FabricatedRun, folder: Path) -> None:
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    files = {each["path"]: each for each in provenance["files"]}
    inputs = {each["path"]: each for each in provenance["inputs"]}
    known = set(files) | set(inputs)
    assert all(source in known for each in files.values() for source in each["made_from"])
    raw = run.config.source_paths(run.config.scenes[1])[0]
    assert inputs[raw.as_posix()]["sha256"] == hashlib.sha256(raw.read_bytes()).hexdigest()
    polygons = files["scenes/second/unet-argmax/polygons.gpkg"]
    rasters = files[polygons["made_from"][0]]
    assert rasters["made_from"] == [raw.as_posix(), "models/unet.safetensors"]
    assert provenance["seed"] == 7


def test_provenance_names_the_job_that_made_each_file(folder: Path) -> None:
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    made_by = {each["path"]: each["made_by"] for each in provenance["files"]}
    of_map = {"scene": "second", "network": "forest", "refinement": "crf"}
    for suffix in ("tif", "qml", "sld"):
        assert made_by[f"scenes/second/forest-crf/classes.{suffix}"] == {
            "stage": "refine",
            **of_map,
        }
    for suffix in ("gpkg", "shp", "dbf"):
        assert made_by[f"scenes/second/forest-crf/polygons.{suffix}"] == {
            "stage": "vectorize",
            **of_map,
        }
    assert made_by["merged/forest-crf/polygons.gpkg"] == {
        "stage": "merge",
        "network": "forest",
        "refinement": "crf",
    }
    assert made_by["scenes/second/image.tif"] == {"stage": "align", "scene": "second"}
    assert made_by["models/unet.safetensors"] == {"stage": "train", "network": "unet"}
    assert made_by["models/unet-deepness.onnx"] == {"stage": "export", "network": "unet"}
    assert made_by["split/split.json"] == {"stage": "split", "fold": "1"}
    assert made_by["report.html"] == {"stage": "report"}
    assert made_by["map.qgz"] == {"stage": "deliver"}


def test_provenance_says_what_identifies_the_models(folder: Path) -> None:
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert [each["network"] for each in provenance["models"]] == ["unet", "forest"]
    for each in provenance["models"]:
        assert each["sha256"] == hashlib.sha256((folder / each["path"]).read_bytes()).hexdigest()
        assert set(each) == {"network", "path", "sha256", "kind", "rs_seg_version", "seed"}


def test_models_are_copied_only_where_that_is_asked_for(run: FabricatedRun, tmp_path: Path) -> None:
    folder = write_folder(run, tmp_path / "deliver", models=False)
    assert not [*folder.rglob("*.safetensors"), *folder.rglob("*.onnx")]
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    models = {each["network"]: each for each in provenance["models"]}
    used = Path(run.config.results, "models/unet/model.safetensors")
    assert models["unet"]["path"] == "../models/unet/model.safetensors"
    assert models["unet"]["sha256"] == hashlib.sha256(used.read_bytes()).hexdigest()
    files = {each["path"]: each for each in provenance["files"]}
    classes = files["scenes/second/unet-argmax/classes.tif"]
    assert classes["made_from"][1:] == [models["unet"]["path"]]
    assert "-deepness.onnx" not in (folder / "README.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("models", [True, False])
def test_cards_of_models_are_handed_over(run: FabricatedRun, tmp_path: Path, models: bool) -> None:
    source = Path(run.config.results, "models/unet")
    paths = [source / "card.md", source / "card.json"]
    item = {"links": [{"href": "./card.md"}], "assets": {"model": {"href": "./model.safetensors"}}}
    paths[0].write_text("# Model unet\n", encoding="utf-8")
    paths[1].write_text(json.dumps(item), encoding="utf-8")
    given = replace(run, deliver={**run.deliver, "cards": paths})
    folder = write_folder(given, tmp_path / "deliver", models=models)
    assert (folder / "models" / "unet.md").read_bytes() == paths[0].read_bytes()
    assert "models/  " in (folder / "README.txt").read_text(encoding="utf-8")
    assert (folder / "models" / "unet.json").exists() == models
    if models:
        told = json.loads((folder / "models" / "unet.json").read_text(encoding="utf-8"))
        assert (folder / "models" / told["assets"]["model"]["href"]).is_file()
        assert (folder / "models" / told["links"][0]["href"]).is_file()
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    (card,) = [each for each in provenance["files"] if each["path"] == "models/unet.md"]
    assert card["made_by"] == {"stage": "describe", "network": "unet"}


def test_a_given_model_was_made_by_no_job_of_the_run(tmp_path: Path) -> None:
    folder = write_folder(fabricate_run(tmp_path / "run", labelled=False), tmp_path / "deliver")
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    (made_by,) = (
        each["made_by"]
        for each in provenance["files"]
        if each["path"] == "models/given.safetensors"
    )
    assert made_by is None
    assert provenance["models"][0]["rs_seg_version"]


def test_provenance_says_what_computed_the_networks_but_no_timings(folder: Path) -> None:
    (engine,) = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["engines"]
    assert (engine["network"], engine["engine"], engine["precision"]) == (
        "unet",
        "openvino",
        "float32",
    )
    assert engine["agreement"]["labels_equal"] == 0.9998
    assert "3.2" not in json.dumps(engine)


def test_stac_items_describe_files_that_exist(folder: Path) -> None:
    catalog = json.loads((folder / "catalog.json").read_text(encoding="utf-8"))
    items = [folder / unquote(link["href"]) for link in catalog["links"] if link["rel"] == "item"]
    assert len(items) == 2
    for path in items:
        item = json.loads(path.read_text(encoding="utf-8"))
        west, south, east, north = item["bbox"]
        assert 10.3 < west < east < 10.4
        assert 47.8 < south < north < 47.9
        for asset in item["assets"].values():
            content = (path.parent / unquote(asset["href"])).read_bytes()
            assert asset["file:checksum"] == "1220" + hashlib.sha256(content).hexdigest()
            assert asset["file:size"] == len(content)
        classes = item["assets"]["unet-argmax-classes"]["classification:classes"]
        assert [each["value"] for each in classes] == [1, 2, 5, 9, 255]


def test_without_imagery_neither_folder_nor_project_has_it(
    run: FabricatedRun, tmp_path: Path
) -> None:
    folder = write_folder(run, tmp_path / "deliver", imagery=False)
    assert not list(folder.rglob("image.tif"))
    assert all(
        "image.tif" not in (each.text or "") for each in read_project(folder).iter("datasource")
    )
    assert "image.tif" not in (folder / "README.txt").read_text(encoding="utf-8")


def test_readme_says_how_good_the_best_map_is(folder: Path) -> None:
    text = (folder / "README.txt").read_text(encoding="utf-8")
    assert "Neither training nor selection saw these pixels: checked" in text
    assert "Best:   unet + argmax" in text
    assert "mean IoU 0." in text
    assert (
        "Its polygons on the same ground: mean IoU 0.610, object F1 0.520, boundary F1 0.430.\n"
        in text
    )
    assert "low <vegetation>" in text


def test_readme_says_protocol_leaks_licence_and_citation(folder: Path) -> None:
    text = (folder / "README.txt").read_text(encoding="utf-8")
    for told in (
        "Protocol: Two <towns>; split: official & fixed; labels: full;",
        "Parts of one <street> are in both towns.",
        "Licence of the data: CC-BY <4.0>",
        "To be cited: Surveyor & Son 2021",
    ):
        assert told in text


def test_titles_of_classes_stand_in_readme_project_and_map(folder: Path) -> None:
    text = (folder / "README.txt").read_text(encoding="utf-8")
    assert "    9  #f2c230  car  (Cars & <vans>)\n" in text
    labels = {own.get("label") for own in read_project(folder).iter("paletteEntry")}
    assert "Cars & <vans>" in labels
    assert "car" not in labels


def test_without_labels_the_first_map_is_shown_and_nothing_claimed(tmp_path: Path) -> None:
    run = fabricate_run(tmp_path / "run", labelled=False)
    folder = write_folder(run, tmp_path / "deliver")
    assert "nothing here says how accurate" in (folder / "README.txt").read_text(encoding="utf-8")
    assert not (folder / "split").exists()
    shown = [
        each.get("name")
        for each in read_project(folder).iter("layer-tree-layer")
        if each.get("checked") == "Qt::Checked"
    ]
    assert shown == ["given + argmax: all scenes", "first, ä", "second"]


@pytest.fixture(scope="module")
def unsure(tmp_path_factory: pytest.TempPathFactory) -> tuple[FabricatedRun, Path]:
    run = fabricate_run(tmp_path_factory.mktemp("unsure"), unsure=True)
    return run, write_folder(run, tmp_path_factory.mktemp("out") / "deliver")


def test_an_ensemble_has_maps_and_no_model_and_comes_from_the_models_of_its_members(
    unsure: tuple[FabricatedRun, Path],
) -> None:
    _, folder = unsure
    assert {path.name for path in (folder / "models").iterdir()} >= {
        "unet.safetensors",
        "forest.safetensors",
    }
    assert not list((folder / "models").glob("both*"))
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    made_from = {each["path"]: each["made_from"] for each in provenance["files"]}
    models = ["models/unet.safetensors", "models/forest.safetensors"]
    assert made_from["scenes/second/both-argmax/classes.tif"][1:] == models
    assert made_from["scenes/second/both/uncertainty.tif"][1:] == models
    assert made_from["scenes/second/unet/uncertainty.tif"][1:] == models[:1]


def test_uncertainty_is_delivered_once_for_each_network(unsure: tuple[FabricatedRun, Path]) -> None:
    run, folder = unsure
    names = ["both", "unet", "forest"]
    for source, name in zip(run.deliver["uncertainties"][3:], names, strict=True):
        with (
            rasterio.open(source) as before,
            rasterio.open(folder / "scenes/second" / name / "uncertainty.tif") as after,
        ):
            assert after.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            np.testing.assert_array_equal(after.read(), before.read())
            assert after.descriptions == before.descriptions
    item = json.loads((folder / "scenes/second/item.json").read_text(encoding="utf-8"))
    assert item["assets"]["both-uncertainty"]["title"] == "Uncertainty: both"
    assert "classification:classes" not in item["assets"]["both-uncertainty"]
    assert "maximum_probability, entropy, disagreement" in (folder / "README.txt").read_text(
        encoding="utf-8"
    )


def test_the_project_shows_each_measure_by_its_band(unsure: tuple[FabricatedRun, Path]) -> None:
    project = read_project(unsure[1])
    layers = [
        each
        for each in project.iter("maplayer")
        if "uncertainty" in (each.findtext("datasource") or "")
    ]
    assert len(layers) == 2 * (3 + 2 + 2)
    shown = {each.findtext("layername"): each.find("pipe/rasterrenderer") for each in layers}
    bands = {name: each.get("band") for name, each in shown.items() if each is not None}
    assert bands["both: disagreement"] == "3"
    assert bands["unet: entropy"] == "2"
    in_tree = [each.get("id") for each in project.iter("layer-tree-layer")]
    assert len(set(in_tree)) == len(in_tree) == len(list(project.iter("maplayer")))


def test_maps_that_abstain_say_so_wherever_their_classes_are_listed(
    unsure: tuple[FabricatedRun, Path],
) -> None:
    _, folder = unsure
    assets = json.loads((folder / "scenes/second/item.json").read_text(encoding="utf-8"))["assets"]
    codes = {
        name: [each["value"] for each in assets[f"unet-{name}-classes"]["classification:classes"]]
        for name in ("sure", "argmax")
    }
    assert codes == {"sure": [1, 2, 5, 9, 254, 255], "argmax": [1, 2, 5, 9, 255]}
    for layer in read_project(folder).iter("maplayer"):
        name = layer.findtext("layername") or ""
        if name.endswith(("map", "class raster")):
            assert (b"abstain" in ET.tostring(layer)) == ("sure" in name), name
    assert "254  #6e6e6e  abstain" in (folder / "README.txt").read_text(encoding="utf-8")


def test_missing_raw_files_are_named(
    run: FabricatedRun, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = fabricate_run(tmp_path / "run")
    path = gone.config.source_paths(gone.config.scenes[0])[0]
    path.unlink()
    folder = write_folder(gone, tmp_path / "deliver")
    assert str(path) in caplog.text
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert [each["path"] for each in provenance["inputs"] if each["sha256"] is None] == [
        path.as_posix()
    ]
