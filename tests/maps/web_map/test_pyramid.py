"""Tiles of rasters at all zooms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from numpy.typing import NDArray
from PIL import Image

from rs_seg.io.raster import create_raster
from rs_seg.maps.web_map.painters import paint_classes, paint_confidence, paint_imagery
from rs_seg.maps.web_map.plane import plan_plane
from rs_seg.maps.web_map.pyramid import count_pixels, write_pyramid
from rs_seg.values import Legend
from rs_seg.values.grid import Grid
from rs_seg.values.legend import LegendClass
from rs_seg.values.tile_plane import TILE

LEGEND = Legend(
    (
        LegendClass(code=3, name="field", color="#00ff00"),
        LegendClass(code=200, name="wood", color="#004400"),
    )
)
HEIGHT, WIDTH = 700, 1300
GRID = Grid((HEIGHT, WIDTH), Affine(0.5, 0, 600_000, 0, -0.5, 5_300_000), "EPSG:32632")


def draw_classes() -> NDArray[np.uint8]:
    """Fields and woods in squares of 40 pixels; nothing in the last 560 columns."""
    rows, columns = np.indices((HEIGHT, WIDTH)) // 40
    codes = np.where((rows + columns) % 2, 3, 200).astype(np.uint8)
    codes[:, WIDTH - 560 :] = 255
    return codes


def write_classes(path: Path, codes: NDArray[np.uint8], grid: Grid = GRID) -> Path:
    with create_raster(path, grid, dtype="uint8", bands=["class"], nodata=255) as dataset:
        dataset.write(codes, 1)
    return path


def read_tiles(folder: Path, zoom: int) -> NDArray[np.uint8]:
    """All tiles of a zoom as one picture (H, W, 4), from the first one on."""
    places = {
        tuple(int(part) for part in path.stem.split("_")): path
        for path in (folder / str(zoom)).iterdir()
    }
    rows, columns = (max(place[axis] for place in places) + 1 for axis in (0, 1))
    picture = np.zeros((rows * TILE, columns * TILE, 4), dtype=np.uint8)
    for (row, column), path in places.items():
        with Image.open(path) as image:
            part = np.asarray(image.convert("RGBA"))
        picture[row * TILE :, column * TILE :][:TILE, :TILE] = part
    return picture


@pytest.fixture
def advanced() -> list[float]:
    return []


def test_classes_keep_every_pixel_and_colour(tmp_path: Path, advanced: list[float]) -> None:
    codes = draw_classes()
    path = write_classes(tmp_path / "classes.tif", codes)
    plane, places = plan_plane({"a": GRID})
    with paint_classes(path, plane, places["a"], LEGEND) as painter:
        blanks = write_pyramid(places["a"], painter, tmp_path / "out", advance=advanced.append)
    picture = read_tiles(tmp_path / "out", places["a"].zoom)[:HEIGHT, :WIDTH]
    expected = np.zeros((HEIGHT, picture.shape[1], 4), dtype=np.uint8)
    for known in LEGEND:
        expected[codes[:, : expected.shape[1]] == known.code] = (*known.rgb, 255)
    np.testing.assert_array_equal(picture, expected)
    assert sum(advanced) == count_pixels(places["a"]) == 6 * TILE * TILE
    # the third column of tiles shows nothing: two blank tiles, told as the one that holds both
    assert blanks == [f"{places['a'].zoom - 1}/0_1"]
    assert not list((tmp_path / "out" / str(places["a"].zoom)).glob("*_2.png"))


def test_each_zoom_shows_the_whole_scene_at_half_the_size(
    tmp_path: Path, advanced: list[float]
) -> None:
    path = write_classes(tmp_path / "classes.tif", draw_classes())
    plane, places = plan_plane({"a": GRID})
    place = places["a"]
    with paint_classes(path, plane, place, LEGEND) as painter:
        write_pyramid(place, painter, tmp_path / "out", advance=advanced.append)
    zooms = sorted(int(folder.name) for folder in (tmp_path / "out").iterdir())
    assert zooms == list(range(place.coarsest, place.zoom + 1))
    shares = []
    for zoom in zooms:
        picture = read_tiles(tmp_path / "out", zoom)
        factor = 4 ** (place.zoom - zoom)
        shares.append(
            [(picture[..., 3] > 0).sum() * factor, (picture[..., 1] == 255).sum() * factor]
        )
    np.testing.assert_allclose(shares, np.broadcast_to(shares[-1], np.shape(shares)), rtol=0.02)


def test_imagery_is_stretched_and_transparent_without_data(
    tmp_path: Path, advanced: list[float]
) -> None:
    grid = Grid((300, 300), GRID.affine, "EPSG:32632")
    pixels = np.zeros((3, 300, 300), dtype=np.uint16)
    pixels[0] = np.linspace(1000, 3000, 300)
    pixels[1], pixels[2] = 500, 700
    pixels[1, :150] = 900
    with create_raster(
        tmp_path / "image.tif", grid, dtype="uint16", bands=["red", "green", "blue"]
    ) as dataset:
        dataset.write(pixels)
        valid = np.ones((300, 300), dtype=bool)
        valid[:, :20] = False
        dataset.write_mask(valid)
    plane, places = plan_plane({"a": grid})
    with paint_imagery(tmp_path / "image.tif", plane, places["a"]) as painter:
        write_pyramid(places["a"], painter, tmp_path / "out", advance=advanced.append)
    picture = read_tiles(tmp_path / "out", places["a"].zoom)[:300, :300]
    assert (picture[:, :20, 3] == 0).all()
    assert (picture[:, 20:, 3] == 255).all()
    red = picture[100, 30:290, 0].astype(int)
    assert red[0] < 25
    assert red[-1] > 230
    assert np.diff(red).min() >= -12, "it rises to the east, but for what WebP loses"


def test_confidence_has_the_colours_of_the_ramp(tmp_path: Path, advanced: list[float]) -> None:
    grid = Grid((200, 200), GRID.affine, "EPSG:32632")
    with create_raster(
        tmp_path / "confidence.tif", grid, dtype="uint8", bands=["confidence"], nodata=255
    ) as dataset:
        shares = np.full((200, 200), 254, dtype=np.uint8)
        shares[:, :100] = 0
        shares[:50] = 255
        dataset.write(shares, 1)
    plane, places = plan_plane({"a": grid})
    with paint_confidence(tmp_path / "confidence.tif", plane, places["a"]) as painter:
        write_pyramid(places["a"], painter, tmp_path / "out", advance=advanced.append)
    picture = read_tiles(tmp_path / "out", places["a"].zoom).astype(int)
    assert (picture[:50, :, 3] == 0).all()
    assert np.abs(picture[120, 50, :3] - [68, 1, 84]).max() < 25
    assert np.abs(picture[120, 150, :3] - [253, 231, 37]).max() < 25


def test_another_crs_is_drawn_where_it_lies(tmp_path: Path, advanced: list[float]) -> None:
    codes = np.full((HEIGHT, WIDTH), 3, dtype=np.uint8)
    path = write_classes(tmp_path / "classes.tif", codes)
    other = Grid((100, 100), Affine(0.5, 0, 500_000, 0, -0.5, 5_300_000), "EPSG:32633")
    plane, places = plan_plane({"a": GRID, "b": other})
    with paint_classes(path, plane, places["a"], LEGEND) as painter:
        write_pyramid(places["a"], painter, tmp_path / "out", advance=advanced.append)
    shown = 0
    for tile in (tmp_path / "out" / str(places["a"].zoom)).iterdir():
        with Image.open(tile) as image:
            shown += int((np.asarray(image.convert("RGBA"))[..., 3] > 0).sum())
    area = GRID.extent.to_crs("EPSG:3857").geom.area
    assert shown * plane.pixel_at(places["a"].zoom) ** 2 == pytest.approx(area, rel=0.01)


def test_the_class_that_is_not_filled_lets_the_imagery_through(
    tmp_path: Path, advanced: list[float]
) -> None:
    codes = draw_classes()
    path = write_classes(tmp_path / "classes.tif", codes)
    plane, places = plan_plane({"a": GRID})
    unfilled, *others = LEGEND
    with paint_classes(path, plane, places["a"], LEGEND, unfilled=unfilled.name) as painter:
        write_pyramid(places["a"], painter, tmp_path / "out", advance=advanced.append)
    picture = read_tiles(tmp_path / "out", places["a"].zoom)[:HEIGHT, :WIDTH]
    own = codes[:, : picture.shape[1]]
    assert np.all(picture[own == unfilled.code][:, 3] == 0)
    for known in others:
        assert np.all(picture[own == known.code] == (*known.rgb, 255))


def test_more_than_256_colours_are_drawn_too(tmp_path: Path, advanced: list[float]) -> None:
    legend = Legend(
        tuple(
            LegendClass(code=code, name=f"class {code}", color=f"#{code:06x}")
            for code in range(1, 301)
        )
    )
    grid = Grid((30, 300), GRID.affine, "EPSG:32632")
    path = tmp_path / "classes.tif"
    with create_raster(path, grid, dtype="uint16", bands=["class"], nodata=65535) as dataset:
        dataset.write(np.broadcast_to(np.arange(1, 301, dtype=np.uint16), (30, 300)), 1)
    plane, places = plan_plane({"a": grid})
    with paint_classes(path, plane, places["a"], legend) as painter:
        write_pyramid(places["a"], painter, tmp_path / "out", advance=advanced.append)
    picture = read_tiles(tmp_path / "out", places["a"].zoom)
    assert picture[5, 299].tolist() == [0, 1, 44, 255]


def test_tiles_of_equal_rasters_are_equal(tmp_path: Path, advanced: list[float]) -> None:
    path = write_classes(tmp_path / "classes.tif", draw_classes())
    plane, places = plan_plane({"a": GRID})
    contents = []
    for name in ("one", "two"):
        with paint_classes(path, plane, places["a"], LEGEND) as painter:
            write_pyramid(places["a"], painter, tmp_path / name, advance=advanced.append)
        tiles = sorted((tmp_path / name).rglob("*.png"))
        contents.append([tile.read_bytes() for tile in tiles])
    assert contents[0] == contents[1]
