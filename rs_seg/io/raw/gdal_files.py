"""The files of a raster, by GDAL's own list."""

from __future__ import annotations

from pathlib import Path

from rasterio.errors import RasterioError

from rs_seg.errors import UserError
from rs_seg.io.raster import ignoring_no_georeference, open_by
from rs_seg.io.raw.drivers import raster_drivers
from rs_seg.io.raw.raster_checks import check_raw_raster


def ask_gdal(path: Path) -> list[Path]:
    """The files of a raster by GDAL's own list; none where GDAL does not open it.

    Such a file is told elsewhere.
    """
    try:
        check_raw_raster(path)
        with ignoring_no_georeference(), open_by(raster_drivers(path), path) as dataset:
            return [
                Path(name) for name in dataset.files if Path(name).is_file() and Path(name) != path
            ]
    except (RasterioError, UserError):
        return []
