"""`rs-seg init` on pictures without a place on Earth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.initialising.folder import Folder

COLORS = np.array([[0, 0, 0], [128, 64, 128], [0, 128, 0]], dtype=np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def add_picture(folder: Folder, name: str, *, label: str | None = None) -> None:
    """A picture of noise, and its label in three colours."""
    draw = np.random.default_rng(len(name))
    for own, pixels in (
        (name, draw.integers(0, 255, (48, 64, 3), dtype=np.uint8)),
        (label, COLORS[draw.integers(0, 3, (6, 8))].repeat(8, axis=0).repeat(8, axis=1)),
    ):
        if own is not None:
            path = folder.root / own
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)


def test_pictures_and_their_labels_are_found_by_their_names(folder: Folder) -> None:
    add_picture(folder, "street_1.jpg", label="street_1_label.png")
    add_picture(folder, "street_2.jpg", label="street_2_label.png")
    add_picture(folder, "street_3.jpg")
    run = folder.init()
    assert not run.has_place
    assert folder.values["align"] == {"ungeoreferenced": "pixels"}
    assert folder.values["sources"]["image"]["path"] == "{scene}.jpg"
    assert run.label is not None
    assert (run.label.path, len(run.label.colors or ())) == ("{scene}_label.png", 3)
    assert folder.labelled == ["street_1", "street_2"]
    assert [row["scene"] for row in folder.rows] == ["street_1", "street_2", "street_3"]


def test_labels_in_a_folder_of_their_own_belong_to_pictures_of_their_name(folder: Folder) -> None:
    for role in ("train", "test"):
        add_picture(folder, f"{role}/images/a1.png", label=f"{role}/labels/a1.png")
    folder.init()
    assert len(folder.labelled) == 2
    assert {row["role"] for row in folder.rows} == {"train", "test"}


def test_a_picture_beside_images_on_earth_is_left_out(folder: Folder) -> None:
    folder.add_image("town.tif")
    add_picture(folder, "town_photo.jpg")
    folder.add_polygons("labels.gpkg", {"class": ["water", "wood", "water", "wood"]})
    run = folder.init()
    assert run.has_place
    assert "left out: town_photo.jpg" in folder.printed


def test_images_that_lost_their_place_beside_labels_on_earth_are_no_pictures(
    folder: Folder,
) -> None:
    add_picture(folder, "town.png")
    folder.add_polygons("labels.gpkg", {"class": ["water", "wood", "water", "wood"]})
    told = folder.run(code=1)
    assert "no image was found" in told
    assert "gdal_edit.py" in told
