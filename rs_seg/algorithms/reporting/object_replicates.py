"""Several trainings of one detector: how far seeds or folds alone move the figures of objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rs_seg.algorithms.objects.rates import measure_rates
from rs_seg.algorithms.objects.resampling import Floats, draw_blocks, mean_of_known
from rs_seg.algorithms.percentile_intervals import known_interval
from rs_seg.algorithms.reporting.bootstrap import ENOUGH
from rs_seg.algorithms.reporting.replicates import spread_of
from rs_seg.values.confusion import Counted, number_or_none
from rs_seg.values.matches import MatchedBlock, ObjectMatches
from rs_seg.values.object_comparison import ObjectReplicates, PooledIntervals, PooledObjects

SPREADS = ("f1", "ap", "ap50", "precision", "recall")
RATES = tuple(PooledIntervals.model_fields)


def summarize_object_replicates(
    matched: Sequence[ObjectMatches],
    groups: Mapping[str, Sequence[str]],
    *,
    resamples: int,
    seed: int,
) -> list[ObjectReplicates]:
    """Spread of the test figures of each group of trainings, by suppression or refinement.

    `groups` are names of detectors or networks that are several trainings of one, by the name of
    that one. Where their test blocks have nothing in common, they are folds, and `pooled` has
    their figures together.
    """
    branches = dict.fromkeys(own.suppression for own in matched)
    by_name = {own.method: own for own in matched}
    return [
        _summarize(
            group,
            [by_name[name, branch] for name in names],
            resamples=resamples,
            seed=seed,
        )
        for group, names in groups.items()
        for branch in branches
        if all((name, branch) in by_name for name in names)
    ]


def _summarize(
    group: str, own: Sequence[ObjectMatches], *, resamples: int, seed: int
) -> ObjectReplicates:
    return ObjectReplicates(
        detector=group,
        suppression=own[0].suppression,
        kind=own[0].kind,
        trainings=tuple(matches.detector for matches in own),
        **{name: spread_of([getattr(one.test.boxes, name) for one in own]) for name in SPREADS},
        pooled=pool_folds(own, resamples=resamples, seed=seed),
    )


def pool_folds(own: Sequence[ObjectMatches], *, resamples: int, seed: int) -> PooledObjects | None:
    """The figures of several trainings together; None where they are no folds.

    Trainings are folds where no two were tested on the same block.
    """
    blocks = [block for matches in own for block in matches.test.blocks]
    if len(own) < 2 or not blocks or len({place_of(block) for block in blocks}) < len(blocks):
        return None
    counted, whole = own[0].counted, np.ones((1, len(blocks)), dtype=np.int64)
    draws = draw_blocks(len(blocks), seed=seed, resamples=resamples)
    figures, drawn = (measure_blocks(blocks, times, counted) for times in (whole, draws))
    counts = [(sum(block.matched), sum(block.missed), sum(block.false)) for block in blocks]
    found, missed, false = (sum(column) for column in zip(*counts, strict=True))
    return PooledObjects(
        objects=found + missed,
        detections=found + false,
        blocks=len(blocks),
        reliable=len(blocks) >= ENOUGH,
        **{name: number_or_none(float(figures[name][0])) for name in RATES},
        intervals=PooledIntervals(**{name: known_interval(drawn[name]) for name in RATES}),
    )


def place_of(block: MatchedBlock) -> tuple[str, int, int]:
    """Scene, row and column of a block."""
    return block.scene, block.row, block.column


def measure_blocks(
    blocks: Sequence[MatchedBlock], times: np.ndarray, counted: Counted
) -> dict[str, Floats]:
    """Means over classes of the rates in each draw (R,) of blocks (R, B), by name of the rate.

    They are over the classes with the indices `counted`; None: all.
    """
    counts = [
        np.array([getattr(block, name) for block in blocks]).T  # (K, B)
        for name in ("matched", "missed", "false")
    ]
    if counted is not None:
        counts = [own[list(counted)] for own in counts]
    rates = vars(measure_rates(*(own @ times.T for own in counts)))
    rates["count_error"] = np.abs(rates["count_error"])
    return {name: mean_of_known(own) for name, own in rates.items()}
