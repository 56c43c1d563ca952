"""Blocks to folds: the best of many random partitions into compact pieces.

The measure is that of arrangements of roles.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.splitting.arrange import MOST_PIECES, TEST, Roles, score_roles
from rs_seg.algorithms.splitting.blocks import Board
from rs_seg.errors import UserError

NO_FOLD = 0
JITTER = 0.3
"""How far a cut may lie from where it makes equal pieces, in pieces."""

Folds = list[NDArray[np.uint8]]
Rectangle = tuple[slice, slice]


def divide(
    boards: Sequence[Board], *, folds: int, candidates: int, generator: np.random.Generator
) -> Folds:
    """The fold (R, C) per scene, 1 to `folds`, of each block with labelled pixels.

    Other blocks have NO_FOLD. The best of `candidates` random partitions: the mean score over the
    folds where one fold is the test area and the rest is trained on (classes that a side lacks,
    class shares, sizes, loss to buffers). Scenes are cut by straight lines into one to MOST_PIECES
    pieces per fold of about as many labelled pixels, which are dealt to the folds.

    Raises:
        UserError: there are fewer blocks than folds.
    """
    pixels = [board.counts.sum(axis=-1) for board in boards]
    blocks = sum(int(np.count_nonzero(board_pixels)) for board_pixels in pixels)
    if blocks < folds:
        raise UserError(
            "there are fewer blocks than folds",
            where="split",
            found=f"{blocks} blocks with labelled pixels",
            expected=f"at least {folds}, one for each of split.folds",
            remedy="make split.folds or split.block_size smaller, or label more scenes",
        )
    drawn = [_draw(pixels, folds, generator) for _ in range(candidates)]
    scores = np.mean(
        [
            score_roles(
                boards,
                [roles_of_fold(partition, fold) for partition in drawn],
                targets={TEST: 1 / folds},
            )
            for fold in range(1, folds + 1)
        ],
        axis=0,
    )
    best = drawn[int(scores.argmin())]
    return [
        np.where(own > 0, fold_of, NO_FOLD).astype(np.uint8)
        for own, fold_of in zip(pixels, best, strict=True)
    ]


def roles_of_fold(folds: Folds, fold: int) -> Roles:
    """The blocks that a fold tests and the others, before any of these are drawn for validation."""
    return [((fold_of == fold) * TEST).astype(np.uint8) for fold_of in folds]


def _draw(pixels: Sequence[NDArray[np.int64]], folds: int, generator: np.random.Generator) -> Folds:
    pieces = folds * int(generator.integers(1, MOST_PIECES + 1))
    total = sum(int(board_pixels.sum()) for board_pixels in pixels)
    cut = [
        (scene, piece)
        for scene, own in enumerate(pixels)
        for piece in _cut(own, max(1, round(pieces * int(own.sum()) / total)), generator)
    ]
    weights = np.array([int(pixels[scene][piece].sum()) for scene, piece in cut])
    drawn = [np.zeros(board_pixels.shape, dtype=np.uint8) for board_pixels in pixels]
    loads = np.zeros(folds, dtype=np.int64)
    # The heaviest piece always goes to the first load, which is to be a fold by chance.
    numbers = generator.permutation(folds)
    # The heaviest piece first, each to the lightest fold: loads end up alike (Graham 1969).
    for index in np.argsort(-weights, kind="stable"):
        scene, piece = cut[index]
        lightest = int(loads.argmin())
        loads[lightest] += weights[index]
        drawn[scene][piece] = numbers[lightest] + 1
    return drawn


def _cut(pixels: NDArray[np.int64], pieces: int, generator: np.random.Generator) -> list[Rectangle]:
    """At most `pieces` disjoint rectangles of blocks, with about equal sums of pixels.

    Together they cover all blocks.
    """
    height, width = pixels.shape
    if pieces == 1 or pixels.size == 1:
        return [(slice(0, height), slice(0, width))]
    first = pieces // 2 + (pieces % 2) * int(generator.integers(2))
    # Cut across the longer side more often, so that pieces are compact.
    axis = int(generator.random() * (height + width) >= height)
    axis = axis if pixels.shape[axis] > 1 else 1 - axis
    along = pixels.sum(axis=1 - axis).cumsum()
    wanted = (first + generator.uniform(-JITTER, JITTER)) / pieces * along[-1]
    place = 1 + int(np.abs(along[:-1] - wanted).argmin())
    near, far = np.split(pixels, [place], axis=axis)
    moved = [_move(rectangle, axis, place) for rectangle in _cut(far, pieces - first, generator)]
    return [*_cut(near, first, generator), *moved]


def _move(rectangle: Rectangle, axis: int, by: int) -> Rectangle:
    rows, columns = rectangle
    if axis == 0:
        return slice(rows.start + by, rows.stop + by), columns
    return rows, slice(columns.start + by, columns.stop + by)
