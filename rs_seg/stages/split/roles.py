"""The part of `split` that knows the stated roles: by the scene table or by polygons."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.labelling.rasterize import PolygonCodes
from rs_seg.algorithms.splitting.areas import merge_rectangles
from rs_seg.algorithms.splitting.arrange import TEST, VALIDATION
from rs_seg.errors import UserError
from rs_seg.io.raw.labels import read_label_polygons
from rs_seg.scenes.labels import attribute_reading
from rs_seg.values import Window, partition
from rs_seg.values.roles import ROLE_PATTERN, ROLES, fold_role, meant_role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.config import AreasConfig, Learners
    from rs_seg.values.grid import Grid

Areas = dict[str, list[Window]]
MOST_SQUARES = 1_000_000
"""Squares that a scene is cut into at most where areas are polygons; up to as many pixels, these
are the squares."""
WINDOW = 1024
NO_VALUE = ("", "none", "nan", "<na>")
"""What an attribute without a value is as text."""
NOTHING, SEVERAL = -1, -2
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StatedRoles:
    """What is stated of the roles of scenes, and from which scenes other roles are drawn."""

    of_scene: Mapping[str, str]
    """The role of each scene that lies in one role wholly."""
    areas: Mapping[str, Areas]
    """Areas by role of each scene that polygons of a file say it of."""
    divided: tuple[str, ...]
    """Scenes whose blocks are divided: all of their ground, or their training areas."""
    drawn: tuple[int, ...]
    """The roles that are drawn there, VALIDATION and TEST or one of them."""
    rest: str
    """The role of the blocks there that are not drawn."""


def state_roles(
    learners: Learners, names: Sequence[str], roles: Mapping[str, str], areas: Mapping[str, Areas]
) -> StatedRoles:
    """Which scenes are divided into which roles; a stated role is not drawn anywhere.

    Roles are stated by the scene table or by a polygon. Scenes of which nothing is said are
    divided; where there are none, those with training ground give validation and test areas. Where
    nothing is trained, all ground without a role is tested but what selection needs.
    """
    given = {
        *roles.values(),
        *(role for own in areas.values() for role, windows in own.items() if windows),
    }
    wanted = [(VALIDATION, learners.selects), (TEST, learners.trains)]
    drawn = tuple(role for role, needed in wanted if needed and ROLES[role] not in given)
    free = [name for name in names if name not in roles and name not in areas]
    rest = "train" if learners.trains or not free else "test"
    training = [
        name for name in names if roles.get(name) == "train" or areas.get(name, {}).get("train")
    ]
    divided = (free or training) if drawn else []
    whole = {
        name: roles.get(name, rest) for name in names if name not in divided and name not in areas
    }
    return StatedRoles(whole, areas, tuple(divided), drawn, rest)


def read_areas(
    config: AreasConfig, paths: Sequence[Path], grids: Mapping[str, Grid], roles: Mapping[str, str]
) -> dict[str, Areas]:
    """The areas by role of each scene that polygons meet; none for scenes with a role.

    Raises:
        UserError: a file cannot be read, a polygon has a value that is no role, polygons of
            different roles share ground, or no polygon meets any scene.
    """
    areas: dict[str, Areas] = {}
    strays = []
    for (name, grid), path in zip(grids.items(), paths, strict=True):
        own, stray = _read_scene(config, path, grid)
        strays += [] if stray is None else [stray]
        if own and name in roles:
            raise UserError(
                "a scene has two kinds of roles",
                where=f"scene {name}",
                found=f"role {roles[name]} in the scene table, and polygons of {path}",
                expected="one of them",
                remedy="empty its cell in the column role, or take the polygons out of the file",
            )
        if own:
            areas[name] = own
    if not areas and strays:
        raise strays[0]
    return areas


def _read_scene(config: AreasConfig, path: Path, grid: Grid) -> tuple[Areas, UserError | None]:
    """The areas on the grid of a scene; the fault that no polygon meets it, if so."""
    polygons = read_label_polygons(path, attribute_reading(config), grid)
    for warning in polygons.warnings:
        logger.warning("%s", warning)
    if polygons.stray is not None:
        return {}, polygons.stray
    by_polygon = [_role_of(value, config, path) for value in polygons.values]
    names = sorted({role for role in by_polygon if role is not None})
    used = np.array([role is not None for role in by_polygon], dtype=bool)
    codes = [names.index(role) for role in by_polygon if role is not None]
    painted = PolygonCodes(polygons.geometries[used], codes, grid, outside=None)
    squares, side = _paint_squares(painted, grid)
    if painted.overlap_pixels:
        raise UserError(
            "areas of different roles share ground",
            where=path,
            found=f"{painted.overlap_pixels} pixels in polygons of several roles",
            expected="polygons of different roles apart from each other",
            remedy="cut one from the other in a GIS",
        )
    areas = {
        name: merge_rectangles(_runs(squares == index, side, grid.height, grid.width))
        for index, name in enumerate(names)
    }
    return {name: windows for name, windows in areas.items() if windows}, None


def attribute_text(value: object) -> str | None:
    """The value of an attribute as text, whole numbers without decimals; None where empty."""
    if str(value).strip().lower() in NO_VALUE:
        return None
    return (
        str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    )


def _role_of(value: object, config: AreasConfig, path: Path) -> str | None:
    """The role of a polygon; None where it is left out."""
    text = attribute_text(value)
    if text is None:
        return None
    if config.roles is not None:
        return {
            str(value_of_role): role
            for role, values in config.roles.items()
            for value_of_role in values
        }.get(text)
    role = fold_role(text)
    meant = meant_role(role)
    if meant is None and re.match(ROLE_PATTERN, role):
        return role
    raise UserError(
        "a polygon has no role",
        where=f"{path}, column {config.column}",
        found=repr(text[:100]),
        expected="train, validation, test, or the name of a further test set (letters, digits, _, "
        ". and -)",
        remedy=f"did you mean {meant}?"
        if meant
        else "name the column with roles in split.areas.column, or say in split.areas.roles what "
        "values stand for",
    )


def _paint_squares(painted: PolygonCodes, grid: Grid) -> tuple[NDArray[np.int32], int]:
    """The code of each square that lies wholly in one role, and the side of the squares.

    Other squares have negative numbers.
    """
    side = max(1, math.ceil(math.sqrt(grid.height * grid.width / MOST_SQUARES)))
    squares = np.full((-(-grid.height // side), -(-grid.width // side)), NOTHING, dtype=np.int32)
    for window in partition(grid.height, grid.width, size=side * max(1, WINDOW // side)):
        codes = painted.read(window)
        starts = [np.arange(0, length, side) for length in codes.shape]
        low, high = (
            reduce(reduce(codes, starts[0], axis=0), starts[1], axis=1)
            for reduce in (np.minimum.reduceat, np.maximum.reduceat)
        )
        row, column = window.row // side, window.column // side
        part = squares[row : row + low.shape[0], column : column + low.shape[1]]
        part[...] = np.where(low == high, low, SEVERAL)
    return squares, side


def _runs(marked: NDArray[np.bool_], side: int, height: int, width: int) -> list[Window]:
    """Runs of marked squares along rows, in pixels."""
    padded = np.pad(marked.astype(np.int8), ((0, 0), (1, 1)))
    rows, starts = np.nonzero(np.diff(padded, axis=1) == 1)
    _, ends = np.nonzero(np.diff(padded, axis=1) == -1)
    places = zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True)
    return [
        Window(
            row * side,
            start * side,
            min(side, height - row * side),
            min(end * side, width) - start * side,
        )
        for row, start, end in places
    ]
