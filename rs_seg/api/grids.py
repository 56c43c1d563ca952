"""Arrays of the caller as rasters on a grid: checked once, here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from odc.geo.crs import CRS
from pyproj.exceptions import CRSError

from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader, open_raster
from rs_seg.values import ClassName, ClassNames
from rs_seg.values.grid import Grid
from rs_seg.values.legend import MAX_CODE

Transform = Affine | Sequence[float]
"""From columns and rows to the CRS: an affine transform as of rasterio, or its first six numbers
a, b, c, d, e, f."""
MOST_CODES = 1000
"""Different values beyond which an array is no map of classes."""


def place(shape: Sequence[int], transform: Transform | None, crs: Any) -> Grid:
    """The grid of an array (..., H, W).

    Raises:
        UserError: `transform` or `crs` is missing or cannot be understood.
    """
    if transform is None or crs is None:
        given = {"transform": transform, "crs": crs}
        raise UserError(
            "an array does not say where it lies",
            found=f"no {' and no '.join(name for name, own in given.items() if own is None)}",
            expected="transform (affine, as of rasterio) and crs (such as 'EPSG:32632')",
            remedy="pass both, or the path of a raster",
        )
    affine = transform if isinstance(transform, Affine) else Affine(*list(transform)[:6])
    try:
        known = CRS(getattr(crs, "to_wkt", lambda: crs)())
    except CRSError as error:
        raise UserError(
            "the coordinate system is not known",
            where="crs",
            found=str(crs),
            expected="an EPSG code or WKT, such as 'EPSG:32632'",
        ) from error
    return Grid((int(shape[-2]), int(shape[-1])), affine, known)


@contextmanager
def open_placed(path: Path, *, remedy: str) -> Iterator[RasterReader]:
    """A raster that says where it lies, to be read by windows.

    Raises:
        UserError: it cannot be opened, or has no coordinate system.
    """
    with open_raster(path) as opened:
        if opened.crs is None:
            raise UserError(
                "the raster has no coordinate system",
                where=path,
                expected="a raster that says where it lies",
                remedy=remedy,
            )
    with RasterReader(path) as reader:
        yield reader


def check_plane(array: Any, *, what: str) -> NDArray[Any]:
    """The array, which must be of whole numbers (H, W).

    Raises:
        UserError: it is not.
    """
    plane = np.asarray(array)
    if plane.ndim != 2 or plane.dtype.kind not in "iu" or not plane.size:
        raise UserError(
            f"{what} are no map of classes",
            found=f"an array of shape {plane.shape} and type {plane.dtype}",
            expected="whole numbers of shape (rows, columns)",
        )
    return plane


def name_classes(
    planes: Iterable[tuple[NDArray[Any], int | None]], names: Mapping[int, str] | None
) -> ClassNames:
    """The classes of maps: those in `names`, else a class for each value but that of no data.

    `planes` are codes (H, W), each with the value of no data, if there is one.

    Raises:
        UserError: there is no class, or so many that the arrays are no maps.
    """
    if names is None:
        values = {
            int(value) for plane, nodata in planes for value in np.unique(plane) if value != nodata
        }
        names = {code: str(code) for code in sorted(values)}
    codes = sorted(names)
    if not codes or len(codes) > MOST_CODES or codes[0] < 0 or codes[-1] > MAX_CODE:
        raise UserError(
            "the values are no codes of classes",
            found=f"{len(codes)} different values"
            + (f", {codes[0]} to {codes[-1]}" if codes else ""),
            expected=f"1 to {MOST_CODES} codes from 0 to {MAX_CODE}",
            remedy="name the classes, as names={1: 'forest'}, and the value without data as nodata",
        )
    return ClassNames(tuple(ClassName(code=code, name=names[code]) for code in codes))


def index_codes(
    plane: NDArray[Any], names: ClassNames, nodata: int | None, *, what: str
) -> NDArray[np.int64]:
    """Class indices (H, W) of codes, -1 where the value is `nodata`.

    Raises:
        UserError: there are codes without a name.
    """
    present = np.unique(plane)
    strange = sorted({int(value) for value in present} - {*names.codes, nodata})
    if strange:
        raise UserError(
            f"{what} have codes without a name",
            found=", ".join(map(str, strange[:10])),
            expected=f"{', '.join(map(str, names.codes))}"
            + ("" if nodata is None else f", or {nodata} for no data"),
            remedy="add them to names, or pass the value without data as nodata",
        )
    table = dict(zip(names.codes, range(len(names)), strict=True))
    places = np.array([table.get(int(value), -1) for value in present], dtype=np.int64)
    indices: NDArray[np.int64] = places[np.searchsorted(present, plane)]
    return indices
