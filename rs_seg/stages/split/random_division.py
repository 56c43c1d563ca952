"""The part of `split` that deals windows at random, as many as the blocks leave to each role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.splitting.blocks import (
    Board,
    areas_of_blocks,
    count_board,
    count_classes,
    separate_areas,
)
from rs_seg.algorithms.splitting.random_windows import UNUSED, deal_windows
from rs_seg.stages.split.division import Division
from rs_seg.values.roles import ROLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.io.raster import RasterReader
    from rs_seg.values import ClassNames


def divide_at_random(
    division: Division, readers: Mapping[str, RasterReader], class_names: ClassNames, seed: int
) -> Division:
    """A division of the same scenes into windows with as many labelled pixels for each role.

    Windows are training windows, or blocks where nothing looks at windows; those at the far edges
    that are smaller are not used. There are no buffers. Scenes of further test sets are not used.
    """
    size = division.geometry.window or division.geometry.block
    boards = {name: _count(reader, size, class_names) for name, reader in readers.items()}
    used = [name for name in readers if any(division.areas[name].get(role) for role in ROLES)]
    dealt = deal_windows(
        [_pixels_of_whole(boards[name]) for name in used],
        {role: int(division.counts[role].sum()) for role in ROLES},
        generator=np.random.default_rng(seed),
    )
    roles = {name: [UNUSED] * len(board.windows) for name, board in boards.items()}
    roles |= dict(zip(used, dealt, strict=True))
    before = {name: areas_of_blocks(board, roles[name]) for name, board in boards.items()}
    areas = {name: separate_areas(own, buffer=0) for name, own in before.items()}
    counts = {
        role: np.sum(
            [
                count_classes(reader.read_codes, areas[name][role], class_names)
                for name, reader in readers.items()
            ],
            axis=0,
        )
        for role in ROLES
    }
    labelled = np.sum([board.cells.sum(axis=(0, 1)) for board in boards.values()], axis=0)
    geometry = replace(division.geometry, block=size, buffer=0)
    return Division(geometry, boards, roles, before, areas, labelled, counts, {})


def _count(reader: RasterReader, size: int, class_names: ClassNames) -> Board:
    return count_board(
        reader.read_codes,
        height=reader.height,
        width=reader.width,
        size=size,
        buffer=0,
        class_names=class_names,
    )


def _pixels_of_whole(board: Board) -> NDArray[np.int64]:
    """Labelled pixels (R, C) of the windows of full size; 0 of the others."""
    pixels: NDArray[np.int64] = board.counts.sum(axis=-1)
    pixels[board.height // board.size :] = 0
    pixels[:, board.width // board.size :] = 0
    return pixels
