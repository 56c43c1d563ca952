"""The classes of a picture as a PNG in the colours of the legend."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image

from rs_seg.io.delivery.class_picture import write_class_picture
from rs_seg.testing import picture_grid, write_reference

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
CODES = np.array([[1, 4, 255], [7, 1, 4]])
COLORS = {1: (200, 80, 60, 255), 4: (60, 120, 60, 255), 7: (0, 0, 255, 255)}


def test_pixels_have_the_colours_of_their_classes_and_none_without_data(tmp_path: Path) -> None:
    path = write_reference(tmp_path / "classes.tif", picture_grid(2, 3), CODES)
    with rasterio.open(path, "r+") as dataset:
        dataset.write_colormap(1, COLORS)
    write_class_picture(path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["classes.png", "classes.tif"]
    drawn = np.asarray(Image.open(tmp_path / "classes.png").convert("RGBA"))
    for row, column in np.ndindex(*CODES.shape):
        code = int(CODES[row, column])
        if code == 255:
            assert drawn[row, column, 3] == 0
        else:
            assert tuple(drawn[row, column].tolist()) == COLORS[code]
    before = (tmp_path / "classes.png").read_bytes()
    write_class_picture(path)
    assert (tmp_path / "classes.png").read_bytes() == before


def test_codes_of_16_bits_have_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "classes.tif"
    shape = {"height": 2, "width": 3, "count": 1}
    with rasterio.open(path, "w", driver="GTiff", dtype="uint16", **shape) as dataset:
        dataset.write(CODES.astype(np.uint16), 1)
    write_class_picture(path)
    assert [file.name for file in tmp_path.iterdir()] == ["classes.tif"]
