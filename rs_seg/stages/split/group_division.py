"""The part of `split` that deals groups of ground to folds: a group is tested together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.splitting.areas import merge_rectangles, subtract_rectangles
from rs_seg.algorithms.splitting.dealing import (
    DealtGroup,
    Groups,
    boxes_of,
    deal_folds,
    deal_validation,
    find_close,
)
from rs_seg.stages.split.divider import Divider
from rs_seg.stages.split.division import Division
from rs_seg.stages.split.roles import Areas, StatedRoles, state_roles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.algorithms.splitting.geometry import Geometry, Shortcomings
    from rs_seg.stages.split.groups import GroundGroups
    from rs_seg.values import Window

LEAST_SIDE = 16
"""Side of the squares in pixels, at least, in which the rectangles of a group are taken together as
one box."""
ROLE_NAMES = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class GroupDivider(Divider):
    """A divider that deals whole groups; `roles` are those of scenes that are not dealt."""

    ground: GroundGroups

    def _propose(self) -> list[Geometry]:
        proposed = super()._propose()
        if self.ground.of_scenes:
            return proposed
        # polygons are not cut into blocks, so the first size does for the pictures
        return [
            *{
                (geometry.buffer, geometry.window): geometry for geometry in reversed(proposed)
            }.values()
        ][::-1]

    def try_geometry(
        self,
        geometry: Geometry,
        *,
        first: bool,  # noqa: ARG002  # all candidates are drawn each time
        last: bool,  # noqa: ARG002  # what are too few groups are too few with any geometry
    ) -> list[tuple[Shortcomings, Division]]:
        """What lacks in the worst fold, and the division of the own fold.

        So all jobs agree on the geometry.
        """
        groups = self._describe(geometry)
        folds = deal_folds(
            groups,
            folds=self.config.folds,
            candidates=self.config.candidates,
            generator=np.random.default_rng(self.seed),
        )
        tried = [
            self._divide_fold(geometry, groups, folds, fold)
            for fold in range(1, self.config.folds + 1)
        ]
        return [(max(lacks for lacks, _ in tried), tried[self.fold - 1][1])]

    def _describe(self, geometry: Geometry) -> Groups:
        """The groups as they are dealt: where they are, and which are close."""
        numbers = {name: number for number, name in enumerate(self.ground.names)}
        middles = np.zeros((len(numbers), 2))
        boxes, buffers, below = [], [], 0
        for scene, own in self.ground.places.items():
            board = self._count(scene, geometry)
            parts = {
                name: boxes_of(windows, side=max(board.buffer, LEAST_SIDE))
                for name, windows in own.items()
            }
            for name, part in parts.items():
                middles[numbers[name]] = part.reshape(-1, 2, 2).mean(axis=(0, 2)) + np.array(
                    [below, 0]
                )
            boxes.append(
                np.concatenate(
                    [np.insert(part, 0, numbers[name], axis=1) for name, part in parts.items()]
                )
            )
            buffers.append(board.buffer)
            below += 2 * board.height
        return Groups(self.ground.counts, middles, find_close(boxes, buffers, len(numbers)))

    def _divide_fold(
        self, geometry: Geometry, groups: Groups, folds: NDArray[np.uint8], fold: int
    ) -> tuple[Shortcomings, Division]:
        tested = folds == fold
        validated = np.zeros_like(tested)
        if self.learners.selects and not self.ground.of_scenes:
            validated = deal_validation(
                groups,
                tested,
                share=self.config.validation,
                candidates=self.config.candidates,
                generator=np.random.default_rng([self.seed, fold]),
            )
        numbers = np.select([tested, validated], [2, 1], 0).tolist()
        role_of = {
            name: ROLE_NAMES[number]
            for name, number in zip(self.ground.names, numbers, strict=True)
        }
        stated = (
            self._state_scenes(role_of)
            if self.ground.of_scenes
            else self._state_polygons(role_of, geometry)
        )
        once = self.config.model_copy(update={"folds": 1, "groups": None})
        divider = Divider(
            once,
            self.learners,
            self.class_names,
            self.readers,
            stated,
            self.seed,
            fold,
            self.boards,
            self.dates,
        )
        [(lacks, division)] = divider.try_geometry(geometry, first=True, last=True)
        fold_of = dict(zip(self.ground.names, folds.tolist(), strict=True))
        return lacks, self._note(division, role_of, fold_of)

    def _state_scenes(self, role_of: dict[str, str]) -> StatedRoles:
        """Scenes are tested or trained on wholly; blocks of training scenes become validation."""
        dealt = {
            scene: "test" if role_of[name] == "test" else "train"
            for scene, own in self.ground.places.items()
            for name in own
        }
        return state_roles(self.learners, [*self.readers], {**self.roles.of_scene, **dealt}, {})

    def _state_polygons(self, role_of: dict[str, str], geometry: Geometry) -> StatedRoles:
        areas: dict[str, Areas] = {}
        for scene, own in self.ground.places.items():
            areas[scene] = {role: [] for role in ROLE_NAMES}
            for name, windows in own.items():
                areas[scene][role_of[name]] += windows
            if geometry.window is not None:
                areas[scene]["train"] = self._surround(scene, areas[scene], geometry.window)
        return StatedRoles(self.roles.of_scene, areas, (), (), "train")

    def _surround(self, scene: str, areas: Areas, margin: int) -> list[Window]:
        """Training polygons with the ground around them.

        Without it no training window would fit into small ones.
        """
        height, width = self.readers[scene].height, self.readers[scene].width
        grown = [window.expand(margin).clip(height, width) for window in areas["train"]]
        around = merge_rectangles([window for window in grown if window is not None])
        return subtract_rectangles(around, [*areas["validation"], *areas["test"]])

    def _note(
        self, division: Division, role_of: dict[str, str], fold_of: dict[str, int]
    ) -> Division:
        """The division with its groups, or with the fold of each block where groups are scenes."""
        places = self.ground.places
        if not self.ground.of_scenes:
            groups = {
                scene: [
                    DealtGroup(name, fold_of[name], role_of[name], tuple(windows))
                    for name, windows in own.items()
                ]
                for scene, own in places.items()
            }
            return replace(division, groups=groups, group_counts=self.ground.counts)
        tested_by = {
            scene: (division.boards[scene].counts.sum(axis=-1) > 0).astype(np.uint8)
            * np.uint8(fold_of[name])
            for scene, own in places.items()
            for name in own
        }
        return replace(division, tested_by=tested_by)
