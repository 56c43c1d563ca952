"""On which role's ground an object lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.objects.tallies import ELSEWHERE
from rs_seg.algorithms.splitting.areas import rectangles_by_block
from rs_seg.algorithms.splitting.learned import Placed, Use
from rs_seg.errors import UserError
from rs_seg.values import Window
from rs_seg.values.grid import Grid
from rs_seg.values.split import Split

HIDDEN: dict[str, tuple[Use, ...]] = {"validation": ("train",)}
"""Learnt ground that does not count for a role: for all others what models were chosen on too."""
ALL_USES: tuple[Use, ...] = ("train", "validation")


@dataclass(frozen=True)
class RoleGround:
    """The ground of a role in a scene, in columns and rows, and the blocks of the split in it.

    `areas` is the ground of the split, `unseen` what is left of it without the ground that models
    saw. `parts` (P,) are rectangles of the blocks, and `numbers` (P,) say which block each is of;
    `blocks` are their first pixels.
    """

    areas: Any
    unseen: Any
    parts: NDArray[Any]
    numbers: NDArray[np.int64]
    blocks: tuple[Window, ...]

    def find_blocks(self, points: NDArray[Any]) -> NDArray[np.int64]:
        """The number of the block that each point (N,) lies in, ELSEWHERE on other ground."""
        numbers = np.full(len(points), len(self.blocks), dtype=np.int64)
        point, part = shapely.STRtree(self.parts).query(points, predicate="intersects")
        # a point on an edge belongs to the first of its blocks
        np.minimum.at(numbers, point, self.numbers[part])
        on_unseen = shapely.intersects(self.unseen, points)
        return np.where(on_unseen & (numbers < len(self.blocks)), numbers, ELSEWHERE)

    def holds(self, shapes: NDArray[Any]) -> NDArray[np.bool_]:
        """Whether each shape (N,) lies wholly on ground that no model saw."""
        inside: NDArray[np.bool_] = shapely.covers(self.unseen, shapes)
        return inside


def find_grids(split: Split, scene_names: Sequence[str], path: Path) -> dict[str, Grid]:
    """The grids that areas were cut on.

    Raises:
        UserError: the split does not say where a scene lies.
    """
    known = split.grids or {}
    unknown = [scene for scene in scene_names if scene not in known]
    if unknown:
        raise UserError(
            "the split does not say where a scene lies",
            where=path,
            found=f"no grid of scene {unknown[0]}",
            expected="the grids of all labelled scenes under `grids`",
            remedy="delete the file and run the workflow again, which makes it anew",
        )
    return {scene: known[scene].grid for scene in scene_names}


def place_role(split: Split, scene: str, role: str, learned: Placed) -> RoleGround:
    """The ground of a role in a scene; empty where it has none there."""
    parts = rectangles_by_block(split, scene, role)
    boxes = [_box(part) for own in parts.values() for part in own]
    numbers = np.repeat(np.arange(len(parts)), [len(own) for own in parts.values()])
    areas = shapely.union_all(boxes)
    hidden = [
        shape
        for use in HIDDEN.get(role, ALL_USES)
        for shape in (*map(_box, learned.windows[use]), *learned.polygons[use])
    ]
    unseen = shapely.difference(areas, shapely.union_all(hidden))
    shapely.prepare(unseen)
    return RoleGround(areas, unseen, np.array(boxes, dtype=object), numbers, tuple(parts))


def _box(window: Window) -> Any:
    return shapely.box(window.column, window.row, window.column_end, window.row_end)
