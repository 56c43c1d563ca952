"""Pictures without a place: read as they are, by an explicit setting only."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from PIL import Image

from rs_seg.errors import UserError, UserErrors
from rs_seg.io.raw.georeference import Placing
from rs_seg.io.raw.label_raster import RasterReading
from rs_seg.io.raw.labels import LabelReading, open_label_raster, read_label_polygons
from rs_seg.io.raw.overview import place_overview, shrink_grid
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.io.raw.source_facts import describe_header, find_header_warnings, find_strays
from rs_seg.testing import grid_at, picture_grid, write_image
from rs_seg.values import Window
from rs_seg.values.grid import equal
from rs_seg.values.pictures import picture_crs

RULES = SourceRules(placing=Placing(picture=picture_crs("photo")))


def write_picture(path: Path, height: int = 20, width: int = 30, band_count: int = 3) -> np.ndarray:
    values = np.arange(height * width * band_count, dtype=np.uint8).reshape(
        height, width, band_count
    )
    Image.fromarray(values.squeeze()).save(path)
    return np.moveaxis(values, -1, 0)


@pytest.mark.parametrize("name", ["p.png", "p.tif", "p.bmp"])
def test_a_picture_is_read_on_the_grid_of_its_pixels(tmp_path: Path, name: str) -> None:
    pixels = write_picture(tmp_path / name)
    with SourceRaster(tmp_path / name, bands=3, rules=RULES) as raster:
        grid = propose_grid(raster)
        assert equal(grid, picture_grid(20, 30))
        assert (grid.affine * (0, 0), grid.affine * (30, 20)) == ((0, 0), (30, -20))
        read, valid = raster.read(Window(0, 0, 20, 30))
        described = describe_header(raster)
        assert find_header_warnings(raster) == []
        small = shrink_grid(grid, 15)
        shown, _ = place_overview(raster, read, valid, small)
    np.testing.assert_array_equal(read, pixels)
    np.testing.assert_array_equal(shown, pixels[:, 1::2, 1::2])
    assert (described["crs"], described["placed_by"]) == ("pixels", "nothing")


def test_without_the_setting_the_error_names_it(tmp_path: Path) -> None:
    write_picture(tmp_path / "p.png")
    with pytest.raises(UserErrors) as raised:
        SourceRaster(tmp_path / "p.png", bands=3)
    assert "raster has no georeference" in str(raised.value)
    assert "align.ungeoreferenced: pixels" in str(raised.value)


def test_a_raster_with_a_place_is_refused_among_pictures(tmp_path: Path) -> None:
    path = write_image(tmp_path / "i.tif", grid_at(20, 30), np.ones((3, 20, 30), np.uint8))
    with pytest.raises(UserErrors, match="raster has a place, but the run is of pictures"):
        SourceRaster(path, bands=3, rules=RULES)


def test_sources_of_a_picture_have_one_size(tmp_path: Path) -> None:
    write_picture(tmp_path / "p.png")
    write_picture(tmp_path / "q.png", height=21)
    with (
        SourceRaster(tmp_path / "p.png", bands=3, rules=RULES) as first,
        SourceRaster(tmp_path / "q.png", bands=3, rules=RULES) as second,
    ):
        grid = propose_grid(first)
        assert find_strays([first], grid, reference=first) == []
        (fault,) = find_strays([first, second], grid, reference=first)
    assert "21 x 30 pixels" in str(fault)
    assert "expected: 20 x 30 pixels" in str(fault).lower()


def test_labels_are_a_raster_of_the_same_size_also_where_the_grid_is_thinned(
    tmp_path: Path,
) -> None:
    codes = write_picture(tmp_path / "l.png", band_count=1)
    grid = picture_grid(20, 30)
    with open_label_raster(tmp_path / "l.png", RasterReading(), grid) as warped:
        read, _ = warped.read(Window(0, 0, 20, 30))
    np.testing.assert_array_equal(read, codes)
    small = shrink_grid(grid, 15)
    with open_label_raster(tmp_path / "l.png", RasterReading(), small) as warped:
        read, _ = warped.read(Window(0, 0, 10, 15))
    assert np.isin(read, codes).all()
    assert read.any()
    with (
        pytest.raises(UserError, match="have different sizes"),
        open_label_raster(tmp_path / "l.png", RasterReading(), picture_grid(20, 31)),
    ):
        pass


@pytest.mark.parametrize("name", ["l.gpkg", "l.geojson", "l.shp"])
def test_polygons_without_a_crs_are_in_pixels(tmp_path: Path, name: str) -> None:
    drawn = geopandas.GeoDataFrame({"class": ["field"]}, geometry=[shapely.box(2, -9, 5, -3)])
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        drawn.to_file(tmp_path / name)
    labels = read_label_polygons(
        tmp_path / name, LabelReading(column="class"), picture_grid(20, 30)
    )
    assert shapely.equals(labels.geometries[0], shapely.box(2, -9, 5, -3))
    assert labels.stray is None
    assert not labels.reprojected


def test_polygons_on_a_map_are_no_labels_of_a_picture(tmp_path: Path) -> None:
    drawn = geopandas.GeoDataFrame(
        {"class": ["field"]}, geometry=[shapely.box(2, -9, 5, -3)], crs="EPSG:32632"
    )
    drawn.to_file(tmp_path / "l.gpkg")
    with pytest.raises(UserErrors, match="labels have a CRS, but their picture has no place"):
        read_label_polygons(tmp_path / "l.gpkg", LabelReading(column="class"), picture_grid(20, 30))


def test_points_become_circles_of_a_radius_in_pixels(tmp_path: Path) -> None:
    drawn = geopandas.GeoDataFrame({"class": ["tree"]}, geometry=[shapely.Point(15, -10)])
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        drawn.to_file(tmp_path / "l.gpkg")
    reading = LabelReading(column="class", radius=4)
    labels = read_label_polygons(tmp_path / "l.gpkg", reading, picture_grid(20, 30))
    assert shapely.area(labels.geometries[0]) == pytest.approx(np.pi * 16)


def test_a_picture_that_a_camera_stored_turned_is_told(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    for name, exif in (("turned.jpg", turned), ("upright.jpg", Image.Exif())):
        Image.new("RGB", (40, 30)).save(tmp_path / name, exif=exif)
        with SourceRaster(tmp_path / name, bands=3, rules=RULES) as raster:
            warnings = find_header_warnings(raster)
        assert len(warnings) == (name == "turned.jpg")
        assert all("EXIF orientation" in warning for warning in warnings)
