"""Which scenes, sources and bands `rs-seg init` finds."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio

from rs_seg.testing import grid_at, square, write_image, write_polygons
from tests.cli.initialising.folder import Folder

RGBA = ("red", "green", "blue", "alpha")
CLASSES = {"class": ["water", "wood", "water", "wood"]}


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def test_one_file_is_one_scene_whose_labels_are_for_all(folder):
    folder.add_image("images/north.tif")
    folder.add_image("images/south.tif", 1)
    folder.add_polygons("labels.gpkg", CLASSES)
    run = folder.init()
    assert folder.values["sources"] == {
        "image": {"path": "images/{scene}.tif", "bands": ["red", "green", "blue"]}
    }
    assert [scene.name for scene in run.scenes] == ["north", "south"]
    assert folder.labelled == ["north"], "no polygon lies on the other"
    assert "next: rs-seg run" in folder.printed
    assert [(row["height"], row["width"]) for row in folder.rows] == [("64", "64")] * 2


def test_files_of_a_scene_are_told_by_folders(folder):
    for number, town in enumerate(("a", "b")):
        folder.add_image(f"town_{town}/optical.tif", number, bands=["nir", "red", "green"])
        folder.add_image(f"town_{town}/height.tif", number, count=1, dtype="float32", pixel=4.0)
        folder.add_polygons(f"town_{town}/labels.gpkg", CLASSES, [number])
    folder.init()
    assert folder.values["sources"] == {
        "optical": {"path": "{scene}/optical.tif", "bands": ["nir", "red", "green"]},
        "height": {"path": "{scene}/height.tif", "bands": ["height"]},
    }
    assert folder.values["label"]["path"] == "{scene}/labels.gpkg"
    assert folder.labelled == ["town_a", "town_b"]


def test_files_of_a_scene_are_told_by_names_and_the_finest_gives_the_grid(folder):
    for number, scene in enumerate(("Aue 1", "Bach_2")):
        folder.add_image(f"dsm/{scene}_dsm.tif", number, count=1, dtype="float32", pixel=4.0)
        folder.add_image(f"rgb/{scene}_rgb.tif", number)
    folder.add_polygons("truth.geojson", CLASSES, [0])
    folder.init()
    assert list(folder.values["sources"]) == ["rgb", "dsm"]
    assert folder.values["sources"]["dsm"]["path"] == "dsm/{scene}_dsm.tif"
    assert [row["scene"] for row in folder.rows] == ["Aue 1", "Bach_2"]


def test_single_bands_on_one_ground_are_one_scene(folder):
    for band in ("B02", "B03", "B8A"):
        folder.add_image(f"S2_20200101_{band}.tif", count=1, dtype="uint16")
    folder.add_polygons("labels.gpkg", CLASSES)
    run = folder.init()
    assert run.bands == ("B02", "B03", "B8A")
    assert [row["scene"] for row in folder.rows] == ["S2_20200101"]
    assert folder.values["sources"]["b8a"]["path"] == "{scene}_B8A.tif"


def test_bands_of_landsat_have_their_colours(folder):
    for number in (2, 3, 4, 5):
        folder.add_image(f"LC08_L1TP_B{number}.TIF", count=1, dtype="uint16")
    folder.add_polygons("labels.gpkg", CLASSES)
    assert folder.init().bands == ("blue", "green", "red", "nir")
    assert "CHECK guessed by its number" in folder.out.read_text()


def test_a_terrain_model_for_all_is_a_source_of_each_scene(folder):
    folder.add_image("east.tif", 0)
    folder.add_image("west.tif", 1)
    grid = folder.grid(0)
    wide = type(grid)((400, 800), grid.affine, grid.crs)
    draw = np.random.default_rng(0)
    write_image(
        folder.root / "dem.tif", wide, draw.random((1, 400, 800)).astype("float32"), bands=["dem"]
    )
    folder.add_polygons("labels.gpkg", CLASSES)
    folder.init()
    assert folder.values["sources"]["dem"] == {"path": "dem.tif", "bands": ["dem"]}
    assert [row["scene"] for row in folder.rows] == ["east", "west"]


def test_scenes_that_follow_no_rule_have_their_paths_in_the_table(folder):
    folder.add_image("2020/flight.tif", 0)
    folder.add_image("2021/new/flight.tif", 1)
    folder.add_polygons("labels.gpkg", CLASSES)
    run = folder.init()
    assert folder.values["sources"]["image"]["path"] == "{image_file}"
    assert [path.name for scene in run.scenes for path in run.source_paths(scene)] == [
        "flight.tif"
    ] * 2
    assert len({scene.name for scene in run.scenes}) == 2


def test_images_of_other_bands_are_left_out_and_said(folder):
    for number in range(3):
        folder.add_image(f"rgb_{number}.tif", number)
    folder.add_image("multi.tif", 3, count=8, dtype="uint16")
    folder.add_polygons("labels.gpkg", CLASSES)
    run = folder.init()
    assert len(run.scenes) == 3
    assert "left out: multi.tif: other bands than the chosen images" in folder.printed


def test_images_with_labels_go_before_more_images_without(folder):
    for number in range(3):
        folder.add_image(f"rgb_{number}.tif", number)
    folder.add_image("multi.tif", 3, count=8, dtype="uint16")
    folder.add_polygons("labels.gpkg", CLASSES, [3])
    run = folder.init()
    assert [scene.name for scene in run.scenes] == ["multi"]
    assert run.bands == tuple(f"B{number}" for number in range(1, 9))


def test_what_is_no_image_is_left_out_and_said(folder):
    folder.add_image("town.tif")
    folder.add_image("town_preview.png")
    folder.add_image("cloud_mask.tif", count=1)
    folder.add_image(".hidden.tif")
    (folder.root / "broken.tif").write_bytes(b"II*\0 no image")
    (folder.root / "town.tif.ovr").write_bytes(b"")
    (folder.root / "more.zip").write_bytes(b"PK")
    (folder.root / "notes.txt").write_text("read me")
    folder.add_polygons("labels.gpkg", CLASSES)
    run = folder.init()
    assert [scene.name for scene in run.scenes] == ["town"]
    for told in ("town_preview.png: pictures", "cloud_mask.tif: masks", "broken.tif", "more.zip"):
        assert told in folder.printed
    assert ".hidden" not in folder.printed


def test_a_virtual_stack_of_files_that_are_there_is_left_out(folder):
    for band in ("B02", "B03"):
        folder.add_image(f"{band}.tif", count=1)
    source = '<SourceFilename relativeToVRT="1">B02.tif</SourceFilename>'
    (folder.root / "stack.vrt").write_text(
        '<VRTDataset rasterXSize="64" rasterYSize="64"><VRTRasterBand dataType="Byte" band="1">'
        f"<SimpleSource>{source}</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    folder.add_polygons("labels.gpkg", CLASSES)
    assert folder.init().bands == ("B02", "B03")
    assert "stack.vrt: a VRT of files" in folder.printed


def test_a_scene_whose_file_has_a_fault_is_left_out_and_said(folder):
    folder.add_image("good.tif")
    grid = folder.grid(1)
    empty = np.zeros((3, grid.height, grid.width), "uint8")
    write_image(folder.root / "empty.tif", grid, empty, nodata=0)
    folder.add_polygons("labels.gpkg", CLASSES)
    run = folder.init()
    assert [scene.name for scene in run.scenes] == ["good"]
    assert "empty: scene with a fault: raster has no valid pixel" in folder.printed


def test_folders_named_after_roles_give_roles(folder):
    for number, role in enumerate(("train", "val", "test")):
        folder.add_image(f"{role}/images/t{number}.tif", number)
        folder.add_codes(f"{role}/labels/t{number}.tif", [1, 2], number)
    run = folder.init()
    assert run.scene_roles == {"t0": "train", "t1": "validation", "t2": "test"}
    assert folder.values["sources"]["image"]["path"] == "{folder}/images/{scene}.tif"
    assert folder.values["label"]["path"] == "{folder}/labels/{scene}.tif"


def test_nothing_is_asked_and_nothing_overwritten(folder):
    folder.add_image("a.tif")
    folder.add_polygons("labels.gpkg", CLASSES)
    folder.init()
    before = folder.out.read_bytes()
    folder.out.write_text("mine")
    assert "a file is in the way" in folder.run(code=1)
    assert folder.out.read_text() == "mine"
    folder.init("--force")
    assert folder.out.read_bytes() == before, "equal files give an equal configuration"


def test_a_folder_without_images_is_an_error_that_says_what_was_seen(folder):
    folder.add_polygons("labels.gpkg", CLASSES)
    (folder.root / "broken.tif").write_bytes(b"II*\0 no image")
    told = folder.run(code=1)
    assert "no image was found" in told
    assert "broken.tif" in told


def test_images_without_labels_are_an_error_with_a_remedy(folder):
    folder.add_image("a.tif")
    folder.add_polygons("far.gpkg", CLASSES, [7])
    told = folder.run(code=1)
    assert "no labels of an image" in told
    assert "check the CRS" in told


def test_a_folder_that_is_missing_is_an_error(tmp_path):
    folder = Folder(tmp_path)
    folder.root.rmdir()
    assert "no such folder" in folder.run(code=1)


def test_odd_names_give_valid_files(tmp_path):
    folder = Folder(tmp_path, 'it\'s: [odd] #1, "ü" & <b>')
    for number, name in enumerate(("a: b", "#c", "'d'", '"e"', "yes", "- f", "$g, %h")):
        folder.add_image(f"{name}.tif", number)
    values = ["<x> & y", "_t: #1", "'q'", '"r"']
    folder.add_polygons("lab'els: 1.gpkg", {'Klasse "n"': values * 4}, count=16)
    run = folder.init()
    assert {row.name for row in run.legend} == set(values)
    assert [scene.name for scene in run.scenes] == [row["scene"] for row in folder.rows]
    assert len(run.scenes) == 7


def test_wavelengths_name_bands_and_many_are_a_span(folder):
    path = folder.add_image("cube.tif", count=20, dtype="uint16")
    with rasterio.open(path, "r+") as dataset:
        for band in range(1, 21):
            dataset.set_band_description(band, "")
            dataset.update_tags(band, wavelength=str(400 + 10 * band), wavelength_units="nm")
    folder.add_polygons("labels.gpkg", CLASSES)
    run = folder.init()
    assert folder.values["sources"]["image"]["bands"] == ["410nm..600nm"]
    assert len(run.bands) == 20


def test_an_alpha_band_is_no_band(folder):
    grid = folder.grid()
    pixels = np.random.default_rng(0).integers(1, 250, (4, 64, 64)).astype("uint8")
    pixels[3] = 255
    write_image(folder.root / "north.tif", grid, pixels, bands=["", "", "", ""])
    with rasterio.open(folder.root / "north.tif", "r+") as dataset:
        dataset.colorinterp = [rasterio.enums.ColorInterp[name] for name in RGBA]
    folder.add_polygons("labels.gpkg", CLASSES)
    assert folder.init().bands == ("red", "green", "blue")


def test_near_infrared_that_is_tagged_as_alpha_is_a_band(folder):
    path = folder.add_image("north.tif", count=4, bands=["", "", "", ""])
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = [rasterio.enums.ColorInterp[name] for name in RGBA]
    folder.add_polygons("labels.gpkg", CLASSES)
    assert folder.init().bands == ("red", "green", "blue", "nir")


def test_images_at_the_antimeridian_are_found_with_their_labels(tmp_path):
    folder = Folder(tmp_path)
    grid = grid_at(64, 64, left=830_000.0, top=1_000_000.0, pixel=500.0, crs="EPSG:32660")
    pixels = np.random.default_rng(0).integers(1, 250, (3, 64, 64)).astype("uint8")
    write_image(folder.root / "taveuni.tif", grid, pixels)
    shapes = [square(832_000 + 6000 * place, 990_000, 4000) for place in range(4)]
    write_polygons(folder.root / "labels.gpkg", shapes, crs="EPSG:32660", columns=CLASSES)
    folder.init()
    assert folder.labelled == ["taveuni"]


def test_tiles_that_overlap_use_the_labels_of_their_ground_once(folder):
    draw = np.random.default_rng(0)
    for number in range(5):
        grid = grid_at(64, 64, left=500_000.0 + 100 * number)
        write_image(
            folder.root / f"tile{number}.tif", grid, draw.integers(1, 250, (3, 64, 64), "uint8")
        )
    shapes = [square(500_010 + 30 * place, 5_399_900, 20) for place in range(16)]
    columns = {"class": ["water", "wood"] * 8}
    write_polygons(folder.root / "labels.gpkg", shapes, columns=columns)
    folder.init()
    assert folder.labelled == ["tile0", "tile2", "tile4"]


def test_labels_in_other_folders_than_images_have_a_column_of_their_own(folder):
    for number in range(2):
        folder.add_image(f"img{number}/t{number}.tif", number)
        folder.add_codes(f"lab{number}/t{number}.tif", [1, 2], number)
    folder.add_image("img9/t9.tif", 9)
    run = folder.init()
    assert folder.values["sources"]["image"]["path"] == "{folder}/{scene}.tif"
    assert folder.values["label"]["path"] == "{label_folder}/{scene}.tif"
    assert folder.labelled == ["t0", "t1"]
    assert all(run.label_path(scene).exists() for scene in run.labelled_scenes)


def test_of_bands_in_several_resolutions_the_finest_are_used(folder):
    place = "S2B.SAFE/GRANULE/L2A/IMG_DATA"
    for band, pixel in (("B02", 2.0), ("B02", 4.0), ("B05", 4.0)):
        size = f"{pixel * 5:.0f}m"
        folder.add_image(
            f"{place}/R{size}/T32UQD_20200101T101031_{band}_{size}.tif",
            count=1,
            dtype="uint16",
            pixel=pixel,
        )
    folder.add_polygons("labels.gpkg", CLASSES)
    assert folder.init().bands == ("B02", "B05")
    assert [row["scene"] for row in folder.rows] == ["T32UQD_20200101T101031"]
    assert "B02_20m.tif: the same in smaller pixels" in folder.printed


def test_words_for_surface_reflectance_are_no_scenes(folder):
    for band in ("SR_B2", "SR_B3", "ST_B10"):
        folder.add_image(f"LC09_L2SP_044034_20220101_{band}.TIF", count=1, dtype="uint16")
    folder.add_polygons("labels.gpkg", CLASSES)
    assert folder.init().bands == ("blue", "green", "st_b10")


def test_false_colours_are_told_by_the_name_though_tags_say_red_green_blue(folder):
    path = folder.add_image("top_IRRG_1.tif", bands=["", "", ""])
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = [rasterio.enums.ColorInterp[name] for name in RGBA[:3]]
    folder.add_polygons("labels.gpkg", CLASSES)
    assert folder.init().bands == ("nir", "red", "green")
    assert "CHECK guessed by the name" in folder.out.read_text()
