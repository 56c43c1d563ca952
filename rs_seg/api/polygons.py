"""A class map in memory as polygons."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from rs_seg.api.grids import Transform, check_plane, index_codes, name_classes, place
from rs_seg.config import VectorizeConfig, parse_section
from rs_seg.errors import UserError
from rs_seg.io.vectors import PolygonStream
from rs_seg.maps.polygon_streams import stream_polygons
from rs_seg.maps.polygons import vectorize_map
from rs_seg.maps.sources import Sources, check_sources
from rs_seg.values import Window, quantize
from rs_seg.values.grid import Grid

OF_CONFIDENCE = ["prob_mean", "prob_min"]
IN_MEMORY = Path("classes")
"""What errors call the array."""


class ArrayRaster:
    """Bands (B, H, W) in memory, read by windows that lie inside."""

    def __init__(self, grid: Grid, pixels: NDArray[Any], valid: NDArray[np.bool_]) -> None:
        self.path, self.grid, self.bands = IN_MEMORY, grid, ("",) * len(pixels)
        self._pixels, self._valid = pixels, valid

    def read(self, window: Window) -> NDArray[Any]:
        """Pixels (B, H, W)."""
        return self._pixels[(slice(None), *window.slices)]

    def read_codes(self, window: Window) -> NDArray[Any]:
        """Pixels (H, W) of the first band."""
        return self._pixels[(0, *window.slices)]

    def read_valid(self, window: Window) -> NDArray[np.bool_]:
        """Where there are data (H, W)."""
        return self._valid[window.slices]


def polygonize(
    classes: NDArray[np.integer],
    transform: Transform,
    crs: Any,
    *,
    names: Mapping[int, str] | None = None,
    nodata: int | None = None,
    confidence: NDArray[np.floating] | None = None,
    **settings: Any,
) -> geopandas.GeoDataFrame:
    """Polygons of a class map that share every border: without gaps, without overlaps.

    Args:
        classes: Codes of classes (H, W), whole numbers from 0 to 65534.
        transform: From columns and rows to the CRS: an affine transform, or its six numbers.
        crs: Anything that pyproj understands, such as "EPSG:32632".
        names: Name of each code; None: each code is its own name.
        nodata: Code of pixels that become part of no polygon.
        confidence: Probability of the class (H, W), 0 to 1; NaN where it is not known.
        **settings: Those of `vectorize` in docs/configuration.md, such as minimum_area=4 (square
            metres), simplify={"tolerance": 2}, regularize={"classes": ["building"]}; what needs
            probabilities or imagery is for the stage.

    Returns:
        One row a polygon, in the order of their first pixels: id, code, class, area_m2 and perim_m
        (on the ground), with `confidence` also prob_mean and prob_min; geometries in `crs`.

    Raises:
        UserError: the arrays do not fit, a code has no name, or a setting is not valid.

    Examples:
        >>> import numpy as np, rs_seg
        >>> classes = np.array([[1, 1, 2], [1, 2, 2]], dtype=np.uint8)
        >>> table = rs_seg.polygonize(
        ...     classes, (10, 0, 500000, 0, -10, 5400000), "EPSG:32632",
        ...     names={1: "wood", 2: "lake"}, simplify={"tolerance": 0},
        ... )
        >>> [(row["class"], round(row.geometry.area)) for _, row in table.iterrows()]
        [('wood', 300), ('lake', 300)]
    """
    plane = check_plane(classes, what="classes")
    grid = place(plane.shape, transform, crs)
    config = parse_section(VectorizeConfig, settings, section="vectorize", where="polygonize")
    class_names = name_classes([(plane, nodata)], names)
    indices = index_codes(plane, class_names, nodata, what="classes")
    sources = Sources(
        IN_MEMORY,
        ArrayRaster(grid, class_names.encode(indices)[None], indices >= 0),
        _confidence_raster(grid, confidence, indices >= 0),
    )
    check_sources(config, sources)
    stream = stream_polygons(config, vectorize_map(config, sources, class_names), class_names, grid)
    table = _collect(stream)
    return table if confidence is not None else table.drop(columns=OF_CONFIDENCE)


def _confidence_raster(
    grid: Grid, confidence: NDArray[np.floating] | None, valid: NDArray[np.bool_]
) -> ArrayRaster:
    known = np.ones(valid.shape) if confidence is None else np.asarray(confidence, dtype=float)
    if known.shape != valid.shape:
        raise UserError(
            "confidence does not fit classes",
            found=f"shape {known.shape}",
            expected=f"shape {valid.shape}",
        )
    if (known < 0).any() or (known > 1).any():
        raise UserError(
            "confidence is no probability",
            found=f"values from {np.nanmin(known):g} to {np.nanmax(known):g}",
            expected="0 to 1",
        )
    there = valid & np.isfinite(known)
    return ArrayRaster(grid, quantize(np.where(there, known, 0), there)[None], there)


def _collect(stream: PolygonStream) -> geopandas.GeoDataFrame:
    """All polygons of a stream as one table."""
    parts, geometries = [], []
    for batch in stream.batches():
        parts.append(pd.DataFrame({key: list(own) for key, own in batch.columns.items()}))
        data, ends = batch.wkb.tobytes(), batch.wkb_offsets.tolist()
        geometries += [data[start:end] for start, end in pairwise(ends)]
    columns = pd.concat(parts) if parts else pd.DataFrame(columns=[*stream.fields])
    return geopandas.GeoDataFrame(
        columns.reset_index(drop=True), geometry=shapely.from_wkb(geometries), crs=stream.crs
    )
