"""Rasters that belong together: the same pixels of the same scene."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from rs_seg.errors import UserError
from rs_seg.values.grid import Grid, describe_grid, equal
from rs_seg.values.layout import find_place


class Placed(Protocol):
    """A raster that is open."""

    path: Path
    grid: Grid


def check_same_grid(first: Placed, second: Placed) -> None:
    """Refuse two rasters that are used pixel by pixel and are not of one scene.

    Every such pair passes here. Their grids are equal, and where both files lie in one folder of
    results, so are the scenes that they are filed under: two dates of one place have one grid.

    Raises:
        UserError: the grids or the scenes differ.
    """
    if not equal(first.grid, second.grid):
        raise UserError(
            "two rasters of one scene lie on different grids",
            where=first.path,
            found=describe_grid(first.grid),
            expected=f"the grid of {second.path}: {describe_grid(second.grid)}",
            remedy="give the files of one scene together, lists in the order of the scenes; or "
            "make both files again from one image",
        )
    scenes = find_contradiction(first.path, second.path)
    if scenes is not None:
        raise UserError(
            "two rasters that belong together are filed under different scenes",
            where=first.path,
            found=f"scene {scenes[0]}",
            expected=f"scene {scenes[1]}, as in {second.path}",
            remedy="give the files of one scene together, lists in the order of the scenes",
        )


def find_contradiction(first: Path, second: Path) -> tuple[str, str] | None:
    """The scenes of two rasters in one folder of results, where these differ; else None."""
    filed = find_scene(first), find_scene(second)
    if filed[0] is None or filed[1] is None or filed[0][0] != filed[1][0] or filed[0] == filed[1]:
        return None
    return filed[0][1], filed[1][1]


def find_scene(path: Path) -> tuple[Path, str] | None:
    """Folder of results and scene of a file of the workflow; None for files elsewhere."""
    place = find_place(path)
    return None if place is None or place.scene is None else (place.root, place.scene)
