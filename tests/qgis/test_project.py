"""QGIS opens what is handed over without question or lost layer, in the legend's colours.

`make test-qgis` runs these; they are skipped where PyQGIS is missing.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from matplotlib.image import imread

from rs_seg.config import SelectConfig
from rs_seg.io.candidates import write_candidates
from rs_seg.io.qgis import Group, imagery_layer, objects_layer, write_project
from rs_seg.stages.deliver import deliver
from rs_seg.stages.merge import merge
from rs_seg.stages.select import select
from rs_seg.stages.vectorize import vectorize
from rs_seg.testing import grid_at, write_image
from rs_seg.values import Legend
from rs_seg.values.candidates import Candidates
from tests.qgis.system_python import run_qgis
from tests.stages.fabricated_run import FabricatedRun, fabricate_run, in_one_list

pytestmark = [pytest.mark.qgis, pytest.mark.slow]
PROGRAM = Path(__file__).with_name("check_project.py")
BEST = "both + sure"


@dataclass(frozen=True)
class Opened:
    """A delivered folder that QGIS has opened: what it found (see check_project.py) and drew."""

    folder: Path
    run: FabricatedRun
    status: int
    said: str
    found: dict[str, Any]
    picture: Path

    @property
    def layers(self) -> list[dict[str, Any]]:
        """Layers from the top to the bottom."""
        layers: list[dict[str, Any]] = self.found["layers"]
        return layers

    def classes_of(self, refinement: str) -> list[list[str]]:
        """Value, label and colour of the classes of a map, as the legend has them."""
        return expected_classes(
            self.run.config.refinements[refinement].map_legend(self.run.config.legend)
        )


def expected_classes(legend: Legend) -> list[list[str]]:
    return [[str(each.code), each.shown, each.color] for each in legend]


def open_project(folder: Path, run: FabricatedRun, out: Path) -> Opened:
    picture, found = out / "map.png", out / "found.json"
    done = run_qgis(str(PROGRAM), str(folder / "map.qgz"), str(picture), str(found), home=out)
    content = json.loads(found.read_text(encoding="utf-8")) if found.exists() else {}
    return Opened(folder, run, done.returncode, done.stdout + done.stderr, content, picture)


def write_polygons(run: FabricatedRun) -> None:
    """Put polygons of the stages in the place of fabricated ones, which have no styles inside."""
    config, files = run.config, run.deliver
    rasters = {}
    maps = product(config.scenes, config.models, config.refinements)
    for (_, network, refinement), *paths in zip(
        maps,
        files["classes"],
        files["confidences"],
        files["polygons"],
        files["exports"],
        strict=True,
    ):
        classes, confidence, polygons, shapefile = paths
        rasters.setdefault((network, refinement), []).extend([classes, confidence])
        vectorize(
            config.vectorize,
            config.refinements[refinement],
            config.legend,
            config.outside_class,
            classes=classes,
            confidence=confidence,
            probabilities=[],
            image=[],
            **outputs(polygons, shapefile),
        )
    for ((_, refinement), rasters_of_scenes), polygons in zip(
        rasters.items(), files["merged"], strict=True
    ):
        merge(
            config.vectorize,
            config.refinements[refinement],
            config.legend,
            config.outside_class,
            files=rasters_of_scenes,
            **outputs(polygons, None),
        )


def outputs(polygons: Path, shapefile: Path | None) -> dict[str, Path | None]:
    """File arguments for new files; the fabricated ones go."""
    for path in polygons.parent.glob("polygons.*"):
        path.unlink()
    return {"polygons": polygons, "shapefile": shapefile, "flatgeobuf": None, "geoparquet": None}


def test_objects_are_outlined_over_imagery_in_the_colours_of_the_legend(
    qgis: None, tmp_path: Path
) -> None:
    legend = Legend.model_validate(
        [
            {"code": 2, "name": "building", "color": "#c8503c"},
            {"code": 5, "name": "car <1>", "color": "#f2c230"},
        ]
    )
    grid = grid_at(100, 100, pixel=0.5)
    (tmp_path / "scene").mkdir()
    image = write_image(tmp_path / "scene" / "image.tif", grid, np.full((3, 100, 100), 90, "uint8"))
    boxes = np.array([[10.0, 10, 50, 60], [60, 70, 90, 95]])
    survivors = tmp_path / "survivors.parquet"
    write_candidates(survivors, Candidates(boxes, np.array([1.0, 0.9]), np.array([2, 5])))
    select(
        SelectConfig(score=0.5),
        legend,
        None,
        survivors=survivors,
        image=image,
        matches=[],
        classes=[],
        objects=tmp_path / "objects.gpkg",
        shapefile=tmp_path / "objects.shp",
        flatgeobuf=None,
        geoparquet=None,
    )
    layers = [
        objects_layer("objects", "objects.gpkg", crs=str(grid.crs), legend=legend, shown=True),
        imagery_layer("scene", "scene/image.tif", grid, stretches={1: (0, 255)}, alpha=-1),
    ]
    write_project(tmp_path / "map.qgz", title="Objects", tree=Group("", layers), view=grid)
    picture, found = tmp_path / "map.png", tmp_path / "found.json"
    done = run_qgis(
        str(PROGRAM), str(tmp_path / "map.qgz"), str(picture), str(found), home=tmp_path
    )
    told = json.loads(found.read_text(encoding="utf-8"))
    assert (done.returncode, told["faults"]) == (0, []), done.stdout + done.stderr
    for classes in (told["layers"][0]["classes"], *told["alone"].values()):
        assert classes in (expected_classes(legend), [])
    assert told["alone"]["objects.shp"] == expected_classes(legend)
    drawn = np.rint(imread(picture)[..., :3] * 255).astype(int)
    for color in ("#c8503c", "#f2c230"):
        rgb = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
        share = (np.abs(drawn - rgb).max(axis=-1) <= 30).mean()
        assert 0.0005 < share < 0.05, "an outline is drawn, and no area is filled"


@pytest.fixture(scope="module")
def opened(qgis: None, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Two scenes, three networks (one an ensemble), three refinements (one abstains), delivered.

    The delivery was moved before it was opened.
    """
    base = tmp_path_factory.mktemp("delivery")
    run = fabricate_run(base / "run", unsure=True)
    write_polygons(run)
    report = base / "report.html"
    report.write_text("<p>the report</p>", encoding="utf-8")
    files = [report, *in_one_list(run.deliver)]
    deliver(run.config.deliver, run.config, files=files, folder=base / "deliver")
    folder = base / "moved" / "Übergabe an das Amt"
    folder.parent.mkdir()
    shutil.move(base / "deliver", folder)
    (base / "run").rename(base / "elsewhere")
    return open_project(folder, run, tmp_path_factory.mktemp("out"))


def test_it_opens_without_a_question_and_without_a_fault(opened: Opened) -> None:
    assert opened.found.get("faults") == [], opened.said
    assert opened.status == 0, opened.said
    assert all(layer["valid"] for layer in opened.layers)
    assert "polygons.gpkg" not in opened.said  # no warning of GDAL about the version of the format


def test_every_layer_lies_in_the_folder_wherever_that_lies(opened: Opened) -> None:
    assert len(opened.layers) > 2 * 3 * 9
    for layer in opened.layers:
        assert Path(layer["source"].split("|")[0]).is_relative_to(opened.folder)


def test_groups_and_names_are_those_that_were_promised(opened: Opened) -> None:
    scenes = [scene.name for scene in opened.run.config.scenes]
    groups = list(dict.fromkeys(layer["groups"][0] for layer in opened.layers))
    assert groups == ["All scenes", "Split", *scenes, "Imagery"]
    whole = [layer["name"] for layer in opened.layers if layer["groups"] == ["All scenes"]]
    assert whole[0] == f"{BEST}: all scenes"
    assert len(whole) == 3 * 3
    for scene in scenes:
        inside = [layer for layer in opened.layers if layer["groups"][0] == scene]
        assert [layer["name"] for layer in inside[:3]] == [
            f"{BEST}: map",
            f"{BEST}: class raster",
            f"{BEST}: confidence",
        ]
        assert {tuple(layer["groups"][1:]) for layer in inside} == {(), ("Other maps",)}
    assert [layer["name"] for layer in opened.layers if layer["groups"] == ["Imagery"]] == scenes


def test_the_best_map_and_the_imagery_are_shown_and_nothing_else(opened: Opened) -> None:
    shown = [(layer["groups"], layer["name"]) for layer in opened.layers if layer["shown"]]
    scenes = [scene.name for scene in opened.run.config.scenes]
    assert shown == [
        (["All scenes"], f"{BEST}: all scenes"),
        *((["Imagery"], scene) for scene in scenes),
    ]
    assert all(layer["expanded"] for layer in opened.layers if layer["shown"] and layer["classes"])


def test_it_opens_on_the_first_scene_in_its_crs_and_measures_on_the_ground(opened: Opened) -> None:
    with rasterio.open(opened.folder / "scenes" / "first, ä" / "image.tif") as image:
        assert opened.found["view"] == pytest.approx(list(image.bounds))
    assert (opened.found["title"], opened.found["crs"]) == (
        "Land <cover> of two towns",
        "EPSG:32632",
    )
    assert (opened.found["ellipsoid"], opened.found["area_units"]) == ("EPSG:7030", "ha")


@pytest.mark.parametrize(("kind", "times"), [("map", 2), ("class raster", 2), ("all scenes", 1)])
def test_classes_of_every_layer_are_those_of_the_legend(
    opened: Opened, kind: str, times: int
) -> None:
    layers = [layer for layer in opened.layers if layer["name"].endswith(f": {kind}")]
    assert len(layers) == times * 3 * 3
    for layer in layers:
        refinement = layer["name"].removesuffix(f": {kind}").split(" + ")[1]
        assert layer["classes"] == opened.classes_of(refinement), layer["name"]


def test_confidence_and_doubt_are_marked_in_shares_not_in_bytes(opened: Opened) -> None:
    ends = {layer["name"].split(": ")[1]: layer["ends"] for layer in opened.layers if layer["ends"]}
    assert ends["confidence"] == ends["maximum probability"] == ["0 %", "100 %"]
    assert ends["entropy"] == ends["disagreement"] == ["0 (sure)", "1 (unsure)"]


@pytest.mark.parametrize(
    ("ending", "times"),
    [("polygons.gpkg|layername=polygons", 3), ("polygons.shp", 2), ("classes.tif", 2)],
)
def test_files_opened_alone_have_the_legend_too(opened: Opened, ending: str, times: int) -> None:
    alone = {
        place: classes for place, classes in opened.found["alone"].items() if place.endswith(ending)
    }
    assert len(alone) == times * 3 * 3
    for place, classes in alone.items():
        assert classes == opened.classes_of(Path(place).parent.name.split("-")[1]), place


def test_slds_are_read_as_the_legend(opened: Opened) -> None:
    rules = opened.found["sld"]
    assert len(rules) == 2 * 3 * 3
    for place, found in rules.items():
        classes = opened.classes_of(Path(place).parent.name.split("-")[1])
        assert found == [[f"code = {value}", *rest] for value, *rest in classes], place


def test_the_picture_shows_each_class_in_its_colour_as_often_as_the_map_has_it(
    opened: Opened,
) -> None:
    picture = np.rint(imread(opened.picture)[..., :3] * 255).astype(int)
    with rasterio.open(
        opened.folder / "scenes" / "first, ä" / "both-sure" / "classes.tif"
    ) as raster:
        codes = raster.read(1)
    for code, name, color in opened.classes_of("sure"):
        rgb = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
        share = (np.abs(picture - rgb).max(axis=-1) <= 6).mean()
        expected = (codes == int(code)).mean()
        assert expected > 0.005, name
        # Outlines, in a darker colour, take their part of small polygons.
        assert 0.75 * expected < share < 1.1 * expected, name


def test_what_is_wrong_is_found(opened: Opened, tmp_path: Path) -> None:
    folder = tmp_path / "deliver"
    shutil.copytree(opened.folder, folder)
    (folder / "scenes" / "second" / "both-sure" / "polygons.gpkg").unlink()
    broken = open_project(folder, opened.run, tmp_path)
    assert broken.status == 1
    assert (
        "QGIS asks where ./scenes/second/both-sure/polygons.gpkg|layername=polygons is"
        in broken.said
    )
