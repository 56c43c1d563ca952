"""Cloud-optimised GeoTIFFs: the form in which rasters are handed over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import rasterio
from rasterio.io import MemoryFile
from rasterio.shutil import copy

from rs_seg.io.raster import grid_of
from rs_seg.values.grid import has_place


def copy_to_cog(source: Path, target: Path, *, overviews: Literal["nearest", "average"]) -> None:
    """Write `target`, a cloud-optimised GeoTIFF of the same pixels.

    Nodata, mask, colour table, band names and tags are kept; a picture without a place gets no CRS.

    `overviews` is how reduced pixels are made: "nearest" for codes, "average" for measurements.
    Equal inputs give equal bytes.
    """
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), _without_own_crs(source) as given:
        copy(
            given,
            str(target),
            driver="COG",
            compress="ZSTD",
            level=9,
            predictor="NO" if overviews == "nearest" else "YES",
            overviews="IGNORE_EXISTING",
            overview_resampling=overviews,
            resampling=overviews,
            bigtiff="IF_SAFER",
        )


@contextmanager
def _without_own_crs(source: Path) -> Iterator[str]:
    """The path of a raster, or of a view without CRS of a picture without a place."""
    with rasterio.open(source) as dataset:
        is_picture = dataset.crs is not None and not has_place(grid_of(dataset))
    if not is_picture:
        yield str(source)
        return
    with MemoryFile(ext=".vrt") as view:
        copy(str(source.absolute()), view.name, driver="VRT")
        with MemoryFile(ext=".vrt", file_or_bytes=_strip_crs(view.read())) as stripped:
            yield stripped.name


def _strip_crs(view: bytes) -> bytes:
    return re.sub(rb"<SRS\b.*?</SRS>", b"", view, flags=re.DOTALL)
