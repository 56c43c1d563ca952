"""Class maps of pictures as PNG: the form that programs for pictures read, and people look at."""

from __future__ import annotations

from pathlib import Path

import rasterio
from rasterio.shutil import copy

from rs_seg.io.raster import ignoring_no_georeference


def write_class_picture(classes: Path) -> None:
    """Write the PNG beside a class map of 8 bits: its codes, with the colours of the legend.

    It has as many rows and columns, and is transparent where there is no data. PNG has no colours
    for codes of 16 bits, of which none is written. Equal maps give equal bytes.
    """
    with (
        # without the .aux.xml that GDAL writes beside a PNG
        rasterio.Env(GDAL_PAM_ENABLED=False),
        ignoring_no_georeference(),
        rasterio.open(classes) as dataset,
    ):
        if dataset.dtypes[0] == "uint8":
            copy(dataset, classes.with_suffix(".png"), driver="PNG")
