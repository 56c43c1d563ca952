"""Every raster of the real test data is inspected, or the error says why not.

Inspected ones have the right valid pixels.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.errors import RasterioError

from rs_seg.config import AlignConfig, InspectConfig, Source
from rs_seg.errors import UserError
from rs_seg.stages.inspect import inspect
from rs_seg.stages.inspect.work import OVERVIEW
from rs_seg.testing import TOY_CLASSES
from rs_seg.values import Scene

FAILS = {
    "all_nodata_4band.tif": "no valid pixel",
    "south_up_inverted_lat.tif": "no valid pixel",
    "corrupt_jpeg_tile.tif": "truncated",
    "derived_truncated_rows.tif": "truncated",
    "derived_truncated_no_directory.tif": "cannot be opened",
    "derived_empty.tif": "cannot be opened",
    "float32_nan_nodata_noref.tif": "no CRS",
    "rotated_no_crs.tif": "no CRS",
    "RGB.byte.rpc.vrt": "RPC only",
    "rpc_only_uint16.tif": "RPC only",
    "netcdf_subdatasets.nc": "container of rasters",
    "mars_crs_jpeg.tif": "CRS cannot be transformed",
    "complex_int16.tif": "complex",
    "sar_complex64_rotated45.tif": "complex",
    "jpeg_named_tif_noref_OAM-386690-220241-19.tif": "no georeference",
}


HUGE = "land_mask_36000x18000_648MP.tif"
"""Its look takes seconds."""
SUFFIXES = {".tif", ".vrt", ".jp2", ".nc", ".img"}


def find_rasters():
    """All rasters below the folder of real data, by their paths in it; none without the folder."""
    folder = os.environ.get("RS_SEG_TEST_DATA")
    paths = sorted(Path(folder).rglob("*")) if folder else []
    found = [str(path.relative_to(folder)) for path in paths if path.suffix.lower() in SUFFIXES]
    return [pytest.param(name, marks=pytest.mark.slow) if HUGE in name else name for name in found]


def look_at(path, tmp_path):
    source = Source(path="x", bands=tuple(f"b{index}" for index in range(1, count_bands(path) + 1)))
    inspect(
        InspectConfig(quicklook_size=128), {"source": source}, AlignConfig(), None, TOY_CLASSES,
        Scene(name="awkward", labelled=False), images=[path], labels=[],
        inspection=tmp_path / "i.json", quicklook=tmp_path / "q.png",
    )  # fmt: skip
    return json.loads((tmp_path / "i.json").read_text())


def count_bands(path):
    """Bands without alpha; 1 where the file does not open."""
    try:
        with rasterio.open(path) as dataset:
            return max(dataset.count, 1) - sum(
                color.name == "alpha" for color in dataset.colorinterp
            )
    except RasterioError:
        return 1


def valid_share(path):
    """Share of pixels valid in all bands by GDAL's masks, in a thinned read like the stage's."""
    with rasterio.open(path) as dataset:
        bands = [
            index
            for index, color in enumerate(dataset.colorinterp, start=1)
            if color.name != "alpha"
        ]
        factor = max(1.0, max(dataset.shape) / OVERVIEW)
        shape = (
            len(bands),
            max(1, round(dataset.height / factor)),
            max(1, round(dataset.width / factor)),
        )
        pixels, masks = (
            dataset.read(bands, out_shape=shape),
            dataset.read_masks(bands, out_shape=shape),
        )
        # a byte of transparency counts from half on, which GDAL leaves to its users
        least = 128 if len(bands) < dataset.count and dataset.dtypes[-1] == "uint8" else 1
        return float(((masks >= least) & np.isfinite(pixels)).all(axis=0).mean())


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("name", find_rasters())
def test_a_real_raster_works_or_the_error_says_why_not(real_data, tmp_path, name):
    path = real_data / name
    if path.name in FAILS:
        with pytest.raises(UserError, match=FAILS[path.name]):
            look_at(path, tmp_path)
        assert not (tmp_path / "i.json").exists()
        return
    (source,) = look_at(path, tmp_path)["sources"]
    assert source["valid_share"] == pytest.approx(valid_share(path), abs=1e-4)
    assert source["pixel_size_ground_m"] > 0


def test_every_raster_that_fails_is_among_the_real_data(real_data):
    names = {path.name for path in (real_data / "awkward_rasters").rglob("*")}
    assert set(FAILS) <= names
    assert len(find_rasters()) > 90
