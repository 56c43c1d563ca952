"""What a random split promises too much: figures of networks beside those of their copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from rs_seg.values.comparison import RandomSplitFigures
from rs_seg.values.evaluation import Evaluation, TestFigures

SLIGHT = 0.005
"""Differences of mean IoU that nothing is concluded from."""


def compare_splits(
    evaluations: Sequence[Evaluation],
    of_twins: Sequence[Evaluation],
    twins: Mapping[str, str],
) -> tuple[RandomSplitFigures, ...]:
    """A row for each copy, in their order; `twins` are names of networks by those of copies.

    A copy is compared with the map of its network by the same refinement.
    """
    maps = {evaluation.method: evaluation for evaluation in evaluations}
    return tuple(
        _compare(maps[twins[twin.network], twin.refinement], twin)
        for twin in of_twins
        if (twins[twin.network], twin.refinement) in maps
    )


def _compare(own: Evaluation, twin: Evaluation) -> RandomSplitFigures:
    sides = [_ious_by_class(side.test) for side in (own, twin)]
    # means over other classes would not be comparable
    shared = [
        name
        for name in sides[0]
        if name in sides[1] and (own.protocol is None or name in own.protocol.classes)
    ]
    blocks, random = (_mean([side[name] for name in shared]) for side in sides)
    price = None if blocks is None or random is None else random - blocks
    return RandomSplitFigures(
        network=own.network,
        refinement=own.refinement,
        classes=tuple(shared),
        pixels=own.test.pixels,
        random_pixels=twin.test.pixels,
        mean_iou=blocks,
        random_mean_iou=random,
        price=price,
        overall_accuracy=own.test.overall_accuracy,
        random_overall_accuracy=twin.test.overall_accuracy,
        verdict=describe_price(own.title, blocks, random),
    )


def _ious_by_class(figures: TestFigures) -> dict[str, float]:
    """IoU of the classes that the reference has."""
    return {
        row.name: row.iou
        for row in figures.per_class
        if row.reference_pixels and row.iou is not None
    }


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def describe_price(title: str, blocks: float | None, random: float | None) -> str:
    """One sentence for people; figures are mean IoU of test ground, None where not defined."""
    if blocks is None or random is None:
        return f"{title}: no class is on both test grounds, so the price of leakage is unknown."
    figures = f"{title}: mIoU {blocks:.3f} on blocks kept apart, {random:.3f} on a random split"
    price = random - blocks
    if price > SLIGHT:
        return (
            f"{figures}; the difference of {price:.3f} is the price of leakage, which the random "
            f"split would have promised too much."
        )
    return f"{figures}; no leakage shows in this run."
