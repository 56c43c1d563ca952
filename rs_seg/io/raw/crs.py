"""The CRS of raw files: what a file declares, and what the configuration says of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS as ProjCRS  # noqa: N811  # two libraries name it alike
from pyproj import Transformer
from pyproj.exceptions import CRSError as ProjCRSError
from pyproj.exceptions import ProjError
from rasterio.crs import CRS
from rasterio.errors import CRSError

from rs_seg.errors import UserError, nearest_name

Coordinates = tuple[NDArray[Any], NDArray[Any]]


def parse_crs(text: str) -> CRS:
    """The CRS of a text such as "EPSG:32632" or WKT.

    Raises:
        UserError: no such CRS.
    """
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        near = nearest_name(text.upper(), [text.upper().replace("ESPG", "EPSG").replace(" ", "")])
        raise UserError(
            "unknown CRS",
            found=repr(text),
            expected='an authority code such as "EPSG:32632", or WKT',
            remedy=f"did you mean {near!r}?" if near and near != text.upper() else None,
        ) from error


@lru_cache(maxsize=64)
def transformer_between(source: CRS, target: CRS) -> Transformer:
    """The transformer of coordinates (x, y) from one CRS to another.

    It gives infinity where there is no result.
    """
    return Transformer.from_crs(source.to_wkt(), target.to_wkt(), always_xy=True)


def settle_crs(
    declared: CRS | None,
    *,
    stated: str | None,
    override: str | None,
    places: Coordinates,
    tolerance: float,
    where: object,
    setting: str,
) -> CRS | None:
    """The CRS that counts: the override, else the declared one, else the stated one, else None.

    A stated CRS fills in what is missing. Where the file declares another one, the two must put the
    `places` (x and y as they are in the file) on the same ground, to `tolerance` units of the
    declared CRS. `setting` is the section of the configuration that holds `crs` and `override_crs`.

    Raises:
        UserError: a text is no CRS, or the stated CRS contradicts the file.
    """
    if override is not None:
        return parse_crs(override)
    given = None if stated is None else parse_crs(stated)
    if declared is None or given is None or _is_same_place(given, declared, places, tolerance):
        return declared or given
    raise UserError(
        "the CRS of the configuration is not that of the file",
        where=where,
        found=f"{name_of(declared)} in the file, {setting}.crs: {stated}",
        expected="one CRS: `crs` is for files that declare none",
        remedy=f"remove {setting}.crs; if the file is wrong, write override_crs: {stated} instead",
    )


def move(x: Any, y: Any, source: CRS, target: CRS) -> Coordinates:
    """Coordinates in another CRS; infinite where there are none."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if source == target:
        return x, y
    moved_x, moved_y = transformer_between(source, target).transform(x, y)
    return np.asarray(moved_x), np.asarray(moved_y)


def name_of(crs: CRS) -> str:
    """The authority code of a CRS with its name, or the name alone where it has no code."""
    name = ProjCRS.from_wkt(crs.to_wkt()).name
    code = crs.to_string()
    return f"{code} ({name})" if len(code) < 20 else name


def _is_same_place(first: CRS, second: CRS, places: Coordinates, tolerance: float) -> bool:
    """Whether both CRS put these coordinates on the same ground.

    The tolerance is in units of the second.
    """
    if first == second:
        return True
    x, y = np.asarray(places[0], dtype=float), np.asarray(places[1], dtype=float)
    try:
        moved_x, moved_y = transformer_between(first, second).transform(x, y)
    except (ProjError, ProjCRSError):
        return False
    return bool((np.hypot(moved_x - x, moved_y - y) <= tolerance).all())
