"""Label polygons in any OGR format."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyogrio
import rasterio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from rs_seg.errors import UserError, UserErrors, nearest_name
from rs_seg.io.raw.remembering import remember_last

logger = logging.getLogger(__name__)

MENDED_CHANGE = 1e-3
"""Greatest relative change of area with which an invalid polygon is mended and kept."""
LISTED = 5
"""Features that are named in one message."""


def vector_layers(path: Path) -> tuple[str, ...] | None:
    """Names of the layers of a vector file, or None when no vector driver opens it."""
    try:
        layers = pyogrio.list_layers(path)
    except (DataSourceError, DataLayerError):
        return None
    return tuple(str(name) for name in layers[:, 0]) or None


def holds_polygons(path: Path, layer: str | None) -> bool:
    """Whether a label file is a vector file rather than a raster, by what opens it; a stated layer means vector.

    Raises:
        UserError: it is neither.
    """
    if layer is not None or vector_layers(path) is not None:
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path):
                return False
    except RasterioError as error:
        raise _unknown_format(path) from error


@remember_last
def read_polygons(path: Path, *, layer: str | None, column: str | None, crs: str | None) -> geopandas.GeoDataFrame:
    """Valid polygons in the order of the file, with the columns `value`, `feature` (number from 0) and geometry.

    `value` is that of `column`; None without one. Features without geometry are left out and invalid polygons mended
    where that hardly changes their area: logged, and listed in `attrs["warnings"]`.

    Raises:
        UserError: unknown layer or column, no CRS, no feature, other geometries than polygons, or invalid polygons that
            cannot be mended safely; all that were found.
    """
    frame = _read(path, layer=_choose_layer(path, layer))
    faults = [*_find_column_faults(frame, path, column), *_find_crs_faults(frame, path, crs)]
    if frame.empty:
        faults.append(UserError("vector file has no features", where=path, found="0 features", expected="polygons"))
    if faults:
        raise UserErrors(faults)
    if crs is not None and frame.crs is None:
        frame = frame.set_crs(crs)
    values = (
        [None] * len(frame)
        if column is None
        else frame[column].astype(object).where(frame[column].notna(), None).tolist()
    )
    polygons = geopandas.GeoDataFrame({"feature": np.arange(len(frame))}, geometry=frame.geometry.array, crs=frame.crs)
    polygons["value"] = np.array([*values, None], dtype=object)[:-1]
    return _keep_polygons(polygons, path)


def _unknown_format(path: Path) -> UserError:
    return UserError(
        "labels cannot be opened",
        where=path,
        found="neither a vector nor a raster format that GDAL knows" if path.exists() else "no such file",
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


def _read(path: Path, *, layer: str) -> geopandas.GeoDataFrame:
    try:
        frame = pyogrio.read_dataframe(path, layer=layer)
    except (DataSourceError, DataLayerError, ValueError, shapely.errors.GEOSException) as error:
        raise UserError(
            "labels cannot be read", where=path, found=" ".join(str(error).split()), expected="a whole vector file"
        ) from error
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise UserError(
            "label file has no geometries",
            where=path,
            found=f"a table with the columns {', '.join(map(str, frame.columns))}",
            expected="polygons",
        )
    return frame


def _find_column_faults(frame: geopandas.GeoDataFrame, path: Path, column: str | None) -> list[UserError]:
    columns = [str(name) for name in frame.columns if name != frame.geometry.name]
    if column is None or column in columns:
        return []
    return [
        UserError(
            "labels have no such column",
            where=path,
            found=", ".join(columns) or "no columns",
            expected=f"label.column {column!r}",
            remedy=_suggest("label.column", nearest_name(column, columns) or "null, with a label.class_name"),
        )
    ]


def _suggest(key: str, value: str) -> str:
    return f"set {key} to {value}"


def _find_crs_faults(frame: geopandas.GeoDataFrame, path: Path, crs: str | None) -> list[UserError]:
    if frame.crs is not None:
        return []
    if crs is None:
        return [
            UserError(
                "labels have no CRS",
                where=path,
                found="no coordinate reference system",
                expected='one such as "EPSG:4326"',
                remedy="state it as label.crs in the configuration",
            )
        ]
    try:
        CRS.from_user_input(crs)
    except CRSError as error:
        return [
            UserError(
                "unknown CRS",
                where="label.crs",
                found=repr(crs),
                expected='a CRS such as "EPSG:4326"',
                remedy=str(error)[:120],
            )
        ]
    return []


def _keep_polygons(frame: geopandas.GeoDataFrame, path: Path) -> geopandas.GeoDataFrame:
    geometries = shapely.force_2d(frame.geometry.to_numpy())
    empty = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    told = [f"{path}: features without geometry are left out: {_features(frame, empty)}"] if empty.any() else []
    polygonal = np.isin(shapely.get_type_id(geometries), (3, 6))
    faults = _find_kind_faults(frame, geometries, ~polygonal & ~empty, path)
    mended, mend_faults, mend_warnings = _mend(frame, geometries, polygonal & ~shapely.is_valid(geometries), path)
    faults += mend_faults
    told += mend_warnings
    if not (polygonal & ~empty).any() and not faults:
        faults.append(
            UserError(
                "labels have no polygons",
                where=path,
                found=f"{len(frame)} features without geometry",
                expected="polygons",
            )
        )
    if faults:
        raise UserErrors(faults)
    for warning in told:
        logger.warning("%s", warning)
    kept = frame.set_geometry(mended)[~empty].reset_index(drop=True)
    kept.attrs["warnings"] = told
    return kept


def _features(frame: geopandas.GeoDataFrame, chosen: Any) -> str:
    numbers = [str(number) for number in frame["feature"][chosen]]
    return ", ".join(numbers[:LISTED]) + (f" and {len(numbers) - LISTED} more" if len(numbers) > LISTED else "")


def _find_kind_faults(frame: geopandas.GeoDataFrame, geometries: Any, strange: Any, path: Path) -> list[UserError]:
    if not strange.any():
        return []
    kinds = sorted(set(frame.geometry[strange].geom_type))
    points = shapely.get_coordinates(shapely.point_on_surface(geometries[strange][:1]))
    return [
        UserError(
            "labels hold other geometries than polygons",
            where=f"{path}, features {_features(frame, strange)}",
            found=f"{int(strange.sum())} of type {', '.join(kinds)}, the first near {_place(points[0])}"
            if len(points)
            else ", ".join(kinds),
            expected="polygons and multipolygons",
            remedy="remove them, buffer lines and points, or split geometry collections",
        )
    ]


def _mend(
    frame: geopandas.GeoDataFrame, geometries: Any, invalid: Any, path: Path
) -> tuple[Any, list[UserError], list[str]]:
    """All geometries, invalid ones mended; a fault for those whose area would change; a warning for each mended."""
    geometries = geometries.copy()
    told = []
    broken = np.flatnonzero(invalid)
    mended = [_polygonal_part(each) for each in shapely.make_valid(geometries[broken])]
    reasons = shapely.is_valid_reason(geometries[broken])
    unsafe = []
    for index, geometry, reason in zip(broken, mended, reasons, strict=True):
        area = shapely.area(geometries[index])
        if area > 0 and abs(shapely.area(geometry) - area) <= MENDED_CHANGE * area:
            told.append(f"{path}: feature {frame['feature'].iloc[index]} was mended: {reason}")
            geometries[index] = geometry
        else:
            unsafe.append(f"feature {frame['feature'].iloc[index]}: {reason}")
    if not unsafe:
        return geometries, [], told
    listed = "; ".join(unsafe[:LISTED]) + (f"; and {len(unsafe) - LISTED} more" if len(unsafe) > LISTED else "")
    fault = UserError(
        "invalid polygons that cannot be mended without changing their area",
        where=path,
        found=listed,
        expected="valid polygons",
        remedy="mend them by hand at these coordinates (QGIS: Check validity)",
    )
    return geometries, [fault], told


def _polygonal_part(geometry: Any) -> Any:
    parts = [each for each in shapely.get_parts(geometry) if shapely.get_type_id(each) in (3, 6)]
    return geometry if shapely.get_type_id(geometry) in (3, 6) else shapely.union_all(parts)


def _place(point: Sequence[float]) -> str:
    return f"x {point[0]:.6g}, y {point[1]:.6g}"


def reproject_polygons(polygons: geopandas.GeoDataFrame, crs: str, path: Path) -> Any:
    """Geometries (N,) in another CRS; said in the log where it differs.

    Raises:
        UserError: a polygon has no place in the CRS.
    """
    if CRS.from_user_input(crs) == polygons.crs:
        return polygons.geometry.to_numpy()
    target = CRS.from_user_input(crs)
    logger.info("%s: reprojected from %s to %s", path, polygons.crs.name, target.name)
    moved = polygons.geometry.to_crs(target).to_numpy()
    lost = ~np.isfinite(shapely.bounds(moved)).all(axis=1)
    if lost.any():
        raise UserError(
            "polygons cannot be brought into the CRS of the image",
            where=f"{path}, features {_features(polygons, lost)}",
            found=polygons.crs.name,
            expected=target.name,
            remedy="check that the CRS of the labels is right",
        )
    return moved
