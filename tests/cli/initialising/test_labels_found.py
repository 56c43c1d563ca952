"""Which labels `rs-seg init` chooses, and which classes and settings it reads in them."""

from __future__ import annotations

import json

import geopandas
import numpy as np
import pytest
import rasterio

from rs_seg.testing import bow_tie, square, write_image, write_polygons
from tests.cli.initialising.folder import LEFT, TOP, Folder

CLASSES = {"class": ["water", "wood", "water", "wood"]}


@pytest.fixture
def folder(tmp_path):
    made = Folder(tmp_path)
    made.add_image("north.tif")
    return made


def legend(run):
    return [(known.code, known.name) for known in run.legend]


def test_the_class_is_the_attribute_of_few_values_and_no_number(folder):
    columns = {
        "fid_1": [11, 12, 13, 14],
        "Area": [1.5, 2.5, 3.5, 4.5],
        "ID": [1, 2, 3, 4],
        "Classname": ["water", "wood", "water", "wood"],
        "note": ["a", "b", "c", "d"],
    }
    folder.add_polygons("labels.gpkg", columns)
    run = folder.init()
    assert folder.values["label"] == {"path": "labels.gpkg", "column": "Classname"}
    assert legend(run) == [(1, "water"), (2, "wood")]


def test_numbers_are_codes(folder):
    folder.add_polygons("labels.gpkg", {"code": [21, 7, 21, 7]})
    assert legend(folder.init()) == [(7, "class 7"), (21, "class 21")]


def test_polygons_without_a_class_are_of_one_named_after_the_file(folder):
    folder.add_polygons("osm_buildings.gpkg", {"HEIGHT": [1.5, 2.5, 3.5, 4.25]})
    run = folder.init()
    label = folder.values["label"]
    assert (label["column"], label["class_name"], label["outside"]) == (None, "building", "other")
    assert legend(run) == [(0, "other"), (1, "building")]
    assert "labels reach over" in folder.out.read_text(), "they cover a corner of the image"


def test_one_value_of_a_class_has_ground_outside(folder):
    folder.add_polygons("labels.gpkg", {"class": ["tree"] * 4})
    run = folder.init()
    assert legend(run) == [(0, "other"), (1, "tree")]
    assert run.label.outside == "other"


def test_features_without_a_class_and_unknown_ones_are_unlabelled(folder):
    values = ["water", "wood", None, "unclassified"]
    folder.add_polygons("labels.gpkg", {"class": values * 2}, count=8)
    run = folder.init()
    assert legend(run) == [(1, "water"), (2, "wood")]
    assert run.label.empty == "unlabelled"
    assert run.label.unlabelled == ("unclassified",)


def test_names_that_are_numbers_among_texts_do_not_contradict_codes(folder):
    folder.add_polygons("labels.gpkg", {"class": ["2", "wood", "2", "wood"]})
    run = folder.init()
    assert legend(run) == [(1, "class 1"), (2, "wood")]
    assert run.label.rename == {"2": "class 1"}


def test_a_layer_is_chosen_and_the_others_named(folder):
    path = folder.add_polygons("all.gpkg", CLASSES)

    other = geopandas.GeoDataFrame(geometry=[square(LEFT, TOP - 20, 9)], crs="EPSG:32632")
    other.to_file(path, layer="fences")
    run = folder.init()
    assert run.label.layer == "all"
    assert "all.gpkg, layer fences" in folder.printed
    assert "# Other labels that could be used: all.gpkg, layer fences" in folder.out.read_text()


def test_points_are_circles_less_than_a_pixel_wide(folder):
    points = [square(LEFT + 8 * place, TOP - 50, 4).centroid for place in range(4)]
    write_polygons(folder.root / "points.gpkg", points, columns=CLASSES)
    folder.init()
    assert folder.values["label"]["radius"] == pytest.approx(1.5, rel=0.01)


def test_areas_and_roles_are_no_labels(folder):
    folder.add_polygons("labels.gpkg", CLASSES)
    folder.add_polygons("aoi.gpkg", {"class": ["a"]}, count=1)
    folder.add_polygons("parts.gpkg", {"role": ["train", "test"]}, count=2)
    assert folder.init().label.path == "labels.gpkg"
    assert "aoi.gpkg: an area" in folder.printed
    assert "parts.gpkg: areas of roles in the column 'role'" in folder.printed


def test_labels_of_another_crs_are_found(folder):

    path = folder.add_polygons("labels.gpkg", CLASSES)
    geopandas.read_file(path).to_crs(4326).to_file(folder.root / "labels.geojson")
    path.unlink()
    assert folder.init().label.path == "labels.geojson"


def test_codes_have_names_and_colours_of_the_file(folder):
    path = folder.add_codes("landcover.tif", [1, 2, 3], nodata=255)
    with rasterio.open(path, "r+") as dataset:
        dataset.write_colormap(1, {1: (10, 20, 30, 255), 2: (40, 50, 60, 255)})
    (folder.root / "landcover.json").write_text(json.dumps({"1": "water", "2": "wood"}))
    run = folder.init()
    assert [(known.code, known.name) for known in run.legend] == [
        (1, "water"),
        (2, "wood"),
        (3, "class 3"),
    ]
    assert [known.color for known in run.legend][:2] == ["#0a141e", "#28323c"]


def test_a_mask_of_0_and_255_is_one_class_and_the_rest(folder):
    folder.add_codes("masks/house.tif", [0, 255])
    run = folder.init()
    assert legend(run) == [(0, "other"), (1, "house")]
    assert run.label.rename == {"255": "house"}


def test_a_mask_whose_nodata_is_0_has_ground_outside(folder):
    folder.add_codes("masks/house.tif", [0, 1], nodata=0)
    run = folder.init()
    assert legend(run) == [(0, "other"), (1, "house")]
    assert run.label.nodata == "ignore"


def test_values_that_mean_no_class_are_kept_out_of_the_legend(folder):
    folder.add_codes("labels.tif", [0, 1, 2, 255])
    run = folder.init()
    assert legend(run) == [(0, "class 0"), (1, "class 1"), (2, "class 2")]
    assert run.label.unlabelled == (255,)
    assert "CHECK 255 is taken for no class" in folder.out.read_text()


def test_nodata_is_no_class(folder):
    folder.add_codes("labels.tif", [1, 2, 9], nodata=9)
    assert legend(folder.init()) == [(1, "class 1"), (2, "class 2")]


def test_colours_of_a_picture_are_classes(folder):
    colors = np.zeros((3, 64, 64), "uint8")
    colors[0, :, :32] = 255
    colors[2, :, 32:] = 255
    write_image(folder.root / "north_label.tif", folder.grid(), colors)
    run = folder.init()
    assert set(run.label.colors) == {"#ff0000", "#0000ff"}
    assert {known.color for known in run.legend} == set(run.label.colors)


def test_labels_by_scene_are_found_by_their_names_and_all_their_classes_count(folder):
    folder.add_image("south.tif", 1)
    folder.add_polygons("truth/north_2020.gpkg", {"class": ["water", "wood"] * 2}, [0])
    folder.add_polygons("truth/south_2020.gpkg", {"class": ["sand", "wood"] * 2}, [1])
    run = folder.init()
    assert run.label.path == "truth/{scene}_2020.gpkg"
    assert folder.labelled == ["north", "south"]
    assert run.legend.class_names.names == ("sand", "water", "wood")


def test_labels_by_scene_without_names_are_found_by_their_ground(folder):
    folder.add_image("south.tif", 1)
    folder.add_polygons("truth/1.gpkg", CLASSES, [1])
    folder.add_polygons("truth/2.gpkg", CLASSES, [0])
    run = folder.init()
    assert run.label.path == "{label_file}"
    assert [run.label_path(scene).name for scene in run.scenes] == ["2.gpkg", "1.gpkg"]


def test_dense_labels_go_before_sparse_ones(folder):
    folder.add_polygons("some.gpkg", {"class": ["water", "wood"]}, count=2)
    folder.add_codes("landcover.tif", [1, 2])
    assert folder.init().label.path == "landcover.tif"
    assert "some.gpkg: other labels" in folder.printed


def test_labels_far_coarser_than_images_are_none(folder):
    codes = np.tile(np.array([[1, 2]], "uint8"), (40, 20))[None]
    write_image(folder.root / "world_landcover.tif", folder.grid(pixel=100.0, side=40), codes)
    assert "no labels of an image" in folder.run(code=1)


def test_colours_come_from_the_style_beside_the_labels(folder):
    path = folder.add_polygons("labels.gpkg", {"class": ["water", "wood"] * 2, "kind": [1, 2] * 2})
    path.with_suffix(".qml").write_text(
        '<qgis><renderer-v2 type="categorizedSymbol" attr="kind"><categories>'
        '<category value="1" label="Lake" symbol="0"/>'
        '<category value="2" label="Oak" symbol="1"/></categories><symbols>'
        '<symbol name="0"><layer><Option type="Map"><Option name="color" value="1,2,3,255"/>'
        '</Option></layer></symbol><symbol name="1"><layer><prop k="color" v="4,5,6,255"/></layer>'
        "</symbol></symbols></renderer-v2></qgis>"
    )
    run = folder.init()
    assert run.label.column == "kind"
    assert [(known.code, known.name, known.color) for known in run.legend] == [
        (1, "Lake", "#010203"),
        (2, "Oak", "#040506"),
    ]


def test_twenty_classes_have_twenty_colours(folder):
    values = [f"sort {number:02}" for number in range(20)]
    folder.add_polygons("labels.gpkg", {"class": values * 2}, count=40)
    run = folder.init()
    assert len({known.color for known in run.legend}) == 20


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_labels_without_a_crs_are_left_out_and_said(folder):
    folder.add_polygons("labels.gpkg", CLASSES)
    shapes = [square(LEFT, TOP - 20, 9)]
    write_polygons(folder.root / "lost.shp", shapes, crs=None, columns={"class": ["a"]})
    folder.init()
    assert "lost.shp" in folder.printed


def test_labels_that_cannot_be_used_are_written_down_with_their_fault(folder):
    shapes = [bow_tie(LEFT + 5, TOP - 60, 50), square(LEFT + 70, TOP - 60, 20)]
    write_polygons(folder.root / "labels.gpkg", shapes, columns={"class": ["water", "wood"]})
    folder.init()
    assert "CHECK" in folder.printed
    assert "next: mend the faults above, then rs-seg check --config" in folder.printed
    assert "# CHECK" in folder.out.read_text()


def test_labels_without_any_class_are_an_error(folder):
    folder.add_polygons("labels.gpkg", {"class": ["unknown", "void"] * 2})
    assert "labels without a class" in folder.run(code=1)


def test_one_file_named_after_several_scenes_is_for_all_of_them(folder):
    folder.add_image("south.tif", 1)
    folder.add_polygons("north_and_south.gpkg", {"class": ["water", "wood"] * 4}, [0, 1])
    run = folder.init()
    assert run.label.path == "north_and_south.gpkg"
    assert folder.labelled == ["north", "south"]


def test_a_file_named_after_a_scene_on_whose_ground_it_is_not_is_for_the_scene_it_lies_on(folder):
    folder.add_image("south.tif", 1)
    folder.add_polygons("south.gpkg", CLASSES, [0])
    assert folder.init().label.path == "south.gpkg"
    assert folder.labelled == ["north"]
