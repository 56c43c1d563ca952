"""Groups of pixels, such as fields, dealt whole to folds and to validation, by class shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

from rs_seg.algorithms.splitting.arrange import score_kept
from rs_seg.errors import UserError
from rs_seg.values import Window

DRAWS = 50_000
"""Groups times candidates, at most."""
LEAST_CANDIDATES = 20
JITTER = 0.5
"""How far the order of the groups is shuffled, as a standard deviation of the logarithm of their
sizes."""
EMPTY = 1e9
"""Weight of a validation area without pixels: worse than a class that training lacks, as nothing
could be chosen."""


@dataclass(frozen=True)
class Groups:
    """Labelled pixels (G, K) of each class in each group, middles (G, 2), and which are close.

    `close` (G, G) is 1 where the pixels of two groups may be nearer to each other than a buffer.
    Places in `middles` are pixels of the first scene that holds the group, those of other scenes
    far away from it.
    """

    counts: NDArray[np.int64]
    middles: NDArray[np.float64]
    close: csr_array

    def __len__(self) -> int:
        return len(self.counts)

    def near(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which groups (N, G) are close to one of those chosen (N, G)."""
        reached: NDArray[np.float32] = (self.close @ chosen.T.astype(np.float32)).T
        return reached > 0


@dataclass(frozen=True)
class DealtGroup:
    """What belongs together in a scene: the fold that tests it, its role, and its pixels."""

    name: str
    fold: int
    role: str
    rectangles: tuple[Window, ...]


def deal_folds(
    groups: Groups, *, folds: int, candidates: int, generator: np.random.Generator
) -> NDArray[np.uint8]:
    """The fold (G,) of each group, 1 to `folds`; each fold has one at least.

    The best of `candidates` random dealings by the measure of arrangements of blocks, averaged over
    the folds: above all, training has every class. The largest groups of the rarest classes are
    dealt first, each to the fold with the smallest share of its classes so far (stratified and
    greedy, as in scikit-learn's StratifiedGroupKFold). Where groups are close, half of the
    candidates deal neighbours together, which loses less to buffers.

    Raises:
        UserError: there are fewer groups than folds.
    """
    if len(groups) < folds:
        raise UserError(
            "there are fewer groups than folds",
            where="split.groups",
            found=f"{len(groups)} groups with labelled pixels",
            expected=f"at least {folds}, one for each of split.folds",
            remedy=f"set split.folds to {len(groups)}"
            if len(groups) > 1
            else "leave split.groups out, or label more",
        )
    shares = np.full(folds, 1 / folds)
    drawn = _draw(groups, np.ones(len(groups), dtype=bool), shares, candidates, generator)
    whole = groups.counts.sum(axis=0).astype(float)
    scores = np.zeros(len(drawn))
    for fold in range(folds):
        tested = drawn == fold
        trained = ~tested & ~groups.near(tested)
        kept_pixels = _count(groups, trained, tested)
        # The tested groups stand for the one role besides training; its target is the share of a
        # fold.
        scores += score_kept(kept_pixels, whole, shares[:1]) + EMPTY * ~tested.any(axis=1)
    folds_of_groups: NDArray[np.uint8] = drawn[int(scores.argmin())] + np.uint8(1)
    return folds_of_groups


def deal_validation(
    groups: Groups,
    tested: NDArray[np.bool_],
    *,
    share: float,
    candidates: int,
    generator: np.random.Generator,
) -> NDArray[np.bool_]:
    """The groups (G,) to validate with, with about a `share` of the pixels.

    None is `tested` or close to a tested one. Where all are close, they lose only a part to the
    buffer, and some of them are taken.
    """
    free = ~tested & ~groups.near(tested[None])[0]
    free = free if free.any() else ~tested
    drawn = _draw(groups, free, np.array([share, 1 - share]), candidates, generator)
    # single groups too: where groups are few, dealing by shares may leave validation without any
    alone = generator.permutation(np.flatnonzero(free))[: len(drawn)]
    validated = np.concatenate([(drawn == 0) & free, alone[:, None] == np.arange(len(groups))])
    trained = free & ~validated & ~groups.near(validated)
    kept_pixels = _count(groups, trained, validated)
    whole = groups.counts[free].sum(axis=0).astype(float)
    scores = score_kept(kept_pixels, whole, np.array([share])) + EMPTY * (
        kept_pixels[:, 1].sum(axis=-1) == 0
    )
    best: NDArray[np.bool_] = validated[int(scores.argmin())]
    return best


def _count(groups: Groups, *roles: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Labelled pixels (N, roles, K) of candidates (N, G) of each role."""
    pixels = groups.counts.astype(float)
    return np.stack([role.astype(float) @ pixels for role in roles], axis=1)


def _draw(
    groups: Groups,
    used: NDArray[np.bool_],
    shares: NDArray[np.float64],
    candidates: int,
    generator: np.random.Generator,
) -> NDArray[np.uint8]:
    """Random dealings (N, G) of the used groups to parts with these shares.

    All other groups are in the last part.
    """
    number = max(LEAST_CANDIDATES, min(candidates, DRAWS // max(len(groups), 1)))
    drawn = np.full((number, len(groups)), len(shares) - 1, dtype=np.uint8)
    places = np.flatnonzero(used)
    crowded = groups.close.nnz > 0
    for candidate in range(number if len(places) else 0):
        piece = np.arange(len(places))
        if crowded and candidate % 2:
            piece = _pieces(groups.middles[places], len(shares), generator)
        counts = np.zeros((int(piece.max()) + 1, groups.counts.shape[1]))
        np.add.at(counts, piece, groups.counts[places])
        drawn[candidate, places] = _deal(counts, shares, generator)[piece]
    return drawn


def _pieces(
    middles: NDArray[np.float64], parts: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """The square of a random raster that each middle (N, 2) lies in, as a number.

    There are up to some squares per part.
    """
    extent = np.ptp(middles, axis=0).max() + 1
    side = extent / generator.uniform(1, 2 * parts)
    squares = np.floor((middles + generator.uniform(0, side, size=2)) / side)
    return np.unique(squares, axis=0, return_inverse=True)[1].ravel()


def _deal(
    counts: NDArray[np.float64], shares: NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.uint8]:
    """The part (P,) that each piece (P, K) goes to.

    It is the part whose sum of squared class shares grows least.
    """
    totals = counts.sum(axis=0)
    # all pixels count as one more class, so that parts are alike in size too
    weights = np.column_stack(
        [counts / np.maximum(totals, 1), counts.sum(axis=1) / max(totals.sum(), 1)]
    )
    sizes = weights.max(axis=1) * np.exp(generator.normal(0, JITTER, size=len(counts)))
    # of parts that grow alike, the first in a random order is taken
    numbers = generator.permutation(len(shares))
    loads = np.zeros((len(shares), weights.shape[1]))
    dealt = np.zeros(len(counts), dtype=np.uint8)
    # large pieces first: small ones even out what those leave
    for piece in np.argsort(-sizes, kind="stable"):
        growth = ((loads + weights[piece]) ** 2 - loads**2).sum(axis=1) / shares
        part = numbers[int(growth[numbers].argmin())]
        loads[part] += weights[piece]
        dealt[piece] = part
    return dealt


def boxes_of(windows: Sequence[Window], *, side: int) -> NDArray[np.int64]:
    """Boxes (N, 4) around the windows that begin in the same square of a raster.

    Each is first and last row, first and last column. The last ones are excluded. One box around
    all would be close to everything where a group is scattered.
    """
    edges = np.array(
        [(window.row, window.row_end, window.column, window.column_end) for window in windows],
        dtype=np.int64,
    )
    squares = np.unique(edges[:, [0, 2]] // side, axis=0, return_inverse=True)[1].ravel()
    starts = np.full((int(squares.max()) + 1, 2), np.iinfo(np.int64).max)
    ends = np.zeros_like(starts)
    np.minimum.at(starts, squares, edges[:, [0, 2]])
    np.maximum.at(ends, squares, edges[:, [1, 3]])
    return np.column_stack([starts[:, 0], ends[:, 0], starts[:, 1], ends[:, 1]])


def find_close(
    boxes: Sequence[NDArray[np.int64]], buffers: Sequence[int], groups: int
) -> csr_array:
    """Which groups (G, G) may be closer than the buffer of a scene, by their boxes.

    None is close to itself. `boxes` of each scene are (N, 5): the group, and one of its boxes.
    """
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for own, buffer in zip(boxes, buffers, strict=True):
        if not buffer or not len(own):
            continue
        _, top, bottom, left, right = own.T.astype(float)
        outlines = shapely.box(left, top, right, bottom)
        # half a pixel less than the buffer: areas exactly a buffer apart are far enough
        reach = shapely.box(
            left - buffer + 0.5, top - buffer + 0.5, right + buffer - 0.5, bottom + buffer - 0.5
        )
        first, second = shapely.STRtree(outlines).query(reach)
        pairs.append(np.column_stack([own[first, 0], own[second, 0]]))
    pairs_of_groups = np.unique(np.concatenate(pairs), axis=0)
    pairs_of_groups = pairs_of_groups[pairs_of_groups[:, 0] != pairs_of_groups[:, 1]]
    ones = np.ones(len(pairs_of_groups), dtype=np.float32)
    return csr_array((ones, (pairs_of_groups[:, 0], pairs_of_groups[:, 1])), shape=(groups, groups))
