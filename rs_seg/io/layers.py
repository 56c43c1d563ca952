"""Layers of polygons of a run, written as GeoPackage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
from numpy.typing import NDArray

from rs_seg.io.ogr import GEOPACKAGE_VERSION, UNDEFINED, expecting_no_crs, pyogrio
from rs_seg.values.grid import Grid, crs_of_files


@dataclass(frozen=True)
class ScenePolygons:
    """Polygons (N,) in the CRS of a scene's grid, with columns of N values."""

    grid: Grid
    polygons: NDArray[Any]
    columns: Mapping[str, Any]


def write_layers(path: Path, layers: Mapping[str, Sequence[ScenePolygons]]) -> None:
    """Write a GeoPackage; in the CRS of the scenes where they share one, else in EPSG:4326.

    Polygons on pictures without a place have no CRS; those of each are in its own pixels.

    The same bytes on every day where OGR_CURRENT_DATE is set.
    """
    texts = {crs_of_files(part.grid) for parts in layers.values() for part in parts}
    target = texts.pop() if len(texts) == 1 else "EPSG:4326"
    in_pixels = None in texts or target is None
    path.unlink(missing_ok=True)
    for index, (layer, parts) in enumerate(layers.items()):
        frames = [
            geopandas.GeoDataFrame(
                dict(part.columns), geometry=part.polygons, crs=crs_of_files(part.grid)
            )
            for part in parts
        ]
        moved = frames if in_pixels else [layer.to_crs(target) for layer in frames]
        frame = pd.concat(moved, ignore_index=True)
        made: dict[str, Any] = (
            {"append": True} if index else {"dataset_options": {"VERSION": GEOPACKAGE_VERSION}}
        )
        if in_pixels:
            made["layer_options"] = UNDEFINED
        with expecting_no_crs():
            pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG", **made)
