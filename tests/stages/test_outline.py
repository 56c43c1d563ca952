"""outline: the objects of a label file one by one, in the CRS of the image."""

from __future__ import annotations

import json
import logging

import geopandas
import numpy as np
import pyproj
import pytest
import shapely

from rs_seg.config import LabelConfig, OutlineConfig
from rs_seg.errors import UserError
from rs_seg.io.outlines import read_outlines
from rs_seg.stages.outline import outline
from rs_seg.testing import (
    TOY_CLASSES,
    grid_at,
    square,
    write_image,
    write_polygons,
    write_reference,
)
from rs_seg.values import ClassNames

GRID = grid_at(100, 100)
LEFT, TOP = 500_000, 5_400_000
OBJECTS = ClassNames(tuple(known for known in TOY_CLASSES if known.name != "lake"))


@pytest.fixture
def image(tmp_path):
    return write_image(tmp_path / "image.tif", GRID, np.full((2, 100, 100), 9, dtype=np.uint8))


def run(tmp_path, image, labels, *, label=None, **options):
    out = tmp_path / "objects.gpkg"
    outline(
        OutlineConfig(**options),
        LabelConfig(path="x", **(label or {})),
        TOY_CLASSES,
        OBJECTS,
        image=image,
        labels=labels,
        outlines=out,
    )
    return geopandas.read_file(out)


def at(column: float, row: float, side: float) -> shapely.Polygon:
    """A square of so many pixels whose upper left corner is a place in pixels of the scene."""
    return square(LEFT + 2 * column, TOP - 2 * (row + side), 2 * side)


def test_each_object_has_one_row_in_the_crs_of_the_image(tmp_path, image):
    path = write_polygons(
        tmp_path / "a.gpkg", [at(3, 5, 10), at(8, 5, 10)], columns={"class": ["field", "wood"]}
    )
    objects = run(tmp_path, image, path)
    assert list(objects.columns) == ["id", "code", "class", "ignored", "area_m2", "geometry"]
    assert objects["id"].tolist() == [1, 2]
    assert objects["code"].tolist() == [1, 4]
    assert objects["class"].tolist() == ["field", "wood"]
    assert objects["ignored"].tolist() == ["", ""]
    assert objects.crs == pyproj.CRS("EPSG:32632")
    read = read_outlines(tmp_path / "objects.gpkg", GRID)
    assert read.boxes.tolist() == [[3, 5, 13, 15], [8, 5, 18, 15]], "overlaps are kept"


def test_parts_of_a_feature_are_objects_of_their_own_in_the_order_of_the_file(tmp_path, image):
    pair = shapely.MultiPolygon([at(40, 40, 5), at(60, 40, 5)])
    path = write_polygons(
        tmp_path / "a.gpkg", [pair, at(3, 5, 10)], columns={"class": ["wood", "field"]}
    )
    objects = run(tmp_path, image, path)
    assert objects["class"].tolist() == ["wood", "wood", "field"]
    assert set(objects.geom_type) == {"Polygon"}


def test_the_area_is_that_on_the_ellipsoid(tmp_path, image):
    path = write_polygons(tmp_path / "a.gpkg", [at(10, 10, 50)], columns={"class": ["wood"]})
    objects = run(tmp_path, image, path)
    on_ground, _ = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(
        objects.to_crs("EPSG:4326").geometry[0].segmentize(1e-5)
    )
    assert objects["area_m2"][0] == pytest.approx(abs(on_ground), rel=1e-6)
    assert objects["area_m2"][0] != pytest.approx(10_000, rel=1e-4), "the scale of the UTM zone"


@pytest.mark.parametrize(("column", "reason"), [(-4, ""), (-5, ""), (-6, "cut")])
def test_what_shows_less_than_its_visible_share_is_cut(tmp_path, image, column, reason):
    shapes = [at(column, 20, 10), at(50, 50, 10)]
    path = write_polygons(tmp_path / "a.gpkg", shapes, columns={"class": ["wood", "wood"]})
    assert run(tmp_path, image, path)["ignored"].tolist() == [reason, ""]


def test_objects_wholly_outside_are_left_out_and_counted(tmp_path, image, caplog):
    shapes = [at(-10, 20, 10), at(200, 50, 10), at(50, 50, 10)]
    path = write_polygons(tmp_path / "a.gpkg", shapes, columns={"class": ["wood"] * 3})
    with caplog.at_level(logging.INFO):
        assert len(run(tmp_path, image, path)) == 1, "one that only touches the edge shows nothing"
    assert "left out: 2 outside valid ground" in caplog.text


def test_ground_without_imagery_cuts_objects_as_the_edge_does(tmp_path):
    valid = np.ones((100, 100), dtype=bool)
    valid[:, 50:] = False
    pixels = np.full((2, 100, 100), 9, dtype=np.uint8)
    image = write_image(tmp_path / "image.tif", GRID, pixels, valid=valid)
    shapes = [at(44, 20, 10), at(46, 40, 10), at(60, 60, 10), at(45, 80, 10)]
    path = write_polygons(tmp_path / "a.gpkg", shapes, columns={"class": ["wood"] * 4})
    objects = run(tmp_path, image, path)
    assert objects["ignored"].tolist() == ["", "cut", ""], "one of them shows nothing"
    assert objects["area_m2"].to_numpy() == pytest.approx(400, rel=1e-3), "of the whole object"


def test_small_objects_are_ignored_by_their_area_on_the_ground(tmp_path, image, caplog):
    shapes = [at(10, 10, 3), at(30, 30, 4)]
    path = write_polygons(tmp_path / "a.gpkg", shapes, columns={"class": ["wood", "wood"]})
    with caplog.at_level(logging.INFO):
        objects = run(tmp_path, image, path, smallest=50)
    assert objects["ignored"].tolist() == ["small", ""]
    assert "'wood': 1" in caplog.text
    assert "ignored: {'small': 1}" in caplog.text


def test_other_classes_of_the_legend_are_left_out_and_strangers_are_errors(tmp_path, image):
    shapes = [at(10, 10, 9), at(30, 30, 9)]
    path = write_polygons(tmp_path / "a.gpkg", shapes, columns={"class": ["lake", "wood"]})
    assert run(tmp_path, image, path)["class"].tolist() == ["wood"]
    path = write_polygons(tmp_path / "b.gpkg", shapes, columns={"class": ["hut", "wood"]})
    with pytest.raises(UserError, match=r"hut \(1 features\)"):
        run(tmp_path, image, path)


def test_an_attribute_marks_groups(tmp_path, image):
    shapes = [at(10, 10, 9), at(30, 30, 9), at(50, 50, 9)]
    columns = {"class": ["wood"] * 3, "stand": ["yes", None, "0"], "iscrowd": [0, 0, 1]}
    path = write_polygons(tmp_path / "a.gpkg", shapes, columns=columns)
    assert run(tmp_path, image, path)["ignored"].tolist() == ["", "", "group"]
    assert run(tmp_path, image, path, group="stand")["ignored"].tolist() == ["group", "", ""]
    with pytest.raises(UserError, match=r"set outline.group to stand"):
        run(tmp_path, image, path, group="stands")


def test_equal_objects_give_equal_bytes(tmp_path, image):
    path = write_polygons(tmp_path / "a.gpkg", [at(3, 5, 10)], columns={"class": ["field"]})
    run(tmp_path, image, path)
    first = (tmp_path / "objects.gpkg").read_bytes()
    run(tmp_path, image, path)
    assert (tmp_path / "objects.gpkg").read_bytes() == first


def test_a_scene_without_objects_of_these_classes_has_an_empty_file(tmp_path, image, caplog):
    path = write_polygons(tmp_path / "a.gpkg", [at(3, 5, 10)], columns={"class": ["lake"]})
    assert len(run(tmp_path, image, path)) == 0
    assert len(read_outlines(tmp_path / "objects.gpkg", GRID)) == 0
    assert "no object of" in caplog.text


def test_regions_of_a_label_raster_are_objects_that_share_no_edge(tmp_path, image):
    codes = np.full((100, 100), TOY_CLASSES.nodata, dtype=np.uint8)
    codes[10:20, 10:20] = 4
    codes[20:30, 20:30] = 4  # meets the first at a corner only
    codes[10:20, 20:25] = 1
    codes[60:70, 60:70] = 7
    path = write_reference(tmp_path / "labels.tif", GRID, codes)
    objects = run(tmp_path, image, path)
    assert objects["class"].tolist() == ["wood", "field", "wood"]
    assert read_outlines(tmp_path / "objects.gpkg", GRID).boxes.tolist() == [
        [10, 10, 20, 20],
        [20, 10, 25, 20],
        [20, 20, 30, 30],
    ]
    with pytest.raises(UserError, match="objects are a raster"):
        run(tmp_path, image, path, group="stand")


def test_points_with_a_radius_are_circles(tmp_path, image):
    points = [shapely.Point(LEFT + 50, TOP - 50), shapely.Point(LEFT + 54, TOP - 50)]
    path = write_polygons(tmp_path / "a.gpkg", points, columns={"class": ["wood", "wood"]})
    objects = run(tmp_path, image, path, label={"radius": 3})
    assert objects["area_m2"].to_numpy() == pytest.approx(9 * np.pi, rel=1e-3)
    with pytest.raises(UserError, match=r"label\.radius"):
        run(tmp_path, image, path)


def write_coco(path, annotations, names):
    images = [{"id": n, "file_name": f"{name}.png"} for n, name in enumerate(names)]
    file = {
        "images": images,
        "categories": [{"id": 3, "name": "wood"}],
        "annotations": [{"image_id": 0, "category_id": 3, **given} for given in annotations],
    }
    path.write_text(json.dumps(file))
    return path


def test_annotations_of_coco_are_objects_whatever_their_parts_and_crowds_are_groups(
    tmp_path, image
):
    rings = [[10, 10, 20, 10, 20, 20, 10, 20], [30, 10, 40, 10, 40, 20, 30, 20]]
    annotations = [{"segmentation": rings}, {"bbox": [50, 50, 9, 4], "iscrowd": 1}]
    path = write_coco(tmp_path / "a.json", annotations, ["town"])
    objects = run(tmp_path, image, path)
    assert objects["ignored"].tolist() == ["", "group"]
    read = read_outlines(tmp_path / "objects.gpkg", GRID)
    assert read.boxes.tolist() == [[10, 10, 40, 20], [50, 50, 59, 54]]


def test_the_scene_of_the_image_finds_its_annotations(tmp_path):
    path = write_coco(tmp_path / "a.json", [{"bbox": [50, 50, 9, 4]}], ["north", "south"])
    counts = {}
    for scene in ("north", "south"):
        folder = tmp_path / "results" / "scenes" / scene
        folder.mkdir(parents=True)
        pixels = np.full((2, 100, 100), 9, dtype=np.uint8)
        counts[scene] = len(run(tmp_path, write_image(folder / "image.tif", GRID, pixels), path))
    assert counts == {"north": 1, "south": 0}
