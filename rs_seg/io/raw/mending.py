"""Valid polygons of label files: mended where safe, left out where empty, else refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.errors import UserError
from rs_seg.io.raw.vector_files import LISTED, list_features

MENDED_CHANGE = 1e-3
"""Greatest relative change of area with which an invalid polygon is mended and kept."""
FARTHEST = 1e12
"""Greatest coordinate that can be a place, in any unit."""


@dataclass(frozen=True)
class Mended:
    """Geometries (N,) with what was found in them; those `kept` (N,) are valid polygons."""

    geometries: NDArray[Any]
    kept: NDArray[np.bool_]
    faults: list[UserError]
    told: list[str]


def mend_polygons(geometries: NDArray[Any], path: Path, *, digits: int) -> Mended:
    """Valid polygons in two dimensions; places in messages have so many `digits` after the point.

    Features without geometry or area are left out and said. Invalid polygons are mended where that
    hardly changes their area. Faults: coordinates that are no numbers, other geometries than
    polygons, polygons that cannot be mended.
    """
    flat = shapely.force_2d(geometries)
    empty = shapely.is_missing(flat) | shapely.is_empty(flat)
    placeless = _find_placeless(flat)
    polygonal = np.isin(shapely.get_type_id(flat), (3, 6)) & ~empty & ~placeless
    faults = _list_placeless(flat, placeless, path)
    faults += _find_kind_faults(flat, ~polygonal & ~empty & ~placeless, path, digits)
    flat_area = np.zeros(len(flat), dtype=bool)
    flat_area[polygonal] = shapely.area(flat[polygonal]) == 0
    flat_area &= ~_encloses_ground(flat, flat_area)
    told = [
        f"{path}: {int(which.sum())} features {why} are left out: "
        f"{list_features(np.flatnonzero(which))}"
        for which, why in ((empty, "without geometry"), (flat_area, "of zero area"))
        if which.any()
    ]
    usable = polygonal & ~flat_area
    invalid = usable.copy()
    invalid[usable] = ~shapely.is_valid(flat[usable])
    mended, mend_faults, mend_told = _mend(flat, np.flatnonzero(invalid), path)
    faults += mend_faults
    if not usable.any() and not faults:
        faults.append(_nothing_left(len(flat), int(empty.sum()), int(flat_area.sum()), path))
    return Mended(mended, usable, faults, told + mend_told)


def format_place(x: float, y: float, digits: int) -> str:
    """A place, with enough digits to find it."""
    return f"x {_short(x, digits)}, y {_short(y, digits)}"


def _short(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _find_placeless(geometries: NDArray[Any]) -> NDArray[np.bool_]:
    """Which geometries hold coordinates that are not finite or too large for a place."""
    points, owners = shapely.get_coordinates(geometries, return_index=True)
    placeless = np.zeros(len(geometries), dtype=bool)
    with np.errstate(invalid="ignore"):
        placeless[owners[~(np.abs(points) <= FARTHEST).all(axis=1)]] = True
    return placeless


def _list_placeless(
    geometries: NDArray[Any], placeless: NDArray[np.bool_], path: Path
) -> list[UserError]:
    if not placeless.any():
        return []
    numbers = np.flatnonzero(placeless)
    points = shapely.get_coordinates(geometries[numbers[0]])
    bad = points[~(np.abs(points) <= FARTHEST).all(axis=1)][0]
    return [
        UserError(
            "coordinates of labels are no places",
            where=f"{path}, features {list_features(numbers)}",
            found=f"{len(numbers)} features with coordinates such as x {bad[0]:g}, y {bad[1]:g}",
            expected="finite numbers",
            remedy="draw or export these features again, or remove them",
        )
    ]


def _find_kind_faults(
    geometries: NDArray[Any], strange: NDArray[np.bool_], path: Path, digits: int
) -> list[UserError]:
    if not strange.any():
        return []
    numbers = np.flatnonzero(strange)
    kinds = sorted({str(geometry.geom_type) for geometry in geometries[numbers]})
    x, y = shapely.get_coordinates(geometries[numbers[0]])[0]
    place = format_place(x, y, digits)
    return [
        UserError(
            "labels hold other geometries than polygons",
            where=f"{path}, features {list_features(numbers)}",
            found=f"{len(numbers)} of type {', '.join(kinds)}, the first near {place}",
            expected="polygons and multipolygons",
            remedy="set label.radius, in metres, to make circles of points"
            if set(kinds) <= {"Point", "MultiPoint"}
            else "remove them, buffer lines, or split geometry collections",
        )
    ]


def _encloses_ground(geometries: NDArray[Any], chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the chosen enclose ground although their area is 0, such as an 8 of equal halves."""
    encloses = np.zeros(len(geometries), dtype=bool)
    numbers = np.flatnonzero(chosen)
    encloses[numbers] = shapely.area(shapely.make_valid(geometries[numbers])) > 0
    return encloses


def _mend(
    geometries: NDArray[Any], broken: NDArray[np.int64], path: Path
) -> tuple[NDArray[Any], list[UserError], list[str]]:
    """All geometries, those `broken` mended; a fault for those whose area would change.

    A text of those mended.
    """
    geometries = geometries.copy()
    told, unsafe = [], []
    reasons = shapely.is_valid_reason(geometries[broken])
    mended = [_polygonal_part(geometry) for geometry in shapely.make_valid(geometries[broken])]
    for index, geometry, reason in zip(broken, mended, reasons, strict=True):
        area = shapely.area(geometries[index])
        if area > 0 and abs(shapely.area(geometry) - area) <= MENDED_CHANGE * area:
            told.append(f"feature {index} was mended: {reason}")
            geometries[index] = geometry
        else:
            unsafe.append(f"feature {index}: {reason}")
    said = [f"{path}: {_join(told)}"] if told else []
    if not unsafe:
        return geometries, [], said
    fault = UserError(
        "invalid polygons that cannot be mended without changing their area",
        where=path,
        found=_join(unsafe),
        expected="valid polygons",
        remedy="mend them by hand at these coordinates (QGIS: Check validity)",
    )
    return geometries, [fault], said


def _join(texts: list[str]) -> str:
    return "; ".join(texts[:LISTED]) + (
        f"; and {len(texts) - LISTED} more" if len(texts) > LISTED else ""
    )


def _polygonal_part(geometry: Any) -> Any:
    """The polygons of a geometry; the lines and points that repairing leaves over are dropped."""
    if shapely.get_type_id(geometry) in (3, 6):
        return geometry
    parts = shapely.get_parts(geometry)
    return shapely.union_all(parts[np.isin(shapely.get_type_id(parts), (3, 6))])


def _nothing_left(count: int, empty: int, flat: int, path: Path) -> UserError:
    reasons = [f"{empty} features without geometry"] if empty else []
    reasons += [f"{flat} of zero area"] if flat else []
    return UserError(
        "labels have no polygons",
        where=path,
        found=", ".join(reasons) or f"{count} features",
        expected="polygons",
    )
