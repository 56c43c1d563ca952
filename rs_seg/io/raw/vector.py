"""Label polygons in any OGR format, or in GeoParquet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.errors import RasterioError

from rs_seg.errors import UserError, UserErrors, nearest_name
from rs_seg.io.raster import ignoring_no_georeference, open_by
from rs_seg.io.raw.circles import circle_points
from rs_seg.io.raw.drivers import raster_drivers
from rs_seg.io.raw.mending import mend_polygons
from rs_seg.io.raw.raster_checks import check_raw_raster
from rs_seg.io.raw.remembering import remember_last
from rs_seg.io.raw.vector_crs import find_degree_faults, settle_vector_crs
from rs_seg.io.raw.vector_files import (
    VectorTable,
    missing_parts,
    read_table,
    vector_layers,
)

if TYPE_CHECKING:
    import geopandas
    import pandas as pd

__all__ = [
    "LabelReading",
    "PolygonTable",
    "digits_of",
    "holds_polygons",
    "read_polygons",
    "vector_layers",
]


@dataclass(frozen=True)
class LabelReading:
    """How a label file is to be understood, as far as the configuration says.

    `radius` is that of the circles that stand for points, in metres on the ground. `may_be_empty`:
    a file without features is one without polygons, not a fault. `picture` is the CRS (WKT) of the
    image where that is a picture without a place: labels are in its pixels then.
    """

    layer: str | None = None
    column: str | None = None
    encoding: str | None = None
    crs: str | None = None
    override_crs: str | None = None
    radius: float | None = None
    may_be_empty: bool = False
    picture: str | None = None


@dataclass(frozen=True)
class PolygonTable:
    """Valid polygons (N,) in the order of a file.

    `attribute` holds the values of the column; None without one. `features` are numbers in the
    file, from 0; `others` holds the other attributes. `warnings` say what was mended or left out.
    """

    path: Path
    features: NDArray[np.int64]
    attribute: list[Any]
    geometries: NDArray[Any]
    crs: CRS
    others: pd.DataFrame
    warnings: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.geometries)


def holds_polygons(path: Path, layer: str | None) -> bool:
    """Whether a label file is a vector file rather than a raster, by what opens it.

    A stated layer means vector.

    Raises:
        UserError: it is neither.
    """
    if layer is not None or vector_layers(path) is not None:
        return True
    try:
        with ignoring_no_georeference():
            check_raw_raster(path)
            with open_by(raster_drivers(path), path):
                return False
    except (
        RasterioError,
        UnicodeDecodeError,
    ) as error:  # GDAL repeats bytes of the file in its message
        raise _unknown_format(path) from error


@remember_last
def read_polygons(path: Path, reading: LabelReading) -> PolygonTable:
    """The polygons of a label file.

    Features without geometry or area are left out and invalid polygons mended where that hardly
    changes their area. Points are circles where a radius is given.

    Raises:
        UserError: unknown layer or column, no CRS or one that contradicts the configuration, no
            feature, coordinates that are no places, other geometries than polygons, a radius
            without points, or invalid polygons that cannot be mended safely; all that were found.
    """
    table = read_table(path, layer=_choose_layer(path, reading.layer), encoding=reading.encoding)
    frame = table.frame
    faults = _find_column_faults(frame, path, reading.column)
    crs = settle_vector_crs(
        frame,
        path,
        stated=reading.crs,
        override=reading.override_crs,
        picture=reading.picture,
        faults=faults,
    )
    if frame.empty and not reading.may_be_empty:
        faults.append(
            UserError(
                "vector file has no features", where=path, found="0 features", expected="polygons"
            )
        )
    elif crs is not None and not frame.empty:
        faults += find_degree_faults(frame, crs, path)
    if faults or crs is None:
        raise UserErrors(faults)
    return _mended(table, path, reading, crs)


def digits_of(crs: CRS) -> int:
    """Digits after the point with which a coordinate finds its place to a centimetre."""
    return 7 if crs.is_geographic else 2


def _mended(table: VectorTable, path: Path, reading: LabelReading, crs: CRS) -> PolygonTable:
    import pandas as pd  # here, because labels and clouds may be rasters: see `read_table`

    frame, column = table.frame, reading.column
    geometries, features = frame.geometry.to_numpy(), np.arange(len(frame))
    if reading.radius is not None:
        geometries, features = circle_points(geometries, crs, reading.radius, path)
    if not len(frame):
        return PolygonTable(path, features, [], geometries, crs, pd.DataFrame(), table.told)
    mended = mend_polygons(geometries, path, digits=digits_of(crs))
    if mended.faults:
        raise UserErrors(mended.faults)
    features = features[mended.kept]
    attributes = pd.DataFrame(frame.drop(columns=frame.geometry.name)).iloc[features]
    values = [None] * len(attributes)
    if column is not None:
        values = attributes[column].astype(object).where(attributes[column].notna(), None).tolist()
        attributes = attributes.drop(columns=column)
    return PolygonTable(
        path,
        features,
        values,
        mended.geometries[mended.kept],
        crs,
        attributes,
        (*table.told, *mended.told),
    )


def _unknown_format(path: Path) -> UserError:
    missing = missing_parts(path)
    found = (
        "neither a vector nor a raster format that GDAL knows" if path.exists() else "no such file"
    )
    if missing:
        return UserError(
            "Shapefile is not complete",
            where=path,
            found=f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing",
            expected="the .shp, .shx and .dbf beside one another",
            remedy="copy all files of the Shapefile",
        )
    return UserError(
        "labels cannot be opened",
        where=path,
        found=found,
        expected="polygons (GeoPackage, GeoJSON, Shapefile ...) or a raster of class codes",
        remedy="check the path and that the file was copied whole",
    )


def _choose_layer(path: Path, layer: str | None) -> str:
    layers = vector_layers(path)
    if layers is None:
        raise _unknown_format(path)
    if layer is None and len(layers) > 1:
        raise UserError(
            "label file has several layers",
            where=path,
            found=", ".join(layers),
            expected="one layer",
            remedy=f"choose one, such as label.layer: {layers[0]}",
        )
    if layer is not None and layer not in layers:
        raise UserError(
            "label file has no such layer",
            where=path,
            found=", ".join(layers),
            expected=repr(layer),
            remedy=_suggest("label.layer", nearest_name(layer, layers) or layers[0]),
        )
    return layer or layers[0]


def _find_column_faults(
    frame: geopandas.GeoDataFrame, path: Path, column: str | None
) -> list[UserError]:
    columns = [str(name) for name in frame.columns if name != frame.geometry.name]
    if column is None or column in columns:
        return []
    missing = [f"{part} is missing" for part in missing_parts(path)]
    return [
        UserError(
            "labels have no such column",
            where=path,
            found="; ".join([", ".join(columns) or "no columns", *missing]),
            expected=f"label.column {column!r}",
            remedy="copy all files of the Shapefile"
            if missing
            else _suggest(
                "label.column", nearest_name(column, columns) or "null, with a label.class_name"
            ),
        )
    ]


def _suggest(key: str, value: str) -> str:
    return f"set {key} to {value}"
