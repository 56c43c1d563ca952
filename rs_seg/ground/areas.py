"""The areas in split.json: refused where they contradict what a split promises, and the proof that they keep it.

The file may be written by hand. What it says of its own soundness is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affine import Affine

from rs_seg.algorithms.splitting.proof import (
    find_outside,
    find_overlap,
    find_too_close,
    list_shared_ground,
    measure_gap,
    overlapping_pixels,
)
from rs_seg.errors import UserError
from rs_seg.io.notes import broken_file, read_json
from rs_seg.values import Window
from rs_seg.values.grid import Grid

if TYPE_CHECKING:
    from rs_seg.algorithms.splitting.proof import Areas

WHAT = "the split into blocks"
REMEDY = "correct the areas, or delete the file and run the workflow again, which makes it anew"


def read_split(path: Path) -> dict[str, Any]:
    """Content of split.json, whose areas lie in their scenes, apart from each other by the buffer that it states.

    Raises:
        UserError: the file cannot be read, or its areas leave the scene, overlap or are too close.
    """
    split = read_json(path, what=WHAT, keys=["areas"])
    try:
        areas = areas_of(split)
        for scene, own in areas.items():
            _check_areas(split, scene, own, path)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise broken_file(path, WHAT, f"areas, grids or a buffer of another form: {error}") from error
    return split


def areas_of(split: Mapping[str, Any]) -> dict[str, Areas]:
    """The rectangles by scene and role."""
    return {
        scene: {role: [_window(each) for each in rectangles] for role, rectangles in roles.items()}
        for scene, roles in split["areas"].items()
    }


def _window(numbers: Any) -> Window:
    row, column, height, width = numbers
    if any(type(number) is not int for number in numbers) or height < 1 or width < 1:
        raise ValueError(f"{numbers} is no rectangle of whole pixels (row, column, height, width)")
    return Window(row, column, height, width)


def _check_areas(split: Mapping[str, Any], scene: str, areas: Areas, path: Path) -> None:
    grid = split.get("grids", {}).get(scene)
    outside = find_outside(areas, height=grid["height"], width=grid["width"]) if grid is not None else None
    if outside is not None:
        role, window = outside
        expected = f"areas within its {grid['height']} x {grid['width']} pixels"
        raise _refusal("an area of the split leaves its scene", path, scene, f"{role} area {window}", expected)
    overlap = find_overlap(areas)
    if overlap is not None:
        expected = "areas that share no pixel: else training sees what it is tested on, or pixels count twice"
        raise _refusal("areas of the split overlap", path, scene, _name(overlap), expected)
    buffer = split.get("buffer")
    close = find_too_close(areas, buffer=buffer) if buffer else None
    if close is not None:
        expected = f"at least {buffer} pixels between areas of different roles, as the file says under buffer"
        raise _refusal("areas of the split are too close", path, scene, _name(close), expected)


def _refusal(what: str, path: Path, scene: str, found: str, expected: str) -> UserError:
    return UserError(what, where=f"{path}, scene {scene}", found=found, expected=expected, remedy=REMEDY)


def _name(pair: tuple[str, str, Window, Window]) -> str:
    first, second, one, other = pair
    return f"{first} area {one}; {second} area {other}"


def prove(split: Mapping[str, Any]) -> dict[str, Any]:
    """What a report says of the areas, measured on them: gaps and shared pixels by scene, scenes on shared ground.

    Older files do not say where scenes lie; `scenes_on_shared_ground` is then None.
    """
    areas = areas_of(split)
    grids = {scene: _grid(known) for scene, known in split["grids"].items()} if "grids" in split else None
    return {
        "smallest_gap_pixels": {scene: measure_gap(own) for scene, own in areas.items()},
        "overlap_pixels": {scene: overlapping_pixels(own) for scene, own in areas.items()},
        "scenes_on_shared_ground": list_shared_ground(grids, areas) if grids is not None else None,
    }


def _grid(known: Mapping[str, Any]) -> Grid:
    return Grid((known["height"], known["width"]), Affine(*known["transform"]), known["crs"])
