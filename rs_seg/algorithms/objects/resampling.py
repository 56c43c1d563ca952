"""Figures of objects on blocks that are drawn again: how far chance alone moves them."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled
from rs_seg.algorithms.objects.matching import Ids
from rs_seg.algorithms.objects.precision import RECALLS
from rs_seg.algorithms.objects.tallies import ClassTally

Floats = NDArray[np.float64]
RESAMPLES = 1000
"""How often blocks are drawn: ends of intervals then move by less than a tenth of their width."""


def draw_blocks(block_count: int, *, seed: int, resamples: int = RESAMPLES) -> Ids:
    """How often each block is drawn in each of R draws (R, B); every draw has B blocks.

    Blocks are drawn and not objects, because neighbours are alike (Kuensch 1989; Lahiri 2003).
    Fewer than two blocks have no draws (0, B).
    """
    if block_count < 2:
        return np.zeros((0, block_count), dtype=np.int64)
    generator = np.random.default_rng(seed)
    return generator.multinomial(block_count, np.full(block_count, 1 / block_count), size=resamples)


def resample_precision(tally: ClassTally, times: Ids) -> tuple[Floats, Floats]:
    """AP and AP50 (R,) in each draw; NaN where it has no object."""
    drawn = np.stack(
        [
            _average_precisions(times, tally.blocks[counted], right[counted], tally.objects)
            for right, counted in zip(tally.matches.right, tally.matches.counted, strict=True)
        ]
    )
    return drawn.mean(axis=0), drawn[0]


@compiled
def _average_precisions(
    times: Ids, blocks: Ids, right: NDArray[np.bool_], objects: Ids
) -> NDArray[np.float64]:
    """`average_precision` in each draw (R,) of detections, best first, in `blocks` (N,)."""
    drawn = np.full(len(times), np.nan)
    precision, recall = np.empty(len(blocks)), np.empty(len(blocks))
    for draw in range(len(times)):
        weights = times[draw]
        total = (weights * objects).sum()
        if total == 0:
            continue
        found = seen = 0
        # A block that was not drawn has weight 0: its detections repeat the point before them,
        # which changes neither maximum nor recall.
        for place in range(len(blocks)):
            weight = weights[blocks[place]]
            seen += weight
            found += weight * right[place]
            precision[place] = found / seen if seen else 0.0
            recall[place] = found / total
        # backwards: the greatest precision at this recall or a higher one, read at each level
        level, best, area = len(RECALLS) - 1, 0.0, 0.0
        for place in range(len(blocks) - 1, -1, -1):
            while level >= 0 and RECALLS[level] > recall[place]:
                area += best
                level -= 1
            best = max(best, precision[place])
        drawn[draw] = (area + best * (level + 1)) / len(RECALLS)
    return drawn


def mean_of_known(figures: Floats) -> Floats:
    """Means over classes (...,) of figures (K, ...); NaN where no class has one."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Mean of empty slice", category=RuntimeWarning)
        means: Floats = np.nanmean(figures, axis=0)
    return means
