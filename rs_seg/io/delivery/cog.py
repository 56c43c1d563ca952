"""Cloud-optimised GeoTIFFs: the form in which rasters are handed over."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import rasterio
from rasterio.shutil import copy


def copy_to_cog(source: Path, target: Path, *, overviews: Literal["nearest", "average"]) -> None:
    """Write `target`, a cloud-optimised GeoTIFF of the same pixels.

    Nodata, mask, colour table, band names and tags are kept.

    `overviews` is how reduced pixels are made: "nearest" for codes, "average" for measurements.
    Equal inputs give equal bytes.
    """
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        copy(
            str(source),
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
