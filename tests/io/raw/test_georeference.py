"""Where raw rasters lie: what the file declares, what is stated, and ground control points."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint

from rs_seg.errors import UserError
from rs_seg.io.raw.georeference import Placing
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.io.raw.warp import WarpedSource
from rs_seg.values.grid import whole

PLACE = Affine(10, 0, 600_000, 0, -10, 5_400_000)


def write(path, *, crs="EPSG:32632", transform=PLACE, gcps=(), side=40):
    profile = {"height": side, "width": side, "count": 1, "dtype": "float32"}
    placed = {"gcps": list(gcps)} if gcps else {"transform": transform}
    with rasterio.open(path, "w", driver="GTiff", crs=crs, **placed, **profile) as dataset:
        dataset.write(np.mgrid[0:side, 0:side][1:].astype(np.float32))
    return path


def open_placed(path, **placing):
    return SourceRaster(
        path, bands=1, rules=SourceRules(setting="sources.photo", placing=Placing(**placing))
    )


def crs_of_file(path, **placing):
    with open_placed(path, **placing) as raster:
        return raster.georeference.crs.to_epsg()


def test_a_stated_crs_fills_in_what_is_missing(tmp_path):
    assert crs_of_file(write(tmp_path / "a.tif", crs=None), crs="EPSG:32633") == 32633


def test_a_stated_crs_that_contradicts_the_file_is_a_fault_with_both(tmp_path):
    with pytest.raises(
        UserError, match=r"EPSG:32632.*in the file, sources.photo.crs: EPSG:32633.*override_crs"
    ):
        open_placed(write(tmp_path / "a.tif"), crs="EPSG:32633")


@pytest.mark.parametrize("stated", ["EPSG:25832", "EPSG:32632", "+proj=utm +zone=32 +datum=WGS84"])
def test_another_name_for_the_same_ground_contradicts_nothing(tmp_path, stated):
    assert crs_of_file(write(tmp_path / "a.tif"), crs=stated) == 32632


def test_an_override_replaces_what_the_file_declares(tmp_path):
    assert crs_of_file(write(tmp_path / "a.tif"), override_crs="EPSG:32633") == 32633


def test_a_geotransform_that_is_not_made_of_numbers_is_a_user_error(tmp_path):
    path = write(tmp_path / "a.tif", transform=Affine(float("nan"), 0, 600_000, 0, -10, 5_400_000))
    with pytest.raises(UserError, match="pixels of the raster have no size"):
        open_placed(path)


def test_pixels_of_no_size_are_a_user_error(tmp_path):
    path = tmp_path / "a.vrt"
    path.write_text(
        '<VRTDataset rasterXSize="4" rasterYSize="4"><SRS>EPSG:32632</SRS><GeoTransform>600000, '
        "0, 0, 5400000, 0, -10"
        '</GeoTransform><VRTRasterBand dataType="Byte" band="1"/></VRTDataset>'
    )
    with pytest.raises(UserError, match="pixels of the raster have no size"):
        open_placed(path)


def bent(row, column):
    """A place that no polynomial of second order meets."""
    return 600_000 + 10 * column + 30 * np.sin(row / 6), 5_400_000 - 10 * row + 30 * np.cos(
        column / 6
    )


GCPS = [
    GroundControlPoint(row, column, *bent(row, column))
    for row in range(0, 41, 8)
    for column in range(0, 41, 8)
]


def test_a_polynomial_misses_bent_points_and_a_spline_meets_them(tmp_path):
    path = write(tmp_path / "a.tif", gcps=GCPS)
    with open_placed(path) as raster:
        assert raster.georeference.gcp_residual() > 1
    with open_placed(path, gcp_transform="thin_plate_spline") as raster:
        assert raster.georeference.gcp_residual() < 1e-6


def test_a_spline_puts_pixels_where_the_points_say(tmp_path):
    path = write(tmp_path / "a.tif", gcps=GCPS)
    with open_placed(path, gcp_transform="thin_plate_spline") as raster:
        grid = propose_grid(raster, resolution=10)
        columns, valid = WarpedSource(raster, grid, resampling="bilinear").read(whole(grid))
        for row, column in ((8, 16), (24, 24), (32, 8)):
            x, y = bent(row, column)
            at = ~grid.affine * (x, y)
            place = int(at[1]), int(at[0])
            assert valid[place]
            # pixels hold their column: a corner lies half a pixel before the centre, a pixel of the
            # grid is no further
            assert columns[0][place] == pytest.approx(column - 0.5, abs=0.9)


@pytest.mark.parametrize(
    "points",
    [GCPS[:1], [GroundControlPoint(k, 2 * k, 600_000 + k, 5_400_000 + k) for k in range(8)]],
    ids=["one", "in one line"],
)
def test_points_that_place_nothing_are_a_user_error(tmp_path, points):
    with pytest.raises(UserError, match="ground control points do not place"):
        open_placed(write(tmp_path / "a.tif", gcps=points))


def test_a_scaled_georeference_places_larger_pixels_where_the_small_ones_were(tmp_path):
    for path in (write(tmp_path / "a.tif"), write(tmp_path / "points.tif", gcps=GCPS)):
        with open_placed(path, gcp_transform="thin_plate_spline") as raster:
            fine, coarse = (
                raster.georeference.to_world(),
                raster.georeference.scale(4, 2).to_world(),
            )
        columns, rows = np.array([0.0, 8.0, 16.0]), np.array([0.0, 16.0, 24.0])
        np.testing.assert_allclose(coarse(columns / 2, rows / 4), fine(columns, rows), atol=1e-4)


def test_a_part_of_a_raster_placed_by_points_lies_where_it_did(tmp_path):
    with open_placed(
        write(tmp_path / "a.tif", gcps=GCPS), gcp_transform="thin_plate_spline"
    ) as raster:
        whole_raster, part = (
            raster.georeference.to_world(),
            raster.georeference.shift(8, 24).to_world(),
        )
    columns, rows = np.array([24.0, 30.0]), np.array([8.0, 20.0])
    np.testing.assert_allclose(part(columns - 24, rows - 8), whole_raster(columns, rows), atol=1e-4)
