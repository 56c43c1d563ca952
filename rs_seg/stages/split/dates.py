"""The part of split that keeps the dates of a place together: same ground, same role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TypeVar

import numpy as np

from rs_seg.algorithms.splitting.blocks import Board
from rs_seg.errors import UserError
from rs_seg.stages.split.roles import Areas
from rs_seg.values.grid import Grid, describe_grid, equal

Value = TypeVar("Value")


@dataclass(frozen=True)
class Dates:
    """Which scenes are dates of one place, by the name of the place; others have none."""

    places: Mapping[str, str] = field(default_factory=dict)

    def first_of(self, scene: str, scene_names: Sequence[str]) -> str:
        """The first of some scenes that shows the place of a scene, or the scene itself."""
        place = self.places.get(scene)
        if place is None:
            return scene
        return next((other for other in scene_names if self.places.get(other) == place), scene)

    def leaders(self, scene_names: Sequence[str]) -> tuple[str, ...]:
        """One scene of each place, in order; the other dates follow it."""
        return tuple(scene for scene in scene_names if self.first_of(scene, scene_names) == scene)

    def spread(self, scene_names: Sequence[str], of_leaders: Sequence[Value]) -> dict[str, Value]:
        """What was drawn for one scene of each place, for all of its dates, if anything was."""
        drawn = dict(zip(self.leaders(scene_names), of_leaders, strict=False))
        first = {scene: self.first_of(scene, scene_names) for scene in scene_names}
        return {scene: drawn[first[scene]] for scene in scene_names if first[scene] in drawn}

    def unite(self, leader: str, boards: Mapping[str, Board]) -> Board:
        """The board of a place: labelled pixels of all its dates together."""
        place = self.places.get(leader)
        own = boards[leader]
        if place is None:
            return own
        cells = [boards[scene].cells for scene in boards if self.places.get(scene) == place]
        return replace(own, cells=np.sum(cells, axis=0))


def check_dates(dates: Dates, grids: Mapping[str, Grid]) -> None:
    """See that the dates of a place have the same pixels, so that blocks mean the same ground.

    Raises:
        UserError: two of them have not.
    """
    for scene, grid in grids.items():
        first = dates.first_of(scene, list(grids))
        if not equal(grids[first], grid):
            raise UserError(
                "labelled dates of one place have different grids, so they cannot be divided alike",
                where=f"scenes {first} and {scene}, both of the place {dates.places[scene]}",
                found=f"{describe_grid(grids[first])}; {describe_grid(grid)}",
                expected="the same pixels at all labelled dates of a place",
                remedy="bring them onto one grid first (gdalwarp -te ... -tr ...), or set labelled "
                "to false for one of them in the scene table",
            )


def check_roles_of_dates(dates: Dates, areas: Mapping[str, Areas]) -> None:
    """See that no ground has one role at one date and another role at another date.

    Raises:
        UserError: some has: a network would be tested on ground that it was trained on.
    """
    for first, scene in combinations([own for own in areas if own in dates.places], 2):
        place = dates.places[scene]
        if dates.places[first] != place:
            continue
        for role, windows in areas[scene].items():
            others = [
                window for other, own in areas[first].items() if other != role for window in own
            ]
            clash = next((own for own in windows if any(map(own.intersect, others))), None)
            if clash is not None:
                raise UserError(
                    "ground has another role at another date",
                    where=f"scenes {first} and {scene}, both of the place {place}",
                    found=f"{role} at {clash} of the latter, another role at the former",
                    expected="the same role at all dates of a place: else a network is tested on "
                    "ground that it was trained on",
                    remedy="give all dates the same file of areas, or state no roles for them",
                )
