"""Sources on a grid: the right place, the same pixels by any windows, no mixing with nodata."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.warp import transform

from rs_seg.io.raw import warp
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.io.raw.validity import ValidityRule
from rs_seg.io.raw.warp import WarpedSource
from rs_seg.testing import coordinate_image, grid_at, rotated_grid, write_image
from rs_seg.values import Window, partition
from rs_seg.values.grid import Grid, equal, whole

SOURCE_PIXEL = 2.0
ROUNDING = 1e-7


def warped_whole(path, grid, *, bands=2, resampling=None, **options):
    with SourceRaster(
        path, bands=bands, rules=SourceRules(validity=ValidityRule(**options))
    ) as raster:
        return WarpedSource(raster, grid, resampling=resampling).read(whole(grid))


@pytest.fixture(scope="module")
def rotated_coordinates(tmp_path_factory):
    grid = rotated_grid(160, 120)
    path = tmp_path_factory.mktemp("warp") / "rotated.tif"
    return write_image(path, grid, coordinate_image(grid))


@pytest.mark.parametrize(
    ("resolution", "resampling"), [(None, None), (1.0, None), (3.0, "bilinear"), (5.0, "bilinear")]
)
def test_a_rotated_raster_lands_where_its_pixels_say(rotated_coordinates, resolution, resampling):
    change, grid = misplacement(rotated_coordinates, resolution, resampling)
    assert grid.affine.b == grid.affine.d == 0
    assert np.abs(change).max() < 0.05 * SOURCE_PIXEL


@pytest.mark.parametrize("resolution", [3.0, 5.0, 9.0])
def test_averages_of_a_rotated_raster_are_not_shifted(rotated_coordinates, resolution):
    change, _ = misplacement(rotated_coordinates, resolution, "average")
    assert np.abs(change.mean(axis=1)).max() < 0.001 * SOURCE_PIXEL
    assert np.abs(change).max() < 0.3 * SOURCE_PIXEL, (
        "GDAL averages over the bounding box of a turned pixel"
    )


def misplacement(path, resolution, resampling):
    """Easting and northing (2, N) that pixels claim, less where they lie; away from the border."""
    with SourceRaster(path, bands=2) as raster:
        grid = propose_grid(raster, resolution=resolution)
        pixels, valid = WarpedSource(raster, grid, resampling=resampling).read(whole(grid))
    assert 0.4 < valid.mean() < 0.6
    return (pixels - coordinate_image(grid))[:, erode(valid, 3)], grid


def erode(mask, steps):
    for _ in range(steps):
        inner = np.zeros_like(mask)
        inner[1:-1, 1:-1] = (
            mask[1:-1, 1:-1] & mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]
        )
        mask = inner
    return mask


def test_another_crs_places_pixels_to_a_fraction_of_a_pixel(tmp_path):
    source_grid = grid_at(200, 180, pixel=3.0)
    path = write_image(tmp_path / "a.tif", source_grid, coordinate_image(source_grid))
    with SourceRaster(path, bands=2) as raster:
        grid = propose_grid(raster, crs="EPSG:3857")
        pixels, valid = WarpedSource(raster, grid, resampling="bilinear").read(whole(grid))
    x, y = coordinate_image(grid)
    east, north = transform(CRS.from_epsg(3857), CRS.from_epsg(32632), x.ravel(), y.ravel())
    inner = erode(valid, 3)
    assert np.abs(pixels[0] - np.reshape(east, x.shape))[inner].max() < 0.01 * 3.0
    assert np.abs(pixels[1] - np.reshape(north, x.shape))[inner].max() < 0.01 * 3.0


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    size=st.integers(17, 90),
    resampling=st.sampled_from(["nearest", "bilinear", "cubic", "average"]),
)
def test_windows_of_any_size_give_the_same_pixels(rotated_coordinates, size, resampling):
    with SourceRaster(rotated_coordinates, bands=2) as raster:
        grid = propose_grid(raster, crs="EPSG:25833", resolution=4.3)
        warped = WarpedSource(raster, grid, resampling=resampling)
        pixels, valid = warped.read(whole(grid))
        for window in partition(grid.height, grid.width, size=size):
            part, held = warped.read(window)
            assert np.abs(part - pixels[(slice(None), *window.slices)]).max() < ROUNDING
            assert np.array_equal(held, valid[window.slices])


def test_large_reads_are_halved_without_a_trace(rotated_coordinates, monkeypatch):
    with SourceRaster(rotated_coordinates, bands=2) as raster:
        grid = propose_grid(raster, resolution=7.0)
        warped = WarpedSource(raster, grid, resampling=None)
        once = warped.read(whole(grid))
        monkeypatch.setattr(warp, "LARGEST_READ", 3000)
        parts = warped.read(whole(grid))
    assert np.abs(once[0] - parts[0]).max() < ROUNDING
    assert np.array_equal(once[1], parts[1])


@pytest.mark.parametrize("resampling", ["nearest", "bilinear", "cubic", "lanczos", "average"])
@pytest.mark.parametrize("pixel", [1.3, 2.0, 5.0])
def test_valid_pixels_are_never_mixed_with_nodata(tmp_path, resampling, pixel):
    values = np.full((2, 60, 60), 100, dtype=np.uint8)
    values[:, 20:37, 11:30] = 255
    values[0, 50, 50] = 255
    path = write_image(tmp_path / "a.tif", grid_at(60, 60), values, nodata=255)
    pixels, valid = warped_whole(
        path, grid_at(40, 40, pixel=pixel, left=500_003.1, top=5_399_997.3), resampling=resampling
    )
    assert valid.any()
    assert not valid.all()
    assert set(np.unique(pixels[:, valid])) == {100}
    assert set(np.unique(pixels[:, ~valid])) <= {0}


@pytest.mark.parametrize(
    ("shift", "holds_data"), [(0.25, True), (0.29, True), (0.3, False), (0.4, False)]
)
def test_a_pixel_is_valid_from_half_of_its_weight_on(tmp_path, shift, holds_data):
    values = np.full((1, 30, 30), 9, dtype=np.uint8)
    values[:, 10:] = values[:, :, 10:] = 0
    path = write_image(tmp_path / "a.tif", grid_at(30, 30), values, nodata=0)
    shifted = grid_at(25, 25, left=500_000 + 2 * shift, top=5_400_000 - 2 * shift)
    _, valid = warped_whole(path, shifted, bands=1, resampling="bilinear")
    # of the four pixels around the centre only (9, 9) holds data, the nearest, with a weight of (1
    # - shift)^2
    assert valid[9, 9] == holds_data
    assert valid[:9, :9].all()
    assert not valid[10:].any()
    assert not valid[:, 10:].any()


def test_nan_pixels_do_not_spread(tmp_path):
    values = np.full((1, 40, 40), 3.5, dtype=np.float32)
    values[0, 10, 10] = np.nan
    path = write_image(tmp_path / "a.tif", grid_at(40, 40), values)
    pixels, valid = warped_whole(path, grid_at(20, 20, pixel=4.0), bands=1)
    assert np.all(pixels[0, valid] == 3.5)
    assert valid.all(), "three of the four source pixels are valid"


def test_average_is_the_mean_of_what_a_pixel_covers(tmp_path):
    values = np.random.default_rng(0).integers(0, 1000, (1, 40, 40)).astype(np.float32)
    path = write_image(tmp_path / "a.tif", grid_at(40, 40), values)
    pixels, _ = warped_whole(path, grid_at(10, 10, pixel=8.0), bands=1)
    assert np.allclose(pixels[0], values[0].reshape(10, 4, 10, 4).mean(axis=(1, 3)), atol=1e-3)


def test_a_source_on_the_grid_is_passed_through_unchanged(tmp_path):
    values = np.random.default_rng(0).integers(1, 60_000, (3, 50, 70)).astype(np.uint16)
    path = write_image(tmp_path / "a.tif", grid_at(50, 70), values)
    with SourceRaster(path, bands=3) as raster:
        warped = WarpedSource(raster, propose_grid(raster), resampling="cubic")
        assert warped.passed_through
        assert np.array_equal(warped.read(Window(0, 0, 50, 70))[0], values)


def test_a_south_up_raster_is_flipped_exactly(tmp_path):
    values = np.random.default_rng(0).integers(0, 255, (1, 30, 20)).astype(np.uint8)
    grid = Grid((30, 20), Affine(2, 0, 500_000, 0, 2, 5_400_000), "EPSG:32632")
    path = write_image(tmp_path / "a.tif", grid, values)
    with SourceRaster(path, bands=1) as raster:
        north_up = propose_grid(raster)
        pixels, valid = WarpedSource(raster, north_up, resampling=None).read(whole(north_up))
    assert valid.all()
    assert np.array_equal(pixels[0], values[0, ::-1])


def test_ground_control_points_place_a_raster(tmp_path):
    path = tmp_path / "a.tif"
    turned = rotated_grid(64, 64)
    corners = [(0, 0), (64, 0), (0, 64), (64, 64)]
    gcps = [
        GroundControlPoint(row, column, *(turned.affine * (column, row))) for column, row in corners
    ]
    profile = {
        "height": 64,
        "width": 64,
        "count": 2,
        "dtype": "float64",
        "crs": "EPSG:32632",
        "gcps": gcps,
    }
    with rasterio.open(path, "w", driver="GTiff", **profile) as dataset:
        dataset.write(coordinate_image(turned))
    with SourceRaster(path, bands=2) as raster:
        grid = propose_grid(raster)
        pixels, valid = WarpedSource(raster, grid, resampling="bilinear").read(whole(grid))
    assert np.abs(pixels - coordinate_image(grid))[:, erode(valid, 2)].max() < 0.1


def test_stated_resolutions_put_pixel_edges_on_multiples(tmp_path):
    path = write_image(
        tmp_path / "a.tif",
        grid_at(50, 70, pixel=3.1, left=500_001.7),
        np.ones((1, 50, 70), dtype=np.uint8),
    )
    with SourceRaster(path, bands=1) as raster:
        grid = propose_grid(raster, resolution=10.0)
    assert grid.affine.c % 10 == grid.affine.f % 10 == 0
    assert grid.affine.c <= 500_001.7
    assert grid.affine.c + grid.width * 10 >= 500_001.7 + 70 * 3.1


def test_rounded_bounds_do_not_add_a_pixel(tmp_path):
    path = write_image(
        tmp_path / "a.tif",
        grid_at(512, 512, pixel=2.0000001),
        np.ones((1, 512, 512), dtype=np.uint8),
    )
    with SourceRaster(path, bands=1) as raster:
        assert propose_grid(raster, resolution=2.0).shape == (512, 512)


def test_non_square_pixels_are_kept(tmp_path):
    grid = Grid((20, 30), Affine(8.985e-05, 0, 10, 0, -7.391e-05, 47), "EPSG:4326")
    path = write_image(tmp_path / "a.tif", grid, np.ones((1, 20, 30), dtype=np.uint8))
    with SourceRaster(path, bands=1) as raster:
        assert equal(propose_grid(raster), grid)


def test_a_source_elsewhere_does_not_overlap(tmp_path):
    path = write_image(tmp_path / "a.tif", grid_at(20, 20), np.ones((1, 20, 20), dtype=np.uint8))
    with SourceRaster(path, bands=1) as raster:
        far = WarpedSource(raster, grid_at(20, 20, left=600_000.0), resampling=None)
        assert not far.overlaps
        assert not far.read(Window(0, 0, 20, 20))[1].any()


@pytest.mark.parametrize(
    ("pixel", "resampling"),
    [(2.0, "bilinear"), (2.9, "bilinear"), (3.1, "average"), (9.0, "average")],
)
def test_finer_pixels_are_averaged_from_one_and_a_half_on(tmp_path, pixel, resampling):
    path = write_image(tmp_path / "a.tif", grid_at(40, 40), np.ones((1, 40, 40), dtype=np.uint8))
    with SourceRaster(path, bands=1) as raster:
        assert (
            WarpedSource(
                raster, grid_at(9, 9, pixel=pixel, left=500_001.0), resampling=None
            ).resampling
            == resampling
        )


@pytest.mark.parametrize(("shift", "expected"), [(0.3, 0), (0.7, 1)])
def test_values_of_whole_numbers_are_rounded(tmp_path, shift, expected):
    ramp = np.broadcast_to(np.arange(40, dtype=np.int16) - 20, (1, 40, 40))
    path = write_image(tmp_path / "a.tif", grid_at(40, 40), ramp)
    pixels, _ = warped_whole(
        path, grid_at(40, 30, left=500_000 + 2 * shift), bands=1, resampling="bilinear"
    )
    assert np.array_equal(pixels[0, 20, 1:29], np.arange(1, 29) - 20 + expected)


def test_pixels_without_data_are_zero_also_where_a_source_is_passed_through(tmp_path):
    values = np.full((1, 20, 20), 7, dtype=np.uint8)
    values[0, 3, 4] = 255
    path = write_image(tmp_path / "a.tif", grid_at(20, 20), values, nodata=255)
    pixels, valid = warped_whole(path, grid_at(20, 20), bands=1)
    assert (pixels[0, 3, 4], valid[3, 4], valid.sum()) == (0, False, 399)


@pytest.mark.parametrize("by_points", [False, True])
@pytest.mark.parametrize("flat", [False, True])
def test_the_kernel_is_as_wide_along_each_axis_as_a_pixel_of_the_grid(tmp_path, by_points, flat):
    values = np.random.default_rng(0).random((1, 60, 60)).astype(np.float32)
    down, across = (3, 1) if flat else (1, 3)  # source pixels per pixel of the grid
    path = tmp_path / "a.tif"
    profile = {
        "driver": "GTiff",
        "height": 60,
        "width": 60,
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:32632",
    }
    own = Affine(30 / across, 0, 500_000, 0, -30 / down, 5_400_000)
    points = [
        GroundControlPoint(row, column, *(own * (column, row)))
        for row in (0, 60)
        for column in (0, 60)
    ]
    place = {"gcps": points} if by_points else {"transform": own}
    with rasterio.open(path, "w", **profile, **place) as dataset:
        dataset.write(values)
    grid = grid_at(60 // down, 60 // across, pixel=30.0)
    pixels, _ = warped_whole(path, grid, bands=1, resampling="bilinear")
    # a triangle over two pixels of the grid, whose centres are those of every third source pixel
    triangle = np.array([1, 2, 3, 2, 1]) / 9
    narrowed = np.apply_along_axis(
        lambda line: np.convolve(line, triangle, "same")[1::3], 0 if flat else 1, values[0]
    )
    assert np.abs(pixels[0] - narrowed)[2:-2, 2:-2].max() < 0.02
