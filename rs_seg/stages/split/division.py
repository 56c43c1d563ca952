"""What `split` decides: the areas and blocks of each role, by scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.splitting.areas import parts_inside, subtract_rectangles
from rs_seg.algorithms.splitting.blocks import (
    Board,
)
from rs_seg.algorithms.splitting.dealing import DealtGroup
from rs_seg.algorithms.splitting.geometry import (
    Geometry,
)
from rs_seg.stages.split.roles import Areas
from rs_seg.values import Window
from rs_seg.values.roles import ROLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.config import Learners


@dataclass(frozen=True)
class Division:
    """What was decided, by scene.

    `tested_by` is the fold that tests each block, empty where there is one split.
    """

    geometry: Geometry
    boards: Mapping[str, Board]
    block_roles: Mapping[str, Sequence[str]]
    """The role of each block, row by row."""
    before: Mapping[str, Areas]
    """Areas of each role before buffers were cut."""
    areas: Mapping[str, Areas]
    labelled: NDArray[np.int64]
    """Labelled pixels (K,) of each class in the areas before buffers were cut."""
    counts: Mapping[str, NDArray[np.int64]]
    """Labelled pixels (K,) of each class by role."""
    tested_by: Mapping[str, NDArray[np.uint8]]
    groups: Mapping[str, Sequence[DealtGroup]] = field(default_factory=dict)
    """Groups of polygons, of scenes that are divided by them."""
    group_counts: NDArray[np.int64] | None = None
    """Labelled pixels (G, K) of each class in each of these groups."""

    @property
    def roles(self) -> tuple[str, ...]:
        """All roles, further test sets last."""
        return tuple(self.counts)


def refine_areas(board: Board, stated: Areas, drawn: Sequence[str] | None) -> Areas:
    """Stated areas; the roles that were drawn for blocks divide their training areas."""
    areas: Areas = {role: list(stated.get(role, [])) for role in dict.fromkeys([*ROLES, *stated])}
    if drawn is None:
        return areas
    taken: list[Window] = []
    for block, role in zip(board.windows, drawn, strict=True):
        if role not in ("train", "unused"):
            inside = parts_inside(areas["train"], block)
            areas[role] += inside
            taken += inside
    areas["train"] = subtract_rectangles(areas["train"], taken)
    return areas


def needed_roles(learners: Learners, division: Division) -> tuple[str, ...]:
    """The roles that a run needs; further test sets are enough to test a given model."""
    tested = learners.trains or not set(division.roles) - set(ROLES)
    needed = {"train": learners.trains, "validation": learners.selects, "test": tested}
    return tuple(role for role, wanted in needed.items() if wanted)
