"""Files of clouds on a grid: rasters whose values say no data, or polygons."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from rs_seg.algorithms.labelling.rasterize import PolygonCodes
from rs_seg.config import Source
from rs_seg.errors import UserError
from rs_seg.io.raster import open_raster
from rs_seg.io.raw.drivers import raster_drivers
from rs_seg.io.raw.georeference import Placing
from rs_seg.io.raw.raster_checks import check_raw_raster
from rs_seg.io.raw.reprojecting import reproject_polygons
from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.io.raw.validity import ValidityRule
from rs_seg.io.raw.vector import LabelReading, holds_polygons, read_polygons
from rs_seg.io.raw.vector_files import read_table, vector_layers
from rs_seg.io.raw.warp import WarpedSource
from rs_seg.values import Window
from rs_seg.values.grid import picture_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from rs_seg.values.grid import Grid

Cloudy = Callable[[Window], "NDArray[np.bool_]"]
"""Where a window (H, W) of a grid is cloudy."""


@contextmanager
def open_clouds(name: str, source: Source, path: Path, grid: Grid) -> Iterator[Cloudy]:
    """Where the source of this name holds no data, on a grid; places outside the file are clear.

    Rasters are read by nearest neighbour. A vector file without any polygon is clear everywhere.

    Raises:
        UserError: the file cannot be opened, or its header has faults.
    """
    assert source.clouds is not None
    with ExitStack() as stack:
        if holds_polygons(path, None):
            yield _read_polygons(path, source, grid)
            return
        names = [str(number) for number in range(1, _count_bands(path) + 1)]
        wanted = str(source.clouds.band)
        if wanted not in names:
            raise UserError(
                "file of clouds lacks the band",
                where=path,
                found=f"{len(names)} bands",
                expected=f"band {wanted}, as sources.{name}.clouds.band says",
            )
        rules = SourceRules(
            setting=f"sources.{name}",
            validity=ValidityRule((), "none", "any"),
            placing=Placing(
                source.crs, source.override_crs, source.gcp_transform, picture_of(grid)
            ),
            match_bands=False,
            dropped=tuple(number for number in names if number != wanted),
        )
        raster = stack.enter_context(SourceRaster(path, bands=names, rules=rules))
        warped = WarpedSource(raster, grid, resampling="nearest")
        values = np.array(source.clouds.nodata_values)

        def read(window: Window) -> NDArray[np.bool_]:
            pixels, known = warped.read(window)
            return np.isin(pixels[0], values) & known

        yield read


def _count_bands(path: Path) -> int:
    check_raw_raster(path)
    with open_raster(path, raster_drivers(path)) as dataset:
        return int(dataset.count)


def _read_polygons(path: Path, source: Source, grid: Grid) -> Cloudy:
    layers = vector_layers(path)
    assert layers is not None, "a file that holds polygons has layers"
    if all(read_table(path, layer=name, encoding=None).frame.empty for name in layers):
        return lambda window: np.zeros((window.height, window.width), dtype=bool)
    reading = LabelReading(
        crs=source.crs, override_crs=source.override_crs, picture=picture_of(grid)
    )
    polygons = reproject_polygons(read_polygons(path, reading), grid).geometries
    cover = np.array([shapely.union_all(polygons)])
    codes = PolygonCodes(cover, [1], grid, outside=0, counts_overlap=False)
    return lambda window: codes.read(window) == 1
