"""`rs-seg init` on pictures without a place on Earth, with labels in colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.initialising.folder import Folder

COLORS = np.array([[0, 128, 0], [200, 30, 30], [128, 128, 128]], np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path, "meine Fotos")


def add_photo(folder: Folder, name: str, *, size: tuple[int, int] = (60, 80)) -> Path:
    path = folder.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(len(name)).integers(1, 250, (*size, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def add_labels(folder: Folder, name: str, *, size: tuple[int, int] = (60, 80)) -> None:
    path = folder.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    stripes = np.arange(size[0] * size[1]).reshape(size) // 40 % 3
    Image.fromarray(COLORS[stripes]).save(path)


def test_photographs_with_labels_of_their_names_are_scenes_in_pixels(folder: Folder) -> None:
    for name, size in (("Straße 1", (60, 80)), ("garten öst", (50, 90))):
        add_photo(folder, f"{name}.png", size=size)
        add_labels(folder, f"{name}_label.png", size=size)
    add_photo(folder, "new.jpg", size=(70, 70))
    run = folder.init()
    assert not run.has_place
    assert folder.values["align"] == {"ungeoreferenced": "pixels"}
    assert folder.labelled == ["Straße 1", "garten öst"]
    assert [scene.name for scene in run.scenes] == ["Straße 1", "garten öst", "new"]
    assert all(path.exists() for scene in run.scenes for path in run.source_paths(scene))
    assert run.label_path(run.scene("garten öst")) == folder.root / "garten öst_label.png"
    assert [own.color for own in run.legend] == ["#008000", "#808080", "#c81e1e"]
    assert (run.scene("garten öst").height, run.scene("garten öst").width) == (50, 90)


def test_labels_are_of_the_photograph_in_the_nearest_folder(folder: Folder) -> None:
    for part in ("train", "val"):
        add_photo(folder, f"{part}/images/s_1.png")
        add_labels(folder, f"{part}/labels/s_1.png")
    run = folder.init()
    assert [scene.role for scene in run.scenes] == ["train", "validation"]
    for scene in run.scenes:
        (image,), label = run.source_paths(scene), run.label_path(scene)
        assert image.parents[1] == label.parents[1]


def test_what_does_not_fit_is_left_out_and_said(folder: Folder) -> None:
    add_photo(folder, "a.png")
    add_labels(folder, "a_mask.png")
    add_photo(folder, "b.png")
    add_labels(folder, "b_mask.png", size=(80, 60))
    add_photo(folder, "c.png")
    add_labels(folder, "c_mask.png", size=(60, 70))
    add_labels(folder, "lonely_mask.png")
    Image.new("L", (80, 60), 7).save(folder.root / "grey.png")
    cut = add_photo(folder, "cut.jpg")
    cut.write_bytes(cut.read_bytes()[:-900])
    run = folder.init()
    assert folder.labelled == ["a"]
    assert {scene.name for scene in run.scenes} == {"a", "b", "c"}
    for told in (
        "b_mask.png: labels across their picture, which the camera stored turned",
        "c_mask.png: labels of another size",
        "lonely_mask.png: labels whose name is that of no picture",
        "cut: scene with a fault",
    ):
        assert told in folder.printed


def test_a_picture_beside_images_on_earth_is_left_out(folder: Folder) -> None:
    folder.add_image("town.tif")
    add_photo(folder, "town_photo.jpg")
    folder.add_polygons("labels.gpkg", {"class": ["water", "wood", "water", "wood"]})
    run = folder.init()
    assert run.has_place
    assert "left out: town_photo.jpg" in folder.printed


def test_images_that_lost_their_place_beside_labels_on_earth_are_no_pictures(
    folder: Folder,
) -> None:
    add_photo(folder, "town.png")
    folder.add_polygons("labels.gpkg", {"class": ["water", "wood", "water", "wood"]})
    told = folder.run(code=1)
    assert "no image was found" in told
    assert "gdal_edit.py" in told
