"""Which detections are objects of the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled
from rs_seg.algorithms.objects.overlap_pairs import pair_shapes
from rs_seg.algorithms.objects.precision import Matches

Ids = NDArray[np.int64]
NOBODY = -1
"""Stands for no reference."""


@dataclass(frozen=True)
class References:
    """Polygons (M,) of the objects of one class in one scene.

    `ignored` (M,) objects are neither found nor missed, and a detection of one is no mistake: they
    are cut by the image, too small, or on ground that does not count. `groups` (M,) stand for
    several objects that nobody has told apart: they are ignored too, and any number of detections
    may lie on one.
    """

    shapes: NDArray[Any]
    ignored: NDArray[np.bool_]
    groups: NDArray[np.bool_]

    def __post_init__(self) -> None:
        assert len(self.shapes) == len(self.ignored) == len(self.groups)
        assert not (self.groups & ~self.ignored).any(), "groups are ignored"


@dataclass(frozen=True)
class Takes:
    """Which reference each of N detections takes at each of T thresholds.

    `order` (N,) are the places of the detections from the highest score down; the others are in
    this order: places of references or NOBODY `taken` (T, N), and what they share with them
    `shares` (T, N), 0 of nobody.
    """

    order: Ids
    taken: Ids
    shares: NDArray[np.float64]


def match(
    shapes: NDArray[Any],
    scores: NDArray[np.float64],
    references: References,
    *,
    thresholds: tuple[float, ...],
    outside: NDArray[np.bool_] | None = None,
) -> Matches:
    """Each detection, best first, takes the free reference with which it shares most.

    It must share at least the threshold (intersection over union); objects that count come before
    those that are ignored. `shapes` (N,) are polygons of one class in one scene. A detection that
    is `outside` (N,), of a size that is not asked for, is not counted where it takes nothing. Any
    number of detections is taken. Source: the protocol of COCO (Lin et al. 2014; pycocotools 2.0).
    """
    takes = take_references(shapes, scores, references, thresholds=thresholds)
    return judge_takes(takes, scores, references, outside=outside)


def take_references(
    shapes: NDArray[Any],
    scores: NDArray[np.float64],
    references: References,
    *,
    thresholds: tuple[float, ...],
) -> Takes:
    """What each detection takes, by the rules of `match`."""
    order = np.argsort(-scores, kind="stable")
    pairs = pair_shapes(shapes[order], references.shapes, groups=references.groups)
    # objects that count come before those that are ignored
    pairs = pairs.take(np.lexsort((pairs.second, references.ignored[pairs.second], pairs.first)))
    starts = pairs.starts(len(order))
    taken, shares = zip(
        *(
            _take(starts, pairs.second, pairs.shares, references.ignored, references.groups, least)
            for least in thresholds
        ),
        strict=True,
    )
    return Takes(order, np.array(taken), np.array(shares))


def judge_takes(
    takes: Takes,
    scores: NDArray[np.float64],
    references: References,
    *,
    outside: NDArray[np.bool_] | None = None,
) -> Matches:
    """Which detections are right, and which count; `scores` and `outside` in their own order."""
    takes_one = takes.taken != NOBODY
    ignored = takes_one & np.append(references.ignored, False)[takes.taken]  # NOBODY's place
    if outside is not None:
        ignored |= ~takes_one & outside[takes.order]
    return Matches(
        scores=scores[takes.order],
        right=takes_one & ~ignored,
        counted=~ignored,
        objects=int((~references.ignored).sum()),
    )


@compiled
def _take(
    starts: Ids,
    partners: Ids,
    shares: NDArray[np.float64],
    ignored: NDArray[np.bool_],
    groups: NDArray[np.bool_],
    threshold: float,
) -> tuple[Ids, NDArray[np.float64]]:
    """The reference that each detection takes (N,), or NOBODY, and what they share (N,)."""
    # Detections come best first, so that a worse one never takes a reference from a better one.
    is_taken = np.zeros(len(ignored), dtype=np.bool_)
    taken = np.full(len(starts) - 1, NOBODY)
    shared = np.zeros(len(taken))
    for detection in range(len(taken)):
        most, best = min(threshold, 1 - 1e-10), NOBODY
        for pair in range(starts[detection], starts[detection + 1]):
            reference = partners[pair]
            if is_taken[reference] and not groups[reference]:
                continue
            # Ignored references come last: they take only what no object that counts has taken.
            if best != NOBODY and not ignored[best] and ignored[reference]:
                break
            # Of equal shares the later one is taken, as COCO's program does.
            if shares[pair] >= most:
                most, best = shares[pair], reference
        taken[detection] = best
        if best != NOBODY:
            is_taken[best] = True
            shared[detection] = most
    return taken, shared
