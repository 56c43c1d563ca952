"""Faults of the place of a raw raster: missing, false, or there where none is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from pyproj.exceptions import CRSError as ProjCRSError
from pyproj.exceptions import ProjError
from rasterio.crs import CRS
from rasterio.errors import CRSError

from rs_seg.errors import UserError
from rs_seg.io.raw.crs import transformer_between

NO_CRS = "raster has no CRS"
NO_PLACE = "raster has no georeference"
WITH_PLACE = "raster has a place, but the run is of pictures without one"


def find_transform_fault(transform: Affine, path: Path) -> UserError | None:
    """The fault of a geotransform whose pixels have no size, or that is not made of numbers."""
    if np.isfinite(transform[:6]).all() and transform.determinant != 0:
        return None
    return UserError(
        "pixels of the raster have no size",
        where=path,
        found=f"the geotransform {tuple(transform[:6])}",
        expected="finite numbers, and pixels with a height and a width",
        remedy="mend the file's world file or its georeference (gdal_edit -a_ullr)",
    )


def with_place_fault(path: Path) -> UserError:
    """The fault of a raster with a place among pictures without one."""
    return UserError(
        WITH_PLACE,
        where=path,
        found="a geotransform, ground control points or RPC, and align.ungeoreferenced: pixels",
        expected="rasters of which none, or all, have a place",
        remedy="remove align.ungeoreferenced, or take the place from the file (gdal_edit "
        "-unsetgt -a_srs None, on a copy)",
    )


def without_crs_fault(path: Path, setting: str) -> UserError:
    """The fault of a raster without a CRS; `setting` is its section of the configuration."""
    return UserError(
        NO_CRS,
        where=path,
        found="no coordinate reference system",
        expected='one such as "EPSG:32632"',
        remedy=f"state it as `crs` of {setting} in the configuration",
    )


def unplaced_fault(dataset: Any, path: Path) -> UserError:
    """The fault of an open raster that nothing places, or RPC alone."""
    if dataset.rpcs is not None:
        return UserError(
            "raster is placed by RPC only",
            where=path,
            found="rational polynomial coefficients, no geotransform and no ground control points",
            expected="a geotransform or ground control points",
            remedy="orthorectify it first with an elevation model (gdalwarp -rpc -to "
            "RPC_DEM=dem.tif)",
        )
    return UserError(
        NO_PLACE,
        where=path,
        found="neither a geotransform nor ground control points",
        expected="a georeferenced raster",
        remedy="georeference it, or put its world file or .aux.xml sidecar beside it; a picture "
        "that has no place on Earth is mapped with align.ungeoreferenced: pixels",
    )


def other_shape_fault(dataset: Any, path: Path, height: int, width: int) -> UserError:
    """The fault of a raster without a place that cannot cover the raster that gives the grid."""
    return UserError(
        "raster without a place has another shape than the one that gives the grid",
        where=path,
        found=f"{dataset.height} x {dataset.width} pixels",
        expected=f"the shape of {height} x {width} pixels, whose ground it is said to cover "
        "(ungeoreferenced: reference)",
        remedy="put a world file beside it (.jgw, .pgw, .tfw), or crop it to that ground",
    )


def find_crs_fault(crs: CRS, path: Path, setting: str) -> UserError | None:
    """The fault of a CRS that PROJ cannot transform to longitude and latitude, or None."""
    try:
        transformer_between(CRS.from_epsg(4326), crs)
    except (ProjError, CRSError, ProjCRSError) as error:
        reason = " ".join(str(error).split())[:160]
    else:
        return None
    return UserError(
        "CRS cannot be transformed",
        where=path,
        found=f"{crs.to_string()[:120]} ({reason})",
        expected="a CRS on Earth that PROJ can transform to longitude and latitude",
        remedy=f"state the right CRS as `override_crs` of {setting}",
    )
