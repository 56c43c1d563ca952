"""Tables written as layers of a GeoPackage."""

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
    for index, (layer, parts) in enumerate(layers.items()):
        frames = [
            geopandas.GeoDataFrame(
                dict(part.columns), geometry=part.polygons, crs=crs_of_files(part.grid)
            )
            for part in parts
        ]
        moved = frames if in_pixels else [layer.to_crs(target) for layer in frames]
        write_layer(path, layer, pd.concat(moved, ignore_index=True), append=index > 0)


def write_layer(
    path: Path,
    layer: str,
    table: geopandas.GeoDataFrame,
    *,
    append: bool = False,
    geometry_type: str | None = None,
) -> None:
    """Write a table as a layer of a GeoPackage; unless with `append`, it is the only one.

    Without a CRS the coordinates are those of a plane without a place. `geometry_type` is needed
    where the table may be empty.
    """
    if not append:
        path.unlink(missing_ok=True)  # GDAL would add to it
    options: dict[str, Any] = {} if append else {"dataset_options": {"VERSION": GEOPACKAGE_VERSION}}
    if table.crs is None:
        options["layer_options"] = UNDEFINED
    with expecting_no_crs():
        pyogrio.write_dataframe(
            table,
            path,
            layer=layer,
            driver="GPKG",
            append=append,
            geometry_type=geometry_type,
            **options,
        )
