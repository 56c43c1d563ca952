"""Where the pixels of a raw raster lie on Earth."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from affine import Affine
from pyproj import CRS as ProjCRS  # noqa: N811  # two libraries name it alike

# the public rasterio.errors has no name for errors of GCPs
from rasterio._err import CPLE_BaseError
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.transform import GCPTransformer

from rs_seg.errors import UserError
from rs_seg.io.raw.crs import Coordinates, settle_crs
from rs_seg.io.raw.place_faults import (
    find_crs_fault,
    find_transform_fault,
    other_shape_fault,
    unplaced_fault,
    with_place_fault,
    without_crs_fault,
)
from rs_seg.values.grid import PIXELS

GcpTransform = Literal["polynomial", "thin_plate_spline"]
ANY_PLANE = CRS.from_epsg(3857)
"""A CRS for both sides of a warp in which nothing but the pixels changes."""
ANYWHERE = Affine.translation(1000, 1000)
"""A place for both sides of such a warp."""


@dataclass(frozen=True)
class Placing:
    """Where the configuration says that a raster lies.

    See `rs_seg.io.raw.crs.settle_crs` for the two CRS. `picture` is the CRS (WKT) of a picture
    without a place (see `rs_seg.values.pictures`); None: the raster lies on Earth. `extent` is the
    ground that a raster without a place covers; None: such a raster is a fault.
    """

    crs: str | None = None
    override_crs: str | None = None
    gcp_transform: GcpTransform = "polynomial"
    picture: str | None = None
    extent: Extent | None = None


@dataclass(frozen=True)
class Georeference:
    """Where pixels lie: a CRS with an affine transform or with ground control points.

    The transform may have any orientation. `gcp_transform` says what is laid through the points: a
    polynomial, of the first order below six points and of the second from there on, which smooths
    errors of the points; or a thin-plate spline, which meets every point. `has_place` is False for
    pictures without a place on Earth.
    """

    crs: CRS
    transform: Affine | None
    gcps: tuple[GroundControlPoint, ...] = ()
    gcp_transform: GcpTransform = "polynomial"
    has_place: bool = True

    def shift(self, row: int, column: int) -> Georeference:
        """The georeference of a raster that begins at this row and column."""
        if self.transform is not None:
            return replace(self, transform=self.transform * Affine.translation(column, row))
        moved = (
            GroundControlPoint(point.row - row, point.col - column, point.x, point.y, point.z)
            for point in self.gcps
        )
        return replace(self, gcps=tuple(moved))

    def scale(self, rows: float, columns: float) -> Georeference:
        """The same georeference for pixels `rows` times as high and `columns` times as wide."""
        if self.transform is not None:
            return replace(self, transform=self.transform * Affine.scale(columns, rows))
        moved = (
            GroundControlPoint(point.row / rows, point.col / columns, point.x, point.y, point.z)
            for point in self.gcps
        )
        return replace(self, gcps=tuple(moved))

    def to_world(self) -> Callable[[Any, Any], tuple[Any, Any]]:
        """The function from columns and rows (arrays, pixel edges) to x and y in `crs`."""
        if self.transform is not None:
            return _applied(self.transform)
        transformer = self._gcp_transformer()
        return lambda columns, rows: _arrays(
            transformer.xy(rows, columns, offset="ul"), np.shape(columns)
        )

    def to_pixels(self) -> Callable[[Any, Any], tuple[Any, Any]]:
        """The function from x and y in `crs` to columns and rows (fractional, pixel edges)."""
        if self.transform is not None:
            return _applied(~self.transform)
        transformer = self._gcp_transformer()

        def to_pixels(x: Any, y: Any) -> tuple[Any, Any]:
            rows, columns = _arrays(transformer.rowcol(x, y, op=lambda value: value), np.shape(x))
            return columns, rows

        return to_pixels

    @property
    def warp_options(self) -> dict[str, Any]:
        """What `rasterio.warp.reproject` takes to place the pixels."""
        if self.transform is not None:
            return {
                "src_crs": self.warp_crs(self.crs),
                "src_transform": self.warp_transform(self.transform),
            }
        method = {"SRC_METHOD": "GCP_TPS"} if self.gcp_transform == "thin_plate_spline" else {}
        return {"src_crs": self.crs, "gcps": list(self.gcps), **method}

    def warp_crs(self, crs: CRS) -> CRS:
        """What GDAL is told in place of this CRS or that of the target when it warps.

        Between two grids in one local CRS it writes no pixel (seen in GDAL 3.10).
        """
        return crs if self.has_place else ANY_PLANE

    def warp_transform(self, transform: Affine) -> Affine:
        """What GDAL is told in place of this transform or that of the target when it warps.

        It takes the transform of a picture for none at all: as if rows were y (seen in GDAL 3.10).
        """
        return transform if self.has_place else ANYWHERE * transform

    @property
    def proj_crs(self) -> ProjCRS:
        """The CRS as pyproj has it."""
        return ProjCRS.from_wkt(self.crs.to_wkt())

    def gcp_residual(self) -> float | None:
        """Root mean square residual of the ground control points, in pixels; None without them."""
        if self.transform is not None:
            return None
        points = np.array(
            [(point.col, point.row, point.x, point.y) for point in self.gcps], dtype=float
        ).T
        columns, rows = self.to_pixels()(points[2], points[3])
        return float(np.sqrt(np.mean((columns - points[0]) ** 2 + (rows - points[1]) ** 2)))

    def _gcp_transformer(self) -> GCPTransformer:
        return GCPTransformer(list(self.gcps), tps=self.gcp_transform == "thin_plate_spline")


@dataclass(frozen=True)
class Extent:
    """The ground of another raster: where it lies, and its rows and columns."""

    georeference: Georeference
    height: int
    width: int


def _applied(transform: Affine) -> Callable[[Any, Any], tuple[Any, Any]]:
    return lambda x, y: apply(transform, x, y)


def apply(transform: Affine, x: Any, y: Any) -> tuple[Any, Any]:
    """The transform of arrays of coordinates."""
    a, b, c, d, e, f = transform[:6]
    return a * x + b * y + c, d * x + e * y + f


def _arrays(pair: tuple[Any, Any], shape: tuple[int, ...]) -> tuple[Any, Any]:
    return np.asarray(pair[0], dtype=float).reshape(shape), np.asarray(
        pair[1], dtype=float
    ).reshape(shape)


def find_georeference(
    dataset: Any, path: Path, placing: Placing | None = None, *, setting: str
) -> tuple[Georeference | None, list[UserError]]:
    """Where the pixels of an open dataset lie, or None and why that is unknown.

    `setting` is the section of the configuration that `placing` comes from.
    """
    placing = placing or Placing()
    if placing.picture is not None:
        return _find_picture(dataset, path, placing.picture)
    gcps, gcp_crs = dataset.gcps
    placed = not dataset.transform.is_identity
    if not placed and not gcps:
        return _lay_over(dataset, path, placing.extent)
    if placed and (fault := find_transform_fault(dataset.transform, path)) is not None:
        return None, [fault]
    own = dataset.transform if placed else None
    try:
        crs = settle_crs(
            (dataset.crs if placed else gcp_crs) or dataset.crs or gcp_crs or None,
            stated=placing.crs,
            override=placing.override_crs,
            places=_places(dataset, own, gcps),
            tolerance=_tolerance(dataset, own, gcps),
            where=path,
            setting=setting,
        )
    except UserError as error:
        return None, [error]
    if not crs:
        return None, [without_crs_fault(path, setting)]
    georeference = (
        Georeference(crs, own)
        if placed
        else Georeference(crs, None, tuple(gcps), placing.gcp_transform)
    )
    fault = find_crs_fault(crs, path, setting) or _find_gcp_fault(georeference, path)
    return (georeference, []) if fault is None else (None, [fault])


def _find_picture(
    dataset: Any, path: Path, crs: str
) -> tuple[Georeference | None, list[UserError]]:
    """The georeference of a picture without a place, or None and the fault that it has a place."""
    if is_placed(dataset):
        return None, [with_place_fault(path)]
    return Georeference(CRS.from_wkt(crs), PIXELS, has_place=False), []


def _lay_over(
    dataset: Any, path: Path, extent: Extent | None
) -> tuple[Georeference | None, list[UserError]]:
    """The georeference of a raster without a place that covers an extent, or None and its fault."""
    if extent is None or dataset.rpcs is not None:
        return None, [unplaced_fault(dataset, path)]
    rows, columns = extent.height / dataset.height, extent.width / dataset.width
    if abs(rows / columns - 1) * max(extent.height, extent.width) > 1:
        return None, [other_shape_fault(dataset, path, extent.height, extent.width)]
    return extent.georeference.scale(rows, columns), []


def is_placed(dataset: Any) -> bool:
    """Whether an open dataset says where its pixels lie; false: it may be a picture of nowhere."""
    moved = dataset.transform not in (Affine.identity(), PIXELS)
    return bool(moved or dataset.gcps[0] or dataset.rpcs)


def _places(dataset: Any, own: Affine | None, gcps: Any) -> Coordinates:
    """Coordinates of the raster's corners, or of its ground control points."""
    if own is None:
        return np.array([point.x for point in gcps]), np.array([point.y for point in gcps])
    columns, rows = np.array([0, 1, 0, 1]) * dataset.width, np.array([0, 0, 1, 1]) * dataset.height
    return apply(own, columns, rows)


def _tolerance(dataset: Any, own: Affine | None, gcps: Any) -> float:
    """Half a pixel, in units of the CRS: two CRS that differ by less place the raster alike."""
    if own is not None:
        return 0.5 * math.sqrt(abs(own.determinant))
    x, y = _places(dataset, own, gcps)
    return 0.5 * float(max(np.ptp(x) / dataset.width, np.ptp(y) / dataset.height))


def _find_gcp_fault(georeference: Georeference, path: Path) -> UserError | None:
    """The fault of ground control points that are too few, in one line or no numbers, or None."""
    if georeference.transform is not None:
        return None
    points = np.array(
        [(point.col, point.row, point.x, point.y) for point in georeference.gcps], dtype=float
    )
    # without a height and a width on the ground they are no plane
    flat = (
        not np.isfinite(points).all() or np.linalg.matrix_rank(points[:, :2] - points[:1, :2]) < 2
    )
    try:
        usable = not flat and math.isfinite(georeference.gcp_residual() or 0.0)
        reason = ""
    except CPLE_BaseError as error:
        usable, reason = False, f" ({' '.join(str(error).split())})"
    if usable:
        return None
    return UserError(
        "ground control points do not place the raster",
        where=path,
        found=f"{len(points)} points{reason}",
        expected="at least three points that are not in one line",
        remedy="give more points, or georeference the file with a geotransform (gdal_translate "
        "-a_ullr)",
    )
