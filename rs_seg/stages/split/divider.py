"""The part of `split` that divides labelled ground: tries geometries, draws roles, judges."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.reporting.ranking import cover
from rs_seg.algorithms.splitting.arrange import TEST, TRAIN, VALIDATION, arrange, kept_pixels
from rs_seg.algorithms.splitting.blocks import (
    UNUSED,
    Board,
    CompactBoard,
    areas_of_blocks,
    compact,
    count_board,
    count_classes,
    name_blocks,
    separate_areas,
)
from rs_seg.algorithms.splitting.folds import Folds, divide, roles_of_fold
from rs_seg.algorithms.splitting.geometry import (
    Geometry,
    Shortcomings,
    find_shortcomings,
    propose_geometries,
)
from rs_seg.errors import UserError
from rs_seg.stages.split.dates import Dates
from rs_seg.stages.split.division import Division, needed_roles, refine_areas
from rs_seg.stages.split.roles import Areas, StatedRoles
from rs_seg.values import ClassNames, Window
from rs_seg.values.grid import ground_pixel_size
from rs_seg.values.roles import ROLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.config import Learners, SplitConfig
    from rs_seg.io.raster import RasterReader

ROLE_NAMES = (*ROLES, "unused")
CELL_VISITS = 100_000_000
"""Cells times candidates at most, and FURTHER candidates, where blocks are smaller than the first
that are tried."""
FURTHER = 400


@dataclass(frozen=True)
class Divider:
    """All that a division depends on besides its geometry."""

    config: SplitConfig
    learners: Learners
    class_names: ClassNames
    readers: Mapping[str, RasterReader]
    roles: StatedRoles
    seed: int
    fold: int
    boards: dict[tuple[str, Geometry], Board] = field(default_factory=dict)
    """Those that were counted before."""
    dates: Dates = field(default_factory=Dates)
    """Scenes that are dates of one place, which are divided alike."""

    def divide(self) -> Division:
        """The division with the largest geometry that leaves no role without pixels or classes.

        A geometry is a size of blocks, buffers and windows. Where none leaves so much, it is the
        one that lacks least; of equals, the largest.
        """
        proposed = self._propose()
        tried: list[tuple[Shortcomings, Division]] = []
        for geometry in proposed:
            lacks, best = min(tried, key=_lacks) if tried else (None, None)
            if (
                lacks is not None
                and best is not None
                and not lacks.can_be_mended(best.geometry, geometry)
            ):
                break
            tried += self.try_geometry(geometry, last=geometry is proposed[-1], first=not tried)
        return min(tried, key=_lacks)[1]

    def _propose(self) -> list[Geometry]:
        return propose_geometries(
            block=self.config.block_size,
            buffer=self.config.buffer,
            window=self.learners.window,
            looks_at_windows=self.learners.looks_at_windows,
            reach=self.learners.reach,
        )

    def try_geometry(
        self, geometry: Geometry, *, first: bool, last: bool
    ) -> list[tuple[Shortcomings, Division]]:
        """The division with this geometry and what it lacks.

        Nothing where it has too few blocks for the folds.
        """
        boards = {name: self._count(name, geometry) for name in self.readers}
        trained = {
            name: self._count_read(name, geometry, self._reading_training(name))
            for name in self.roles.divided
            if name in self.roles.areas
        }
        counted = {**boards, **trained}
        compacted = [
            compact(self.dates.unite(name, counted))
            for name in self.dates.leaders(self.roles.divided)
        ]
        pool = [compacted_board.board for compacted_board in compacted]
        labelled_blocks = sum(int(np.count_nonzero(board.counts.sum(axis=-1))) for board in pool)
        if 1 < self.config.folds > labelled_blocks and not last:
            return []
        candidates = self.config.candidates
        if not first:
            visited = sum(board.cells[..., 0].size for board in pool)
            candidates = min(candidates, FURTHER, max(20, CELL_VISITS // max(visited, 1)))
        generator = np.random.default_rng(self.seed)
        folds = None
        if self.config.folds > 1:
            folds = divide(
                pool, folds=self.config.folds, candidates=candidates, generator=generator
            )
        drawn = self._arrange(compacted, candidates, folds)
        tested_by = (
            []
            if folds is None
            else [board.spread(own) for board, own in zip(compacted, folds, strict=True)]
        )
        division = self._finish(geometry, boards, drawn, tested_by)
        return [(self._judge(division, pool, folds), division)]

    def _count(self, name: str, geometry: Geometry) -> Board:
        if (name, geometry) not in self.boards:
            self.boards[name, geometry] = self._count_read(
                name, geometry, self.readers[name].read_codes
            )
        return self.boards[name, geometry]

    def _count_read(
        self, name: str, geometry: Geometry, read: Callable[[Window], NDArray[np.integer]]
    ) -> Board:
        reader, buffer = self.readers[name], geometry.buffer
        if self.config.buffer_m is not None:
            buffer = math.ceil(self.config.buffer_m / ground_pixel_size(reader.grid))
        board = count_board(
            read,
            height=reader.height,
            width=reader.width,
            size=geometry.block,
            buffer=buffer,
            class_names=self.class_names,
        )
        if board.cells.any():
            return board
        raise UserError(
            "scene has no labelled pixels",
            where=f"scene {name}",
            found=f"only nodata in {reader.path}, or outside the training areas that polygons "
            f"give it",
            expected="labels on valid imagery",
            remedy="set labelled to false for it in the scene table, or check its labels and areas",
        )

    def _reading_training(self, name: str) -> Callable[[Window], NDArray[np.integer]]:
        """Codes of the training areas that polygons give a scene; nodata elsewhere.

        These areas are divided.
        """
        reader, areas = self.readers[name], self.roles.areas[name]

        def read(window: Window) -> NDArray[np.integer]:
            codes = reader.read_codes(window)
            return np.where(cover(window, areas["train"]), codes, self.class_names.nodata)

        return read

    def _arrange(
        self, pool: list[CompactBoard], candidates: int, folds: Folds | None
    ) -> list[list[str]]:
        """The role of each block of each scene that is divided."""
        if not pool:
            return []
        shares = {VALIDATION: self.config.validation, TEST: self.config.test}
        arrangement = arrange(
            [board.board for board in pool],
            targets={role: shares[role] for role in self.roles.drawn},
            candidates=candidates,
            generator=np.random.default_rng(self.seed if folds is None else [self.seed, self.fold]),
            tested=None if folds is None else [own == self.fold for own in folds],
        )
        names = {TRAIN: self.roles.rest, VALIDATION: "validation", TEST: "test"}
        return [
            [
                "unused" if role == UNUSED else names[role]
                for role in board.spread(own, elsewhere=UNUSED).ravel().tolist()
            ]
            for board, own in zip(pool, arrangement.roles, strict=True)
        ]

    def _finish(
        self,
        geometry: Geometry,
        boards: dict[str, Board],
        drawn: list[list[str]],
        tested_by: list[NDArray[np.uint8]],
    ) -> Division:
        arranged = self.dates.spread(self.roles.divided, drawn)
        block_roles: dict[str, list[str]] = {}
        before: dict[str, Areas] = {}
        for name, board in boards.items():
            if name in self.roles.areas:
                before[name] = refine_areas(board, self.roles.areas[name], arranged.get(name))
                block_roles[name] = name_blocks(board, before[name])
            else:
                block_roles[name] = arranged.get(name) or _roles_of_whole(
                    board, self.roles.of_scene[name]
                )
                before[name] = areas_of_blocks(board, block_roles[name])
        areas = {
            name: separate_areas(before[name], buffer=board.buffer)
            for name, board in boards.items()
        }
        roles = dict.fromkeys([*ROLES, *(role for own in areas.values() for role in own)])
        counts = {
            role: np.sum(
                [
                    count_classes(reader.read_codes, areas[name].get(role, []), self.class_names)
                    for name, reader in self.readers.items()
                ],
                axis=0,
            )
            for role in roles
        }
        folds = self.dates.spread(self.roles.divided, tested_by)
        labelled = np.sum(
            [self._count_labelled(name, boards[name], before[name]) for name in boards], axis=0
        )
        return Division(geometry, boards, block_roles, before, areas, labelled, counts, folds)

    def _count_labelled(self, name: str, board: Board, before: Areas) -> NDArray[np.int64]:
        """Labelled pixels (K,) of the areas of a scene: all, except what polygons leave out."""
        if name not in self.roles.areas:
            whole: NDArray[np.int64] = board.cells.sum(axis=(0, 1))
            return whole
        windows = [window for own in before.values() for window in own]
        return count_classes(self.readers[name].read_codes, windows, self.class_names)

    def _judge(self, division: Division, pool: list[Board], folds: Folds | None) -> Shortcomings:
        """What lacks; with folds, in the worst of them, so that all jobs agree on the blocks."""
        if folds is None:
            counts = {role: division.counts[role] for role in needed_roles(self.learners, division)}
            train = [own["train"] for own in division.areas.values()]
            tested = sum(roles.count("test") for roles in division.block_roles.values())
            return find_shortcomings(
                counts,
                division.labelled,
                train,
                window=division.geometry.window,
                tested_blocks=tested,
            )
        shortcomings, whole = [], np.sum([board.cells.sum(axis=(0, 1)) for board in pool], axis=0)
        for fold in range(1, self.config.folds + 1):
            roles = roles_of_fold(folds, fold)
            pixels = kept_pixels(pool, [own[None] for own in roles])[0].astype(np.int64)
            names = [[ROLE_NAMES[index] for index in own.ravel().tolist()] for own in roles]
            train = [
                separate_areas(areas_of_blocks(board, own), buffer=board.buffer)["train"]
                for board, own in zip(pool, names, strict=True)
            ]
            counts = {"train": pixels[TRAIN], "test": pixels[TEST]}
            tested = sum(int((own == TEST).sum()) for own in roles)
            shortcomings.append(
                find_shortcomings(
                    counts, whole, train, window=division.geometry.window, tested_blocks=tested
                )
            )
        return max(shortcomings)


def _roles_of_whole(board: Board, role: str) -> list[str]:
    """The role of each block of a scene with one role; blocks without labels are unused."""
    return [
        role if labelled else "unused"
        for labelled in (board.counts.sum(axis=-1) > 0).ravel().tolist()
    ]


def _lacks(tried: tuple[Shortcomings, Division]) -> Shortcomings:
    return tried[0]
