"""What each sensor is worth: figures of networks beside those of copies that do without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rs_seg.values.comparison import SensorFigures
from rs_seg.values.evaluation import Evaluation, TestFigures

SLIGHT = 0.005
"""Differences of mean IoU that nothing is concluded from."""


def compare_sensors(
    evaluations: Sequence[Evaluation],
    of_copies: Sequence[Evaluation],
    withheld: Mapping[str, tuple[str, str]],
) -> tuple[SensorFigures, ...]:
    """A row for each copy, in their order.

    `withheld` are networks, and the source that is left out, by names of copies. A copy is compared
    with the map of its network by the same refinement.
    """
    maps = {evaluation.method: evaluation for evaluation in evaluations}
    return tuple(
        _compare(maps[withheld[own.network][0], own.refinement], own, withheld[own.network][1])
        for own in of_copies
        if (withheld[own.network][0], own.refinement) in maps
    )


def _compare(whole: Evaluation, without: Evaluation, source: str) -> SensorFigures:
    figures, left = whole.test.mean_iou, without.test.mean_iou
    worth = None if figures is None or left is None else figures - left
    return SensorFigures(
        network=whole.network,
        refinement=whole.refinement,
        source=source,
        mean_iou=figures,
        mean_iou_without=left,
        worth=worth,
        overall_accuracy=whole.test.overall_accuracy,
        overall_accuracy_without=without.test.overall_accuracy,
        iou=_iou_by_class(whole.test),
        iou_without=_iou_by_class(without.test),
        verdict=describe_worth(whole.title, source, figures, left),
    )


def _iou_by_class(figures: TestFigures) -> dict[str, float | None]:
    return {row.name: row.iou for row in figures.per_class}


def describe_worth(title: str, source: str, with_it: float | None, without: float | None) -> str:
    """One sentence for people; figures are mean IoU of test ground, None where not defined."""
    if with_it is None or without is None:
        return f"{title}: the worth of {source} is unknown, as no test pixel is labelled."
    figures = f"{title}: test mIoU {with_it:.3f}, and {without:.3f} where {source} is missing"
    if with_it - without > SLIGHT:
        return f"{figures}; {source} is worth {with_it - without:.3f}."
    if without - with_it > SLIGHT:
        return f"{figures}; the network maps no worse without it."
    return f"{figures}; {source} makes no difference that counts."
