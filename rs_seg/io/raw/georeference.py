"""Where the pixels of a raw raster lie on Earth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj.exceptions import CRSError as ProjCRSError
from pyproj.exceptions import ProjError
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.io import DatasetReader, MemoryFile
from rasterio.transform import GCPTransformer

from rs_seg.errors import UserError
from rs_seg.io.raw.crs import parse_crs, settle_crs, transformer_between


@dataclass(frozen=True)
class Georeference:
    """Where pixels lie: a CRS, and either an affine transform (of any orientation) or ground control points."""

    crs: CRS
    transform: Affine | None
    gcps: tuple[GroundControlPoint, ...] = ()

    def shift(self, row: int, column: int) -> Georeference:
        """The georeference of a raster that begins at this row and column."""
        if self.transform is not None:
            return Georeference(self.crs, self.transform * Affine.translation(column, row))
        moved = (GroundControlPoint(each.row - row, each.col - column, each.x, each.y, each.z) for each in self.gcps)
        return Georeference(self.crs, None, tuple(moved))

    def scale(self, rows: float, columns: float) -> Georeference:
        """The georeference of the same raster with pixels `rows` times as high and `columns` times as wide."""
        if self.transform is not None:
            return Georeference(self.crs, self.transform * Affine.scale(columns, rows))
        moved = (GroundControlPoint(each.row / rows, each.col / columns, each.x, each.y, each.z) for each in self.gcps)
        return Georeference(self.crs, None, tuple(moved))

    def to_world(self) -> Callable[[Any, Any], tuple[Any, Any]]:
        """The function from columns and rows (arrays, pixel edges) to x and y in `crs`."""
        if self.transform is not None:
            return _applied(self.transform)
        transformer = GCPTransformer(list(self.gcps))
        return lambda columns, rows: _arrays(transformer.xy(rows, columns, offset="ul"), np.shape(columns))

    def to_pixels(self) -> Callable[[Any, Any], tuple[Any, Any]]:
        """The function from x and y in `crs` to columns and rows (fractional, pixel edges)."""
        if self.transform is not None:
            return _applied(~self.transform)
        transformer = GCPTransformer(list(self.gcps))

        def to_pixels(x: Any, y: Any) -> tuple[Any, Any]:
            rows, columns = _arrays(transformer.rowcol(x, y, op=lambda value: value), np.shape(x))
            return columns, rows

        return to_pixels


def _applied(transform: Affine) -> Callable[[Any, Any], tuple[Any, Any]]:
    return lambda x, y: apply(transform, x, y)


def apply(transform: Affine, x: Any, y: Any) -> tuple[Any, Any]:
    """The transform of arrays of coordinates."""
    a, b, c, d, e, f = transform[:6]
    return a * x + b * y + c, d * x + e * y + f


def _arrays(pair: tuple[Any, Any], shape: tuple[int, ...]) -> tuple[Any, Any]:
    return np.asarray(pair[0], dtype=float).reshape(shape), np.asarray(pair[1], dtype=float).reshape(shape)


def find_georeference(
    dataset: Any, path: Path, crs: str | None, *, override_crs: str | None = None, setting: str | None = None
) -> tuple[Georeference | None, list[UserError]]:
    """Where the pixels of an open dataset lie, or None and why that is unknown; `crs` is used before the file's own."""
    gcps, gcp_crs = dataset.gcps
    placed = not dataset.transform.is_identity
    if not placed and not gcps:
        return None, [_unplaced(dataset, path)]
    declared = (dataset.crs if placed else gcp_crs) or dataset.crs or gcp_crs
    if setting is None:
        stated = parse_crs(crs) if crs is not None else None
        found = stated or declared
    else:
        corners = [dataset.transform * place for place in ((0, 0), (dataset.width, 0), (dataset.width, dataset.height))]
        try:
            found = settle_crs(
                declared or None,
                stated=crs,
                override=override_crs,
                places=(np.array([x for x, _ in corners]), np.array([y for _, y in corners])),
                tolerance=0.1 * min(abs(dataset.res[0]), abs(dataset.res[1])),
                where=path,
                setting=setting,
            )
        except UserError as error:
            return None, [error]
    if not found:
        return None, [
            UserError(
                "raster has no CRS",
                where=path,
                found="no coordinate reference system",
                expected='one such as "EPSG:32632"',
                remedy="state it as `crs` of this source in the configuration",
            )
        ]
    fault = _find_crs_fault(found, path)
    georeference = Georeference(found, dataset.transform) if placed else Georeference(found, None, tuple(gcps))
    return (georeference, []) if fault is None else (None, [fault])


def _unplaced(dataset: Any, path: Path) -> UserError:
    if dataset.rpcs is not None:
        return UserError(
            "raster is placed by RPC only",
            where=path,
            found="rational polynomial coefficients, no geotransform and no ground control points",
            expected="a geotransform or ground control points",
            remedy="orthorectify it first with an elevation model (gdalwarp -rpc -to RPC_DEM=dem.tif)",
        )
    return UserError(
        "raster has no georeference",
        where=path,
        found="neither a geotransform nor ground control points",
        expected="a georeferenced raster",
        remedy="georeference it, or put its world file or .aux.xml sidecar beside it",
    )


def _find_crs_fault(crs: CRS, path: Path) -> UserError | None:
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
        remedy="state the right CRS as `crs` of this source",
    )


@contextmanager
def raster_in_memory(pixels: NDArray[Any], georeference: Georeference) -> Iterator[DatasetReader]:
    """An uncompressed raster (B, H, W) in memory."""
    bands, height, width = pixels.shape
    with MemoryFile() as file:
        with file.open(
            driver="GTiff",
            count=bands,
            height=height,
            width=width,
            dtype=pixels.dtype,
            crs=georeference.crs,
            transform=georeference.transform,
        ) as target:
            target.write(pixels)
        with file.open() as dataset:
            yield dataset
