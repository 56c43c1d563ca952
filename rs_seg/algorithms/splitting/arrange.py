"""Blocks to roles: many random arrangements of compact pieces, the best by class shares, sizes and loss to buffers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from rs_seg.algorithms.splitting.blocks import ROLES, UNUSED, Board

TRAIN, VALIDATION, TEST = range(3)
MOST_PIECES = 4
"""Rectangles that make up one role, at most."""
ATTEMPTS = 24
"""Rectangles tried until a role has its share."""
CELLS_AT_ONCE = 20_000_000
MISSING, LOSS, WORST = 100.0, 2.0, 0.25
"""Weights of a class that a role lacks, of the share of labelled pixels lost to buffers, and of the most different
class share of any role (in powers of two); the other terms weigh 1."""

Roles = list[NDArray[np.uint8]]


@dataclass(frozen=True)
class Arrangement:
    """The role of each block: (R, C) per scene, indices into ROLES or UNUSED; and why this one was chosen."""

    roles: Roles
    score: float
    candidates: int


def arrange(
    boards: Sequence[Board],
    *,
    validation: float,
    test: float,
    buffer: int,
    candidates: int,
    generator: np.random.Generator,
    tested: Sequence[NDArray[np.bool_]] | None = None,
) -> Arrangement:
    """The best of `candidates` random arrangements; blocks without labelled pixels are unused.

    `tested` (R, C) per scene are the test blocks where they are given (those of a fold), and only validation is drawn.
    Lower is better: classes that a role lacks (dominant), difference of each role's class shares from the whole (as
    ratios, so that rare classes count, and as pixels),
    difference of validation and test from their targets, labelled pixels lost to buffers. Losses are estimated on
    cells: exact where the cell divides the buffer.
    """
    counts = [board.counts for board in boards]
    targets = {VALIDATION: validation, TEST: test}
    drawn = [_draw(counts, targets, tested, generator) for _ in range(candidates)]
    scores = score_roles(boards, drawn, targets=targets, buffer=buffer)
    best = int(scores.argmin())
    roles = [
        np.where(each.sum(axis=-1) > 0, drawn[best][scene], UNUSED).astype(np.uint8)
        for scene, each in enumerate(counts)
    ]
    return Arrangement(roles, float(scores[best]), candidates)


def score_roles(
    boards: Sequence[Board], drawn: Sequence[Roles], *, targets: Mapping[int, float], buffer: int
) -> NDArray[np.float64]:
    """The score (N,) of each arrangement, lower is better; `targets` are the shares of the roles besides training."""
    stacked = [np.stack([roles[scene] for roles in drawn]) for scene in range(len(boards))]
    most = max(board.cells[..., 0].size for board in boards)
    step = max(1, CELLS_AT_ONCE // most)
    chosen = [TRAIN, *targets]
    parts = [
        _kept(boards, [each[start : start + step] for each in stacked], buffer)[:, chosen]
        for start in range(0, len(drawn), step)
    ]
    return np.concatenate([_score(kept, boards, np.array(list(targets.values()))) for kept in parts])


def _draw(
    counts: list[NDArray[np.int64]],
    targets: Mapping[int, float],
    tested: Sequence[NDArray[np.bool_]] | None,
    generator: np.random.Generator,
) -> Roles:
    pixels = [each.sum(axis=-1) for each in counts]
    total = sum(int(each.sum()) for each in pixels)
    if tested is None:
        roles = [np.zeros(each.shape, dtype=np.uint8) for each in pixels]
        _place(TEST, targets[TEST] * total, pixels, roles, generator)
    else:
        roles = [np.where(each, TEST, TRAIN).astype(np.uint8) for each in tested]
    _place(VALIDATION, targets[VALIDATION] * total, pixels, roles, generator)
    return roles


def _place(
    role: int, wanted: float, pixels: list[NDArray[np.int64]], roles: Roles, generator: np.random.Generator
) -> None:
    """Give `role` compact pieces of free blocks until it has about the wanted number of pixels."""
    missing = wanted
    pieces = int(generator.integers(1, MOST_PIECES + 1))
    sizes = np.array([float(each.sum()) for each in pixels])
    for attempt in range(ATTEMPTS):
        if missing <= 0.1 * wanted:
            return
        scene = int(generator.choice(len(pixels), p=sizes / sizes.sum()))
        piece = missing / max(1, pieces - attempt)
        rows, columns = _draw_rectangle(pixels[scene], roles[scene], piece, generator)
        part, own = pixels[scene][rows, columns], roles[scene][rows, columns]
        free = own == TRAIN
        gained = float(part[free].sum())
        if 0 < gained <= 1.5 * missing:
            own[free] = role
            missing -= gained


def _draw_rectangle(
    pixels: NDArray[np.int64], roles: NDArray[np.uint8], piece: float, generator: np.random.Generator
) -> tuple[slice, slice]:
    """A random rectangle of blocks with about `piece` pixels; at times the whole scene, where it has about as many."""
    height, width = pixels.shape
    if 0.6 * piece <= pixels.sum() <= 1.4 * piece and not roles.any() and generator.random() < 0.5:
        return slice(0, height), slice(0, width)
    blocks = max(1.0, piece / max(float(pixels[pixels > 0].mean()), 1.0))
    aspect = float(np.exp(generator.uniform(-1.2, 1.2)))
    tall = int(np.clip(round(np.sqrt(blocks * aspect)), 1, height))
    wide = int(np.clip(round(blocks / tall), 1, width))
    row, column = int(generator.integers(0, height - tall + 1)), int(generator.integers(0, width - wide + 1))
    return slice(row, row + tall), slice(column, column + wide)


def _kept(boards: Sequence[Board], roles: list[NDArray[np.uint8]], buffer: int) -> NDArray[np.float64]:
    """Labelled pixels (N, roles, K) that each candidate keeps after its buffers are cut."""
    kept = np.zeros((len(roles[0]), len(ROLES), boards[0].cells.shape[2]))
    for board, own in zip(boards, roles, strict=True):
        step = board.size // board.cell
        rows, columns = board.cells.shape[:2]
        cells = own.repeat(step, axis=1).repeat(step, axis=2)[:, :rows, :columns]
        reach = -(-buffer // board.cell)
        test = cells == TEST
        validation = (cells == VALIDATION) & ~_dilate(test, reach)
        train = (cells == TRAIN) & ~_dilate(test | validation, reach)
        flat = board.cells.reshape(rows * columns, -1).astype(np.float64)
        for role, mask in ((TRAIN, train), (VALIDATION, validation), (TEST, test)):
            kept[:, role] += mask.reshape(len(own), -1).astype(np.float64) @ flat
    return kept


def _dilate(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    if reach == 0:
        return mask
    size = (1, 2 * reach + 1, 2 * reach + 1)
    grown: NDArray[np.uint8] = maximum_filter(mask.astype(np.uint8), size=size, mode="constant", cval=0)
    return grown.astype(bool)


def _score(kept: NDArray[np.float64], boards: Sequence[Board], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """The score of pixels kept (N, roles, K), training first; `targets` are the shares of the other roles."""
    whole = np.sum([board.cells.sum(axis=(0, 1)) for board in boards], axis=0).astype(np.float64)
    present = whole > 0
    total = whole.sum()
    missing = ((kept == 0) & present).sum(axis=(1, 2))
    pixels = kept.sum(axis=2)
    shares = kept[..., present] / np.maximum(pixels, 1)[..., None]
    expected = whole[present] / total
    change = np.minimum(np.abs(np.log2((shares + 1e-5) / (expected + 1e-5))), 4.0)
    moved = np.abs(shares - expected).sum(axis=2).mean(axis=1)
    divergence = change.mean(axis=(1, 2)) + WORST * change.max(axis=(1, 2)) + moved
    deviation = (np.abs(pixels[:, 1:] / total - targets) / targets).mean(axis=1)
    lost = 1 - pixels.sum(axis=1) / total
    score: NDArray[np.float64] = MISSING * missing + divergence + deviation + LOSS * lost
    return score
