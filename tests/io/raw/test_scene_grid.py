"""The grid of a scene lies on Earth, in one piece, and its pixels fit those of the scene."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine

from rs_seg.errors import UserError
from rs_seg.io.raw.place_warnings import find_grid_warnings, find_place_warnings
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.source import SourceRaster
from rs_seg.testing import write_image
from rs_seg.values.grid import Grid, ground_pixel_size

UTM32 = ("EPSG:32632", Affine(10, 0, 600_000, 0, -10, 5_400_000))
UTM60_ACROSS_180 = ("EPSG:32660", Affine(1000, 0, 700_000, 0, -1000, 5_400_000))
ARCTIC = ("EPSG:3995", Affine(100_000, 0, -2_500_000, 0, -100_000, 2_500_000))
WORLD = ("EPSG:4326", Affine(7.2, 0, -180, 0, -3.6, 90))
POLES_AT_CENTRES = ("EPSG:4326", Affine(3.75, 0, -180 - 1.875, 0, -180 / 49, 90 + 90 / 49))


def source(path, place, side=50):
    crs, transform = place
    return SourceRaster(
        write_image(path, Grid((side, side), transform, crs), np.ones((1, side, side))), bands=1
    )


@pytest.mark.parametrize("place", [UTM32, UTM60_ACROSS_180, ARCTIC, WORLD, POLES_AT_CENTRES])
def test_a_raster_is_its_own_grid_wherever_it_lies(tmp_path, place):
    with source(tmp_path / "a.tif", place) as raster:
        grid = propose_grid(raster)
        assert grid.affine == place[1]
        assert find_place_warnings(raster) == []


def test_metres_in_a_crs_of_degrees_are_a_fault(tmp_path):
    with (
        source(tmp_path / "a.tif", ("EPSG:4326", UTM32[1])) as raster,
        pytest.raises(
            UserError, match=r"does not lie on Earth.*x 600000 to 600500.*EPSG:4326.*override_crs"
        ),
    ):
        propose_grid(raster)


def test_degrees_in_a_crs_of_metres_are_told(tmp_path):
    with source(tmp_path / "a.tif", ("EPSG:32632", Affine(0.25, 0, 7, 0, -0.25, 50))) as raster:
        assert "look like degrees" in find_place_warnings(raster)[0]


def test_pixels_below_a_millimetre_are_a_fault(tmp_path):
    with (
        source(tmp_path / "a.tif", ("EPSG:32632", Affine(1e-4, 0, 7, 0, -1e-4, 50))) as raster,
        pytest.raises(UserError, match=r"pixels of 9.98\d+e-05 m on the ground"),
    ):
        propose_grid(raster)


@pytest.mark.parametrize(
    ("crs", "resolution", "said"),
    [
        ("EPSG:4326", 10, r"10 \(degree in EPSG:4326.*about 0\.00011"),
        ("EPSG:4326", 1e-9, "degree"),
        (None, 1e-5, r"1e-05 \(metre in EPSG:32632.*1e-06 times the pixel"),
        (None, 501, "the scene is 500 by 500 metre"),
        (None, 20_000, "2e"),
    ],
)
def test_a_resolution_that_does_not_fit_the_scene_is_a_fault(tmp_path, crs, resolution, said):
    with source(tmp_path / "a.tif", UTM32) as raster, pytest.raises(UserError, match=said):
        propose_grid(raster, crs=crs, resolution=resolution)


@pytest.mark.parametrize(("resolution", "side"), [(2.5, 200), (30, 17), (250, 2)])
def test_other_resolutions_are_taken(tmp_path, resolution, side):
    with source(tmp_path / "a.tif", UTM32) as raster:
        grid = propose_grid(raster, resolution=resolution)
    assert max(grid.height, grid.width) == side
    assert ground_pixel_size(grid) == pytest.approx(resolution, rel=2e-3)


@pytest.mark.parametrize("place", [UTM60_ACROSS_180, ARCTIC])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857"])
def test_a_scene_that_would_fall_apart_is_refused(tmp_path, place, crs):
    with (
        source(tmp_path / "a.tif", place) as raster,
        pytest.raises(UserError, match=f"falls apart.*{place[0]}"),
    ):
        propose_grid(raster, crs=crs)


def test_a_scene_beside_the_antimeridian_is_one_piece(tmp_path):
    west = ("EPSG:32660", Affine(1000, 0, 500_000, 0, -1000, 5_400_000))
    with source(tmp_path / "a.tif", west) as raster:
        grid = propose_grid(raster, crs="EPSG:4326")
    assert 60 < grid.width < 90
    assert 176.9 < grid.extent.boundingbox.left < grid.extent.boundingbox.right < 178


def test_an_unknown_crs_of_the_grid_names_the_setting(tmp_path):
    with (
        source(tmp_path / "a.tif", UTM32) as raster,
        pytest.raises(UserError, match=r"align.crs: unknown CRS.*did you mean 'EPSG:32632'"),
    ):
        propose_grid(raster, crs="ESPG:32632")


def test_a_grid_far_outside_its_crs_is_told(tmp_path):
    with source(tmp_path / "a.tif", UTM32) as raster:
        assert (
            "164 degrees outside" in find_grid_warnings(propose_grid(raster, crs="EPSG:32660"))[0]
        )
        assert find_grid_warnings(propose_grid(raster, crs="EPSG:32633")) == []


@pytest.mark.parametrize(("crs", "top"), [("EPSG:32632", -2_000_000), ("EPSG:32732", 8_000_000)])
def test_landsat_south_of_the_equator_is_nothing_to_tell(tmp_path, crs, top):
    with source(tmp_path / "a.tif", (crs, Affine(30, 0, 500_000, 0, -30, top))) as raster:
        assert find_place_warnings(raster) == []


def test_a_latitude_beyond_the_pole_is_a_fault(tmp_path):
    with (
        source(tmp_path / "a.tif", ("EPSG:4326", Affine(0.01, 0, 7, 0, -0.01, 120))) as raster,
        pytest.raises(UserError, match=r"y 119\.5 to 120"),
    ):
        propose_grid(raster)
