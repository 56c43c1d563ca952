"""Blocks to roles: the best of many random arrangements of compact pieces.

The best one is found by class shares, sizes and loss to buffers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from rs_seg.algorithms.splitting.blocks import UNUSED, Board
from rs_seg.values.roles import ROLES

TRAIN, VALIDATION, TEST = range(3)
MOST_PIECES = 4
"""Rectangles that make up one role, at most."""
RARE = 12
"""Blocks with a class up to which further candidates keep one of them for training."""
HELD = 4
"""What marks blocks that are kept for training while the other roles are drawn."""
ATTEMPTS = 24
"""Rectangles tried until a role has its share."""
CELLS_AT_ONCE = 4_000_000
"""Cells of all arrangements that are looked at together: eight bytes of each are held."""
UNTRAINED, MISSING, LOSS, WORST = 1e6, 100.0, 2.0, 0.25
"""Weights of a class that training lacks, of one that another role lacks, of the share of labelled
pixels lost to buffers, and of the most different class share of any role (in powers of two); the
other terms weigh 1."""

Roles = list[NDArray[np.uint8]]


@dataclass(frozen=True)
class Ground:
    """Labelled pixels by block and scene, of each class (R, C, K) and in all (R, C), and sums."""

    counts: list[NDArray[np.int64]]
    pixels: list[NDArray[np.int64]]
    totals: NDArray[np.float64]

    @classmethod
    def of(cls, counts: list[NDArray[np.int64]]) -> Ground:
        """The ground with these counts."""
        pixels = [own.sum(axis=-1) for own in counts]
        return cls(counts, pixels, np.array([float(own.sum()) for own in pixels]))


@dataclass(frozen=True)
class Arrangement:
    """The role of each block, and why this arrangement was chosen.

    Roles are arrays (R, C) per scene, of indices into ROLES or UNUSED.
    """

    roles: Roles
    score: float
    candidates: int


def arrange(
    boards: Sequence[Board],
    *,
    targets: Mapping[int, float],
    candidates: int,
    generator: np.random.Generator,
    tested: Sequence[NDArray[np.bool_]] | None = None,
) -> Arrangement:
    """The best of `candidates` random arrangements; blocks without labelled pixels are unused.

    `targets` are the shares of labelled pixels of the roles that are drawn, VALIDATION, TEST or
    both; the rest is TRAIN. `tested` (R, C) per scene are the test blocks where they are given
    (those of a fold), and TEST is not drawn. Lower is better: classes that training lacks
    (dominant), then those that another role lacks, difference of each role's class shares from the
    whole (as ratios, so that rare classes count, and as pixels), difference of the drawn roles from
    their targets, labelled pixels lost to buffers. Losses are estimated on cells: exact where the
    cell divides the buffer. Where few blocks have a class, half as many further candidates hold
    back for training one of these blocks with its surroundings, so that an arrangement in which
    training has all classes is met if there is one.
    """
    counts = [board.counts for board in boards]
    ground = Ground.of(counts)
    blocks_with = sum((own > 0).sum(axis=(0, 1)) for own in counts)
    rare = np.flatnonzero((blocks_with > 0) & (blocks_with <= RARE)).tolist()
    drawn = [_draw(boards, ground, targets, tested, generator) for _ in range(candidates)]
    if rare:
        drawn += [
            _draw(boards, ground, targets, tested, generator, rare) for _ in range(candidates // 2)
        ]
    scores = score_roles(boards, drawn, targets=targets)
    best = int(scores.argmin())
    roles = [
        np.where(board_counts.sum(axis=-1) > 0, drawn[best][scene], UNUSED).astype(np.uint8)
        for scene, board_counts in enumerate(counts)
    ]
    return Arrangement(roles, float(scores[best]), candidates)


def score_roles(
    boards: Sequence[Board], drawn: Sequence[Roles], *, targets: Mapping[int, float]
) -> NDArray[np.float64]:
    """The score (N,) of each arrangement, lower is better.

    `targets` are the shares of the roles besides training.
    """
    stacked = [np.stack([roles[scene] for roles in drawn]) for scene in range(len(boards))]
    most = max(board.cells[..., 0].size for board in boards)
    step = max(1, CELLS_AT_ONCE // most)
    chosen = [TRAIN, *targets]
    parts = [
        kept_pixels(boards, [roles[start : start + step] for roles in stacked])[:, chosen]
        for start in range(0, len(drawn), step)
    ]
    whole = np.sum([board.cells.sum(axis=(0, 1)) for board in boards], axis=0).astype(np.float64)
    return np.concatenate(
        [score_kept(kept_part, whole, np.array(list(targets.values()))) for kept_part in parts]
    )


def _draw(
    boards: Sequence[Board],
    ground: Ground,
    targets: Mapping[int, float],
    tested: Sequence[NDArray[np.bool_]] | None,
    generator: np.random.Generator,
    rare: Sequence[int] = (),
) -> Roles:
    total = float(ground.totals.sum())
    tests = [np.zeros(own.shape, dtype=bool) for own in ground.pixels] if tested is None else tested
    roles = [np.where(tested, TEST, TRAIN).astype(np.uint8) for tested in tests]
    # HELD blocks are not free, so no other role gets them; they are TRAIN again at the end.
    for index in rare:
        _hold_back(boards, [own[..., index] for own in ground.counts], roles, generator)
    for role in (TEST, VALIDATION):
        if role in targets and (role != TEST or tested is None):
            _place(role, targets[role] * total, ground, roles, generator)
    return [
        np.where(board_roles == HELD, TRAIN, board_roles).astype(np.uint8) for board_roles in roles
    ]


def _hold_back(
    boards: Sequence[Board],
    pixels: list[NDArray[np.int64]],
    roles: Roles,
    generator: np.random.Generator,
) -> None:
    """Keep one random block with pixels of a class, and those within its buffer, for training.

    `pixels` (R, C) are those of the class.
    """
    places = [
        (scene, row, column)
        for scene, own in enumerate(pixels)
        for row, column in np.argwhere((own > 0) & (roles[scene] != TEST)).tolist()
    ]
    if not places:
        return
    scene, row, column = places[int(generator.integers(len(places)))]
    reach = -(-boards[scene].buffer // boards[scene].size)
    rows = slice(max(0, row - reach), row + reach + 1)
    around = roles[scene][rows, max(0, column - reach) : column + reach + 1]
    # A view: the roles of the scene change.
    around[around == TRAIN] = HELD


def _place(
    role: int, wanted: float, ground: Ground, roles: Roles, generator: np.random.Generator
) -> None:
    """Give `role` compact pieces of free blocks until it has about the wanted number of pixels."""
    missing = wanted
    pieces = int(generator.integers(1, MOST_PIECES + 1))
    shares = ground.totals / ground.totals.sum()
    for attempt in range(ATTEMPTS):
        if missing <= 0.1 * wanted:
            return
        scene = int(generator.choice(len(shares), p=shares))
        piece = missing / max(1, pieces - attempt)
        rows, columns = _draw_rectangle(float(ground.totals[scene]), roles[scene], piece, generator)
        part, own = ground.pixels[scene][rows, columns], roles[scene][rows, columns]
        free = own == TRAIN
        gained = float(part[free].sum())
        if 0 < gained <= 1.5 * missing:
            own[free] = role
            missing -= gained


def _draw_rectangle(
    total: float, roles: NDArray[np.uint8], piece: float, generator: np.random.Generator
) -> tuple[slice, slice]:
    """A random rectangle of blocks with about `piece` pixels of `total`.

    At times it is the whole scene, where that fits.
    """
    height, width = roles.shape
    if 0.6 * piece <= total <= 1.4 * piece and not roles.any() and generator.random() < 0.5:
        return slice(0, height), slice(0, width)
    blocks = max(1.0, piece / max(total / roles.size, 1.0))
    aspect = float(np.exp(generator.uniform(-1.2, 1.2)))
    tall = int(np.clip(round(np.sqrt(blocks * aspect)), 1, height))
    wide = int(np.clip(round(blocks / tall), 1, width))
    row, column = (
        int(generator.integers(0, height - tall + 1)),
        int(generator.integers(0, width - wide + 1)),
    )
    return slice(row, row + tall), slice(column, column + wide)


def kept_pixels(boards: Sequence[Board], roles: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
    """Labelled pixels (N, roles, K) that each candidate keeps after its buffers are cut."""
    kept = np.zeros((len(roles[0]), len(ROLES), boards[0].cells.shape[2]))
    for board, own in zip(boards, roles, strict=True):
        step = board.size // board.cell
        rows, columns = board.cells.shape[:2]
        cells = own.repeat(step, axis=1).repeat(step, axis=2)[:, :rows, :columns]
        # Rounded up: where cells do not divide the buffer, losses are overestimated.
        reach = -(-board.buffer // board.cell)
        # The order in which `separate_areas` cuts: validation gives way to test, training to both.
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
    grown: NDArray[np.uint8] = maximum_filter(
        mask.astype(np.uint8), size=size, mode="constant", cval=0
    )
    return grown.astype(bool)


def score_kept(
    kept: NDArray[np.float64], whole: NDArray[np.float64], targets: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The score (N,) of pixels kept (N, roles, K) of the `whole` (K,); lower is better.

    Training is the first role. `targets` are the shares of the other roles.
    """
    present = whole > 0
    total = whole.sum()
    missing = ((kept == 0) & present).sum(axis=2)
    pixels = kept.sum(axis=2)
    shares = kept[..., present] / np.maximum(pixels, 1)[..., None]
    expected = whole[present] / total
    change = np.minimum(np.abs(np.log2((shares + 1e-5) / (expected + 1e-5))), 4.0)
    moved = np.abs(shares - expected).sum(axis=2).mean(axis=1)
    divergence = change.mean(axis=(1, 2)) + WORST * change.max(axis=(1, 2)) + moved
    deviation = (np.abs(pixels[:, 1:] / total - targets) / targets).mean(axis=1)
    lost = 1 - pixels.sum(axis=1) / total
    lacking = UNTRAINED * missing[:, 0] + MISSING * missing[:, 1:].sum(axis=1)
    score: NDArray[np.float64] = lacking + divergence + deviation + LOSS * lost
    return score
