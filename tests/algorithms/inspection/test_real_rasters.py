"""Warnings of real files: of collars, marks and lossy rims that are there, and no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from rs_seg.algorithms.inspection.collar import find_collar
from rs_seg.algorithms.inspection.lossy import find_lossy_collar
from rs_seg.algorithms.inspection.undeclared import find_marks

SAID = {
    "awkward_rasters/crosses_antimeridian_utm60.tif": {"mark 1"},
    "awkward_rasters/derived_jpeg2000.jp2": {"collar 0", "rim black"},
    "awkward_rasters/gcps_only_no_transform.tif": {"collar 0"},
    "awkward_rasters/geostationary_crs.tif": {"rim black"},
    "awkward_rasters/mars_crs_jpeg.tif": {"collar 0", "rim black"},
    "landsat7_chiapas_polygons/images/LE70220492002106EDC00_stack.gtif": {"mark 16000"},
    "sentinel2_beaufort_polygons/images/stack_b01_b08.vrt": {"collar 255"},
    "vhr_banepa_buildings/images/banepa_predict_unlabelled.tif": {"collar 255", "rim white"},
    **{
        f"sentinel2_beaufort_polygons/images/2018-10-13, Sentinel-2B L1C, B0{band}.tiff": {
            "collar 255"
        }
        for band in range(1, 9)
    },
}
"""Seen by eye: edges of scenes, a removed quarter of a town, the limb of the Earth; 16000 is
saturation by clouds."""
UNREADABLE = {"corrupt_jpeg_tile.tif", "derived_empty.tif", "derived_truncated_no_directory.tif"}
UNREADABLE |= {"derived_truncated_rows.tif"}


def look_at(path: Path) -> set[str]:
    with rasterio.open(path) as dataset:
        opaque = [
            band for band in dataset.indexes if dataset.colorinterp[band - 1] != ColorInterp.alpha
        ]
        step = max(1, max(dataset.shape) / 1024)
        shape = tuple(max(1, round(size / step)) for size in dataset.shape)
        pixels = dataset.read(opaque, out_shape=(len(opaque), *shape))
        valid = (dataset.read_masks(opaque, out_shape=(len(opaque), *shape)) >= 128).all(axis=0)
        palette = dataset.colorinterp[0] == ColorInterp.palette
    if pixels.dtype.kind == "c":
        return set()
    if pixels.dtype.kind == "f":
        valid &= np.isfinite(pixels).all(axis=0)
    said = set()
    if not valid.any():
        return said
    collar = find_collar(pixels, valid)
    said |= {f"collar {collar[0]:g}"} if collar else set()
    said |= set() if palette else {f"mark {mark.value:g}" for mark in find_marks(pixels, valid)}
    lossy = find_lossy_collar(pixels, valid, step=step)
    return said | ({f"{'rim' if lossy.rim else 'whole'} {lossy.tone}"} if lossy else set())


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_what_is_there_is_said_and_nothing_else(real_data: Path) -> None:
    suffixes = {".tif", ".tiff", ".gtif", ".vrt", ".jp2"}
    files = [
        path
        for path in sorted(real_data.rglob("*"))
        if path.suffix in suffixes and path.name not in UNREADABLE
    ]
    found = {str(path.relative_to(real_data)): said for path in files if (said := look_at(path))}
    assert len(files) > 80
    assert found == SAID
