"""Label rasters that are pictures: their colours are classes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil

from rs_seg.config import LabelConfig
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.scenes.label_looks import look_at_labels, paint_labels
from rs_seg.stages.label import label
from rs_seg.testing import (
    TOY_CLASSES,
    grid_at,
    square,
    write_image,
    write_polygons,
)
from rs_seg.values.grid import whole

GRID = grid_at(100, 100)
Edit = Callable[[str], str]
FIELD, WOOD = square(500_020, 5_399_820, 80), square(500_060, 5_399_860, 100)


@pytest.fixture
def image(tmp_path):
    return write_image(tmp_path / "image.tif", GRID, np.full((2, 100, 100), 9, dtype=np.uint8))


def run(tmp_path, image, labels, *, classes=TOY_CLASSES, **options):
    out = tmp_path / "reference.tif"
    label(LabelConfig(path="x", **options), classes, image=image, labels=labels, reference=out)
    with RasterReader(out) as reference:
        return reference.read_codes(whole(reference.grid))


def look(path, *, classes=TOY_CLASSES, grid=GRID, polygonal=True, **options):
    config = LabelConfig(path="x", **options)
    return look_at_labels(config, classes, grid, path, polygonal=polygonal, described=True)


PALETTE = {"#ffffff": "field", "#0000ff": "wood", "#00FF00": "lake"}
RGB = np.array([[255, 255, 255], [0, 0, 255], [0, 255, 0]], dtype=np.uint8)
INDICES = np.add.outer(np.arange(100) // 20, np.arange(100) // 30) % 3
CODES = np.array(TOY_CLASSES.codes)[INDICES]


def test_colours_of_a_picture_are_classes(tmp_path, image):
    path = write_image(tmp_path / "a.tif", GRID, RGB[INDICES].transpose(2, 0, 1))
    assert np.array_equal(run(tmp_path, image, path, colors=PALETTE), CODES)
    looked = look(path, polygonal=False, colors=PALETTE)
    assert [row.pixels for row in looked.facts.classes] == [
        np.count_nonzero(n == INDICES) for n in range(3)
    ]
    assert np.array_equal(
        paint_labels(LabelConfig(path="x", colors=PALETTE), TOY_CLASSES, GRID, path), INDICES
    )


def test_transparent_pixels_of_a_picture_are_unlabelled(tmp_path, image):
    pixels = np.concatenate(
        [RGB[INDICES].transpose(2, 0, 1), np.full((1, 100, 100), 255, dtype=np.uint8)]
    )
    pixels[3, :10] = 0
    path = write_image(tmp_path / "a.tif", GRID, pixels)
    with rasterio.open(path, "r+") as dataset:
        names = ("red", "green", "blue", "alpha")
        dataset.colorinterp = [rasterio.enums.ColorInterp[name] for name in names]
    codes = run(tmp_path, image, path, colors=PALETTE)
    assert (codes[:10] == TOY_CLASSES.nodata).all()
    assert np.array_equal(codes[10:], CODES[10:])


def test_masked_pixels_of_a_picture_are_unlabelled(tmp_path, image):
    valid = np.ones((100, 100), dtype=bool)
    valid[:10] = False
    pixels = RGB[INDICES].transpose(2, 0, 1)
    path = write_image(tmp_path / "a.tif", GRID, pixels, valid=valid)
    codes = run(tmp_path, image, path, colors=PALETTE)
    assert np.array_equal(codes, np.where(valid, CODES, TOY_CLASSES.nodata))


def test_lossy_colours_count_within_a_tolerance_and_are_said(tmp_path, image, caplog):
    pixels = RGB[INDICES].astype(int)
    pixels[:3, :5] = np.abs(pixels[:3, :5] - 20)
    path = write_image(tmp_path / "a.tif", GRID, pixels.astype(np.uint8).transpose(2, 0, 1))
    with pytest.raises(
        UserError,
        match=r"#ebebeb \(15 pixels\); 15 pixels are within 40.*label.color_tolerance to 40",
    ):
        run(tmp_path, image, path, colors=PALETTE)
    assert np.array_equal(run(tmp_path, image, path, colors=PALETTE, color_tolerance=30), CODES)
    assert (
        "15 pixels have the colour of a class only within label.color_tolerance of 30"
        in caplog.text
    )


def test_strange_colours_are_listed_or_unlabelled(tmp_path, image):
    pixels = RGB[INDICES]
    pixels[50] = (255, 0, 0)
    path = write_image(tmp_path / "a.tif", GRID, pixels.transpose(2, 0, 1))
    with pytest.raises(UserError, match=r"#ff0000 \(100 pixels\).*#0000ff wood"):
        run(tmp_path, image, path, colors=PALETTE)
    codes = run(tmp_path, image, path, colors=PALETTE, unlabelled=("#FF0000",))
    assert (codes[50] == TOY_CLASSES.nodata).all()


def test_a_colour_table_gives_the_colours_of_one_band(tmp_path, image):
    path = write_image(tmp_path / "a.tif", GRID, (INDICES[None] + 10).astype(np.uint8))
    with rasterio.open(path, "r+") as dataset:
        dataset.write_colormap(
            1, {10 + n: (*(int(each) for each in RGB[n]), 255) for n in range(3)}
        )
    assert np.array_equal(run(tmp_path, image, path, colors=PALETTE), CODES)


def as_virtual(path: Path, edit: Edit) -> Path:
    """The raster as a virtual one beside it, which can say what no GeoTIFF can."""
    virtual = path.with_suffix(".vrt")
    rasterio.shutil.copy(path, virtual, driver="VRT")
    text = virtual.read_text()
    assert edit(text) != text
    virtual.write_text(edit(text))
    return virtual


def test_a_transparent_entry_of_a_colour_table_has_no_class(tmp_path, image):
    path = write_image(tmp_path / "a.tif", GRID, (INDICES[None] + 10).astype(np.uint8))
    with rasterio.open(path, "r+") as dataset:
        table = {10 + n: (*(int(each) for each in RGB[n]), 255) for n in range(3)}
        dataset.write_colormap(1, table)
    white = 'c1="255" c2="255" c3="255" c4="255"'
    clear = white.replace('c4="255"', 'c4="0"')
    virtual = as_virtual(path, lambda text: text.replace(white, clear))
    codes = run(tmp_path, image, virtual, colors=PALETTE)
    assert np.array_equal(codes, np.where(INDICES == 0, TOY_CLASSES.nodata, CODES))


def test_a_nodata_colour_has_a_value_in_each_band(tmp_path, image):
    pixels = RGB[INDICES].transpose(2, 0, 1)
    path = write_image(tmp_path / "a.tif", GRID, pixels, nodata=7)

    def declare_blue(text: str) -> str:
        number = itertools.count()
        return re.sub(
            "<NoDataValue>7<", lambda _: f"<NoDataValue>{(0, 0, 255)[next(number)]}<", text
        )

    virtual = as_virtual(path, declare_blue)
    told = r"declares #0000ff as no data, and #0000ff is the class 'wood'"
    with pytest.raises(UserError, match=told):
        run(tmp_path, image, virtual, colors=PALETTE)


def test_a_picture_on_another_grid_keeps_its_colours(tmp_path, image):
    coarse = grid_at(40, 40, pixel=6.0, left=499_990.0, top=5_400_010.0)
    indices = np.add.outer(np.arange(40) // 5, np.arange(40) // 7) % 3
    path = write_image(tmp_path / "a.tif", coarse, RGB[indices].transpose(2, 0, 1))
    rows, columns = (np.mgrid[0:100, 0:100] * 2 + 1 + 10) // 6
    expected = np.array(TOY_CLASSES.codes)[indices[rows, columns]]
    assert np.array_equal(run(tmp_path, image, path, colors=PALETTE), expected)


def test_a_picture_without_named_colours_says_how_to_name_them(tmp_path, image):
    path = write_image(tmp_path / "a.tif", GRID, RGB[INDICES].transpose(2, 0, 1))
    with pytest.raises(UserError, match=r"label raster has several bands.*label.colors: legend"):
        run(tmp_path, image, path)
    single = write_image(tmp_path / "b.tif", GRID, CODES[None].astype(np.uint8))
    with pytest.raises(UserError, match=r"label raster has no colours.*remove label.colors"):
        run(tmp_path, image, single, colors=PALETTE)
    polygons = write_polygons(tmp_path / "c.gpkg", [FIELD], columns={"class": ["field"]})
    with pytest.raises(UserError, match=r"label\.colors is set, but the labels are polygons"):
        run(tmp_path, image, polygons, colors=PALETTE)


def test_a_nodata_colour_that_is_a_class_needs_a_word(tmp_path, image):
    palette = {"#000000": "field", "#0000ff": "wood", "#00ff00": "lake"}
    pixels = RGB[INDICES]
    pixels[INDICES == 0] = 0
    path = write_image(tmp_path / "a.tif", GRID, pixels.transpose(2, 0, 1), nodata=0)
    with pytest.raises(
        UserError, match=r"declares #000000 as no data, and #000000 is the class 'field'"
    ):
        run(tmp_path, image, path, colors=palette)
    assert np.array_equal(run(tmp_path, image, path, colors=palette, nodata="ignore"), CODES)
    codes = run(tmp_path, image, path, colors={"#0000ff": "wood", "#00ff00": "lake"})
    assert np.array_equal(codes, np.where(INDICES == 0, TOY_CLASSES.nodata, CODES))


def test_a_nodata_value_of_a_colour_table_that_is_a_class_needs_a_word(tmp_path, image):
    path = write_image(tmp_path / "a.tif", GRID, INDICES[None].astype(np.uint8), nodata=2)
    with rasterio.open(path, "r+") as dataset:
        dataset.write_colormap(1, {n: (*(int(each) for each in RGB[n]), 255) for n in range(3)})
    with pytest.raises(
        UserError, match=r"declares #00ff00 as no data, and #00ff00 is the class 'lake'"
    ):
        run(tmp_path, image, path, colors=PALETTE)
    assert np.array_equal(run(tmp_path, image, path, colors=PALETTE, nodata="ignore"), CODES)
