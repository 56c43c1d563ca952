"""The areas in split.json: refused where they break what a split promises, and measured.

The file may be written by hand. What it says of its own soundness is not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rs_seg.algorithms.splitting.areas import parts_inside, rectangles_of
from rs_seg.algorithms.splitting.proof import (
    find_outside,
    find_overlap,
    find_too_close,
    list_shared_ground,
    measure_gap,
    overlapping_pixels,
)
from rs_seg.errors import UserError
from rs_seg.io.documents import read_document
from rs_seg.values import Window
from rs_seg.values.split import Areas, Split, SplitProof

REMEDY = "correct the areas, or delete the file and run the workflow again, which makes it anew"


def read_split(path: Path) -> Split:
    """Content of split.json, whose areas lie in their scenes, at least a buffer apart.

    Raises:
        UserError: the file cannot be read, or its areas leave the scene, overlap or are too close.
    """
    split = read_document(path, Split)
    for scene, areas in split.areas.items():
        _check_areas(split, scene, areas, path)
    return split


def read_split_with_blocks(path: Path) -> Split:
    """The same, with blocks that hold every pixel of the validation and test areas once.

    Raises:
        UserError: as for `read_split`, or blocks are missing or overlap.
    """
    split = read_split(path)
    for scene in split.areas:
        if not split.groups.get(scene):  # groups of polygons stand for blocks
            for role in ("validation", "test", *split.test_sets):
                _check_blocks(split, scene, role, path)
    return split


def _check_blocks(split: Split, scene: str, role: str, path: Path) -> None:
    rectangles = rectangles_of(split, scene, role)
    blocks = [block.window for block in split.blocks if block.scene == scene]
    parts = [part for block in blocks for part in parts_inside(rectangles, block)]
    pixels, held = _count_pixels(rectangles), _count_pixels(parts)
    if held != pixels:
        raise UserError(
            "areas of the split are not divided into blocks",
            where=f"{path}, scene {scene}",
            found=f"blocks that hold {held} pixels of the {role} areas, which have {pixels}",
            expected="each pixel in one block under `blocks`: figures are summed by block",
            remedy="list the rectangles of the areas under `blocks`, each with scene, row, column, "
            "height, width and role, or delete the file and run the workflow again, which makes "
            "it anew",
        )


def _count_pixels(windows: Sequence[Window]) -> int:
    return sum(window.height * window.width for window in windows)


def _check_areas(split: Split, scene: str, areas: Areas, path: Path) -> None:
    grid = None if split.grids is None else split.grids.get(scene)
    outside = (
        find_outside(areas, height=grid.height, width=grid.width) if grid is not None else None
    )
    if outside is not None and grid is not None:
        role, window = outside
        expected = f"areas within its {grid.height} x {grid.width} pixels"
        raise _refusal(
            "an area of the split leaves its scene", path, scene, f"{role} area {window}", expected
        )
    overlap = find_overlap(areas)
    if overlap is not None:
        expected = (
            "areas that share no pixel: else training sees what it is tested on, or pixels count "
            "twice"
        )
        raise _refusal("areas of the split overlap", path, scene, _name(overlap), expected)
    close = find_too_close(areas, buffer=split.buffer) if split.buffer else None
    if close is not None:
        expected = (
            f"at least {split.buffer} pixels between areas of different roles, as the file says "
            f"under buffer"
        )
        raise _refusal("areas of the split are too close", path, scene, _name(close), expected)


def _refusal(what: str, path: Path, scene: str, found: str, expected: str) -> UserError:
    return UserError(
        what, where=f"{path}, scene {scene}", found=found, expected=expected, remedy=REMEDY
    )


def _name(pair: tuple[str, str, Window, Window]) -> str:
    first, second, first_area, second_area = pair
    return f"{first} area {first_area}; {second} area {second_area}"


def prove(split: Split) -> SplitProof:
    """What a report says of the areas, measured on them: gaps, shared pixels, shared ground.

    All is measured on the areas. Older files do not say where scenes lie; `scenes_on_shared_ground`
    is then None.
    """
    grids = (
        None if split.grids is None else {scene: known.grid for scene, known in split.grids.items()}
    )
    return SplitProof(
        smallest_gap_pixels={scene: measure_gap(own) for scene, own in split.areas.items()},
        overlap_pixels={scene: overlapping_pixels(own) for scene, own in split.areas.items()},
        scenes_on_shared_ground=None
        if grids is None
        else tuple(list_shared_ground(grids, split.areas)),
    )
