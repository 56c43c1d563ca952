"""Simulated pixels and polygons as files that lie on Earth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas
from affine import Affine
from shapely.affinity import translate

from rs_seg.algorithms.simulate import LocalGrid
from rs_seg.io.ogr import pyogrio
from rs_seg.io.raster import create_raster
from rs_seg.values.grid import Grid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CRS = "EPSG:32632"
LABELS_CRS = "EPSG:4326"


def choose_place(seed: int, size: float) -> tuple[float, float]:
    """Easting and northing of the lower left corner, by seed.

    It is that of a cell of a 40 x 40 chessboard in Bavaria. Scenes whose seeds differ by less than
    1600 do not overlap.
    """
    spacing = max(4000.0, 1000.0 * -(-(size + 100.0) // 1000.0))
    row, column = divmod(seed % 1600, 40)
    return 500_600.0 + column * spacing, 5_300_400.0 + row * spacing


def georeference(grid: LocalGrid, place: tuple[float, float]) -> Grid:
    """The grid on Earth of one in the local frame, whose origin lies at `place`."""
    easting, northing = round(place[0] + grid.left, 3), round(place[1] + grid.top, 3)
    transform: Affine = Affine(grid.pixel_size, 0, easting, 0, -grid.pixel_size, northing)
    return Grid((grid.height, grid.width), transform, CRS)


def write_raster(
    path: Path,
    pixels: NDArray[Any],
    grid: Grid,
    *,
    bands: tuple[str, ...],
    nodata: float | None = None,
) -> None:
    """Write pixels (B, H, W) as a GeoTIFF."""
    with create_raster(path, grid, dtype=pixels.dtype, bands=bands, nodata=nodata) as dataset:
        dataset.write(pixels)


def write_polygons(
    path: Path,
    layer: str,
    local: NDArray[np.object_],
    classes: list[str],
    place: tuple[float, float],
) -> None:
    """Write polygons of the local frame as a layer with the field "class", in another CRS."""
    polygons = [translate(polygon, *place) for polygon in local]
    frame = geopandas.GeoDataFrame({"class": classes}, geometry=polygons, crs=CRS)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"})
    frame.to_crs(LABELS_CRS).to_file(path, layer=layer, driver="GPKG", engine="pyogrio")
