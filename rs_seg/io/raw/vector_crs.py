"""The CRS of label polygons: settled from file and configuration, and checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.crs import CRS as RasterCRS  # noqa: N811  # two libraries name it alike
from rasterio.errors import CRSError

from rs_seg.errors import UserError
from rs_seg.io.raw.crs import settle_crs
from rs_seg.io.raw.vector_files import (
    list_features,
)

if TYPE_CHECKING:
    import geopandas

SAME_PLACE_M = 0.1
"""Metres by which a stated CRS may put labels elsewhere than the file's own and still be the same.
"""
GEOJSON = CRS.from_epsg(4326)
EARTH_RADIUS_M = 6_371_000
BEYOND = 1e-3
"""Degrees by which coordinates may exceed the limits of longitude and latitude."""


def settle_vector_crs(
    frame: geopandas.GeoDataFrame,
    path: Path,
    *,
    stated: str | None,
    override: str | None,
    picture: str | None,
    faults: list[UserError],
) -> CRS | None:
    """The CRS that counts; None with its faults added. `picture`: see `LabelReading`."""
    if picture is not None:
        return _settle_pixels(frame, path, picture, faults)
    try:
        declared = None if frame.crs is None else RasterCRS.from_wkt(frame.crs.to_wkt())
    except CRSError as error:
        faults.append(_unknown_crs(path, frame.crs, error))
        return None
    places = _sample_places(frame)
    try:
        settled = settle_crs(
            declared,
            stated=stated,
            override=override,
            places=places,
            tolerance=SAME_PLACE_M
            if frame.crs is None
            else SAME_PLACE_M / _metres_of_unit(frame.crs),
            where=path,
            setting="label",
        )
    except UserError as error:
        faults.append(error)
        return None
    if settled is None:
        faults.append(_no_crs(path))
        return None
    return frame.crs if settled is declared else CRS.from_wkt(settled.to_wkt())


def _settle_pixels(
    frame: geopandas.GeoDataFrame, path: Path, picture: str, faults: list[UserError]
) -> CRS | None:
    """The CRS of the picture that labels were drawn on; None with the fault of labels on a map."""
    # GeoJSON has no way to say that there is no CRS
    says_nothing = path.suffix.lower() in (".geojson", ".json") and frame.crs == GEOJSON
    if frame.crs is None or frame.crs.is_engineering or says_nothing:
        return CRS.from_wkt(picture)
    faults.append(
        UserError(
            "labels have a CRS, but their picture has no place",
            where=path,
            found=frame.crs.name,
            expected="no CRS: x is the column, y is minus the row",
            remedy="take the CRS from the file where coordinates are pixels; else give labels that "
            "were drawn on the picture",
        )
    )
    return None


def _metres_of_unit(crs: CRS) -> float:
    """Metres on the ground of one unit of a CRS, roughly."""
    factor = float(crs.axis_info[0].unit_conversion_factor) if crs.axis_info else 1.0
    return (EARTH_RADIUS_M if crs.is_geographic else 1) * (factor or 1.0)


def _sample_places(frame: geopandas.GeoDataFrame) -> tuple[NDArray[Any], NDArray[Any]]:
    """Corners and middle of the bounds of all features, as far as they are finite."""
    points = shapely.get_coordinates(frame.geometry.to_numpy())
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return np.empty(0), np.empty(0)
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    middle = (left + right) / 2, (bottom + top) / 2
    return np.array([left, right, left, right, middle[0]]), np.array(
        [bottom, bottom, top, top, middle[1]]
    )


def _unknown_crs(path: Path, crs: Any, error: CRSError) -> UserError:
    return UserError(
        "CRS of the labels is not understood",
        where=path,
        found=f"{crs.name} ({' '.join(str(error).split())[:120]})",
        expected="a CRS that PROJ and GDAL know",
        remedy="state the right one as label.override_crs",
    )


def _no_crs(path: Path) -> UserError:
    missing = path.suffix.lower() == ".shp" and not any(
        path.with_suffix(suffix).exists() for suffix in (".prj", ".PRJ")
    )
    return UserError(
        "labels have no CRS",
        where=path,
        found="no coordinate reference system"
        + (f" ({path.stem}.prj is missing)" if missing else ""),
        expected='one such as "EPSG:4326"',
        remedy="state it as label.crs in the configuration",
    )


def find_degree_faults(frame: geopandas.GeoDataFrame, crs: CRS, path: Path) -> list[UserError]:
    """The fault that degrees lie beyond the poles or too far round the Earth.

    Longitudes up to 540 degrees are accepted.
    """
    if not crs.is_geographic or crs.axis_info[0].unit_name != "degree":
        return []
    points, owners = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    with np.errstate(invalid="ignore"):
        beyond = (np.abs(points) > (540 + BEYOND, 90 + BEYOND)).any(axis=1) & np.isfinite(
            points
        ).all(axis=1)
    if not beyond.any():
        return []
    x, y = points[beyond][0]
    return [
        UserError(
            "coordinates of labels are no degrees",
            where=f"{path}, features {list_features(np.unique(owners[beyond]))}",
            found=f"x {x:.2f}, y {y:.2f} in {crs.name}",
            expected="longitudes and latitudes",
            remedy="state the true CRS as label.override_crs (GeoJSON without one counts as "
            "EPSG:4326)",
        )
    ]
