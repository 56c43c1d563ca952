"""Pictures without a place, from PNG files with colours for labels to the folder to hand over."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch
from PIL import Image
from torchvision.models import get_model

from rs_seg.io.model import read_description
from rs_seg.io.ogr import pyogrio
from tests.workflow.project import Project
from tests.workflow.shell_commands import run_in_this_process

pytestmark = pytest.mark.slow

SIZES = {"$a_$ <b>": (64, 96), "_t": (80, 96), "photo 3": (64, 64), "photo 4": (64, 80)}
NAMES = [*SIZES]
ROLES = {"$a_$ <b>": "train", "_t": "validation", "photo 4": "test"}
CLASSES = ["roof <i>", "tree & bush"]
COLORS = ["#c8503c", "#3c783c"]
OLD = "lraspp_mobilenet_v3_large"


def fill(folder: Path) -> None:
    """Pictures with a light disk that is roof, and labels of three of them in colours."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(5)
    for name, (height, width) in SIZES.items():
        rows, columns = np.indices((height, width))
        roof = (rows % 32 - 15.5) ** 2 + (columns % 32 - 15.5) ** 2 < 130
        noise = rng.normal(0, 12, (height, width, 3))
        pixels = np.where(roof[..., None], (180, 80, 60), (70, 140, 70)) + noise
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{name}.png")
        labels = np.where(roof[..., None], (200, 80, 60), (60, 120, 60)).astype(np.uint8)
        labels[:4] = 0
        Image.fromarray(labels).save(folder / f"{name}_label.png")
    (folder / "photo 3_label.png").unlink()


def write_weights(path: Path) -> None:
    """A file of a whole network as torchvision hands it out, of the 21 classes of Pascal VOC."""
    torch.manual_seed(0)
    whole = get_model(OLD, weights=None, weights_backbone=None, num_classes=21)
    torch.save(whole.state_dict(), path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(
        tmp_path_factory.mktemp("pictures") / "run",
        data_root="photos",
        results="results",
        scenes=[
            {"name": name, **({"role": ROLES[name]} if name in ROLES else {"labelled": False})}
            for name in NAMES
        ],
        sources={"photo": {"path": "{scene}.png", "bands": ["red", "green", "blue"]}},
        align={"ungeoreferenced": "pixels"},
        legend=[
            {"code": code, "name": name, "color": color}
            for code, (name, color) in enumerate(zip(CLASSES, COLORS, strict=True), start=1)
        ],
        label={"path": "{scene}_label.png", "colors": "legend", "unlabelled": ["#000000"]},
        split={"block_size": 16, "missing_class": "warn"},
        models={
            "forest": {"architecture": "random_forest", "trees": 3, "samples": 500},
            "old": {"architecture": f"torchvision_{OLD}", "weights": "lraspp.pth"},
        },
        train={"window": 64, "batch_size": 2, "epochs": 1, "steps_per_epoch": 2},
        refinements={"argmax": {"method": "argmax"}},
        sample={"map": "forest/argmax", "units": 60, "trials": 100},
        vectorize={
            "minimum_area": 9,
            "simplify": {"tolerance": 0},
            "formats": ["geopackage", "shapefile", "geoparquet"],
        },
    )
    fill(project.folder / "photos")
    write_weights(project.folder / "lraspp.pth")
    run_in_this_process(project)
    return project


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("name", NAMES)
def test_rasters_are_handed_over_in_pixels_and_without_a_crs(finished: Project, name: str) -> None:
    folder = finished.results / "deliver/scenes" / name
    for file in ("image.tif", "forest-argmax/classes.tif", "forest-argmax/confidence.tif"):
        with rasterio.open(folder / file) as dataset:
            assert dataset.crs is None, file
            assert dataset.shape == SIZES[name]
            assert dataset.transform * (3, 2) == (3, -2)
    with rasterio.open(folder / "image.tif") as dataset:
        given = np.asarray(Image.open(finished.folder / "photos" / f"{name}.png"))
        np.testing.assert_array_equal(dataset.read(), np.moveaxis(given, -1, 0))


@pytest.mark.parametrize("name", NAMES)
def test_classes_are_handed_over_as_a_picture_too(finished: Project, name: str) -> None:
    folder = finished.results / "deliver"
    place = f"scenes/{name}/forest-argmax/classes"
    drawn = np.asarray(Image.open(folder / f"{place}.png").convert("RGB"))
    assert drawn.shape[:2] == SIZES[name]
    found = {"#{:02x}{:02x}{:02x}".format(*color) for color in drawn.reshape(-1, 3)}
    assert found <= set(COLORS)
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    made_from = {own["path"]: own.get("made_from") for own in provenance["files"]}
    assert made_from[f"{place}.png"] == [f"{place}.tif"]


@pytest.mark.parametrize("name", NAMES)
def test_polygons_tile_the_picture_and_count_its_pixels(finished: Project, name: str) -> None:
    folder = finished.results / "deliver/scenes" / name / "forest-argmax"
    height, width = SIZES[name]
    for file in ("polygons.gpkg", "polygons.shp"):
        polygons = pyogrio.read_dataframe(folder / file, layer="polygons")
        assert set(polygons["class"]) <= set(CLASSES)
        assert polygons["area_px"].sum() == pytest.approx(height * width)
        assert polygons.geometry.area.sum() == pytest.approx(height * width)
        assert polygons.total_bounds.tolist() == [0, -height, width, 0]
        assert polygons["perim_px"].min() >= 4
    assert pyogrio.read_info(folder / "polygons.shp")["crs"] is None
    assert not (folder / "polygons.prj").exists()
    assert (
        "Undefined Cartesian"
        in pyogrio.read_info(folder / "polygons.gpkg", layer="polygons")["crs"]
    )
    item = json.loads((folder.parent / "item.json").read_text(encoding="utf-8"))
    assert (item["geometry"], item["properties"]["proj:code"]) == (None, None)
    assert "bbox" not in item


def test_the_map_for_a_browser_lays_pictures_side_by_side(finished: Project) -> None:
    text = (finished.results / "deliver/map/content.js").read_text(encoding="utf-8")
    content = json.loads(text[text.index("{") : text.rindex("}") + 1])
    assert content["plane"]["pixels"]
    boxes = {own["name"]: own["bounds"] for own in content["scenes"]}
    for name, (left, bottom, right, top) in boxes.items():
        assert (top - bottom, right - left) == SIZES[name]
    overlap = [
        min(first[2], second[2]) - max(first[0], second[0]) > 0
        and min(first[3], second[3]) - max(first[1], second[1]) > 0
        for place, first in enumerate(boxes.values())
        for second in list(boxes.values())[:place]
    ]
    assert not any(overlap)
    tiles = list((finished.results / "deliver/map/tiles").rglob("*.webp"))
    shown = [np.asarray(Image.open(tile).convert("RGBA")) for tile in tiles]
    assert sum(int((tile[..., 3] > 0).sum()) for tile in shown) >= sum(
        height * width for height, width in SIZES.values()
    )


def test_the_project_has_no_projection(finished: Project) -> None:
    with zipfile.ZipFile(finished.results / "deliver/map.qgz") as archive:
        tree = ET.fromstring(archive.read("map.qgs"))
    assert {element.text for element in tree.iter("wkt")} == {None}
    assert tree.findtext("projectCrs/spatialrefsys/authid") in ("", None)


def test_figures_and_pages_speak_of_pixels(finished: Project) -> None:
    page = (finished.results / "report.html").read_text(encoding="utf-8")
    assert "Pixels of each class" in page
    assert " ha mapped" not in page
    assert "Pixel, m" not in page
    inspection = json.loads(
        (finished.results / "scenes/_t/inspection.json").read_text(encoding="utf-8")
    )
    assert inspection["grid"]["crs"] == "pixels"
    card = (finished.results / "models/forest/card.md").read_text(encoding="utf-8")
    assert "training areas, pixels" in card
    readme = (finished.results / "deliver/README.txt").read_text(encoding="utf-8")
    assert "area_px" in readme
    assert "area_m2" not in readme
    evaluation = json.loads(
        (finished.results / "evaluation/forest/argmax.json").read_text(encoding="utf-8")
    )
    assert evaluation["ground"] == "disjoint"
    assert evaluation["test"]["mean_iou"] > 0.9


def test_the_quicklook_shows_the_picture(finished: Project) -> None:
    look = np.asarray(Image.open(finished.results / "scenes/_t/quicklook.png").convert("RGB"))
    assert np.std(look.reshape(-1, 3), axis=0).min() > 20


def test_one_page_shows_map_reference_errors_and_figures(finished: Project) -> None:
    page = (finished.results / "deliver/one_page.html").read_text(encoding="utf-8")
    assert page.count("<img ") == 2 + 2 * 2, "image and reference, map and errors of each network"
    assert "roof &lt;i&gt;" in page
    assert "wrong pixels" in page or "No pixel of" in page
    assert "<i>" not in page


def test_gathering_is_refused_before_any_job(finished: Project) -> None:
    refused = finished.run("--dry-run", "--config", "gather=true")
    assert refused.returncode != 0
    assert "a run of pictures without a place is not gathered" in refused.stdout + refused.stderr


def test_places_to_label_lie_ready_in_pixels(finished: Project) -> None:
    folder = finished.results / "labelling/forest/argmax"
    assert {path.stem for path in (folder / "pictures").iterdir()} <= set(NAMES)
    project = ET.parse(folder / "label.qgs").getroot()
    sources = [element.text or "" for element in project.iter("datasource")]
    shown = [folder / source for source in sources if source.endswith(".vrt")]
    assert shown
    assert all(path.exists() for path in shown)
    page = (finished.results / "report.html").read_text(encoding="utf-8")
    assert "Area, pixels" in page
    assert "Area, ha" not in page
    assert (finished.results / "deliver/sample/forest-argmax/points.gpkg").exists()


def test_it_is_said_that_common_ground_of_pictures_is_not_known(finished: Project) -> None:
    page = (finished.results / "report.html").read_text(encoding="utf-8")
    assert "it is not known whether some show the same ground" in page
    assert "no area that is learnt from is closer" not in page


def test_a_whole_network_from_a_file_is_told_to_lack_the_layers_of_these_classes(
    finished: Project,
) -> None:
    description = read_description(finished.results / "models/old/model.safetensors")
    assert description.pretrained is not None
    assert description.pretrained.layers == "all but those of the classes"
    log = (finished.results / "logs/train/old.log").read_text(encoding="utf-8")
    assert "lraspp.pth" in log
    told = "all but those of the classes"
    assert f"{told}, of which the file has another number" in log
    card = (finished.results / "models/old/card.md").read_text(encoding="utf-8")
    assert f"weights lraspp.pth, layers: {told} |" in card
    page = (finished.results / "deliver/one_page.html").read_text(encoding="utf-8")
    assert f"torchvision_{OLD}" in page
