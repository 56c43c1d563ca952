"""`rs-seg init` on images of several dates: one scene with {date} in its path."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.initialising.folder import Folder

CLASSES = {"class": ["water", "wood", "water", "wood"]}
DATES = ("20210301", "20210410", "20210820")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_files_that_differ_by_a_date_are_one_scene_and_gaps_are_told(folder: Folder) -> None:
    for number, (place, dates) in enumerate({"north": DATES, "south": DATES[:1]}.items()):
        for date in dates:
            folder.add_image(f"s2/{place}_{date}.tif", number, bands=["red", "nir", "swir1"])
    folder.add_polygons("labels.gpkg", {"class": CLASSES["class"] * 2}, [0, 1])
    run = folder.init()
    assert folder.values["sources"] == {
        "image": {"path": "s2/{scene}_{date}.tif", "bands": ["red", "nir", "swir1"]}
    }
    assert {scene.name: scene.dates["image"] for scene in run.scenes} == {
        "north": DATES,
        "south": DATES[:1],
    }
    assert run.models["unet"].dates is not None, "scenes have not the same dates"
    assert (
        "3 dates of image, from 2021-03-01 to 2021-08-20, at most 132 days apart" in folder.printed
    )
    assert "scene south lacks 2 of the 3 dates of image" in folder.printed


def test_one_date_of_each_scene_is_no_series(folder: Folder) -> None:
    folder.add_image("north_20210301.tif", 0)
    folder.add_image("south_20210410.tif", 1)
    folder.add_polygons("labels.gpkg", {"class": CLASSES["class"] * 2}, [0, 1])
    run = folder.init()
    assert "{date}" not in folder.values["sources"]["image"]["path"]
    assert len(run.scenes) == 2
    assert not run.sources["image"].has_dates


def test_bands_apart_have_dates_each_and_stay_one_scene(folder: Folder) -> None:
    for date in DATES[:2]:
        for band in ("B02", "B03"):
            folder.add_image(f"{date}/T32_{date}_{band}.tif", count=1, dtype="uint16")
    folder.add_polygons("labels.gpkg", CLASSES)
    run = folder.init()
    assert folder.values["sources"]["b02"]["path"] == "{date}/{scene}_{date}_B02.tif"
    assert run.scenes[0].dates == {"b02": DATES[:2], "b03": DATES[:2]}
    assert folder.labelled == ["T32"]


def test_numbers_beside_a_date_that_differ_too_are_stars(folder: Folder) -> None:
    for name in ("LE70220491999322EDC01_stack.tif", "LE70220492002106EDC00_stack.tif"):
        folder.add_image(name, dtype="int16")
    folder.add_polygons("labels.gpkg", CLASSES)
    run = folder.init()
    assert folder.values["sources"]["image"]["path"] == "{scene}{date}EDC*_stack.tif"
    (scene,) = run.scenes
    assert (scene.name, scene.days_of("image")) == ("LE7022049", (322, 365 + 366 + 365 + 106))


def test_masks_of_clouds_of_the_dates_are_named_and_used(folder: Folder) -> None:
    for number, place in enumerate(("north", "south")):
        for date in DATES[:2]:
            folder.add_image(f"{place}_{date}.tif", number, count=3)
            folder.add_image(f"{place}_{date}_SCL.tif", number, count=1)
    (folder.root / "south_20210410_SCL.tif").unlink()
    folder.add_image("cloud.tif", count=1)
    folder.add_polygons("labels.gpkg", {"class": CLASSES["class"] * 2}, [0, 1])
    run = folder.init()
    assert folder.values["sources"]["image"]["clouds"] == {
        "path": "{scene}_{date}_SCL.tif",
        "nodata_values": [0, 1, 3, 8, 9, 10],
        "optional": True,
    }
    assert run.scene("south").lacks == ("clouds of image of 20210410",)
    assert "left out: cloud.tif: masks" in folder.printed, "the mask of no date"
    assert "# CHECK nodata_values" in folder.out.read_text(encoding="utf-8")


def test_labels_of_the_dates_keep_them_scenes(folder: Folder) -> None:
    for date in DATES[:2]:
        folder.add_image(f"{date}.tif")
        folder.add_polygons(f"{date}_labels.gpkg", CLASSES)
    run = folder.init()
    assert [scene.name for scene in run.scenes] == list(DATES[:2])
    assert not run.sources["image"].has_dates


def test_files_that_dates_would_be_confused_with_keep_scenes_apart(folder: Folder) -> None:
    for name in ("a_20210301.tif", "a_20210410.tif", "a_preview.tif"):
        folder.add_image(name)
    folder.add_polygons("labels.gpkg", CLASSES)
    assert len(folder.init().scenes) == 2


def test_numbers_that_are_no_dates_make_no_series(folder: Folder) -> None:
    for name in ("tile_99991231.tif", "tile_99990101.tif"):
        folder.add_image(name)
    folder.add_polygons("labels.gpkg", CLASSES)
    assert len(folder.init().scenes) == 2
