"""A comparison in words: what refinements did, how sure the ranking is, who beats a baseline."""

from __future__ import annotations

from collections.abc import Sequence

from rs_seg.values.comparison import GroundComparison, MapIntervals, ReplicateFigures
from rs_seg.values.evaluation import Evaluation, RoleFigures
from rs_seg.values.map_figures import MapName
from rs_seg.values.names import list_first

HURTS = 0.001
"""Loss of mean IoU on the validation blocks from which a refinement is said to hurt."""
NAMED = 8
"""Maps that are named in a sentence; of more, the rest is counted."""


def find_losses(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Maps that are worse on the validation blocks than before their refinement, worst first."""
    gains = [(gain_of(evaluation.validation), evaluation) for evaluation in evaluations]
    hurt = [(gain, evaluation) for gain, evaluation in gains if gain is not None and gain < -HURTS]
    return [evaluation for _, evaluation in sorted(hurt, key=lambda pair: pair[0])]


def gain_of(figures: RoleFigures) -> float | None:
    """Mean IoU of a map less that before its refinement.

    None where one of them is not defined, or nothing was refined.
    """
    means = _refined(figures)
    return None if means is None else means[1] - means[0]


def _refined(figures: RoleFigures) -> tuple[float, float] | None:
    """Mean IoU before and after the refinement."""
    before = None if figures.before is None else figures.before.mean_iou
    return None if before is None or figures.mean_iou is None else (before, figures.mean_iou)


def describe_losses(evaluations: Sequence[Evaluation]) -> list[str]:
    """A sentence for each refinement of a map that hurts, judged on the validation blocks."""
    return [_describe_loss(evaluation) for evaluation in find_losses(evaluations)]


def _describe_loss(evaluation: Evaluation) -> str:
    gain = gain_of(evaluation.test)
    there = (
        ""
        if gain is None
        else f"; the test mIoU {'falls' if gain < 0 else 'rises'} by {abs(gain):.3f}"
    )
    means = _refined(evaluation.validation)
    assert means is not None, "what has no gain is no loss"
    before, after = means
    return (
        f"{evaluation.refinement} lowers the validation mIoU of {evaluation.network} by "
        f"{before - after:.3f}, from {before:.3f} to {after:.3f}{there}: the most probable class "
        "is the better map."
    )


def count_losses(evaluations: Sequence[Evaluation]) -> list[str]:
    """One sentence on how many refinements hurt and which one most.

    Nothing where no map was refined.
    """
    refined = [own for own in evaluations if gain_of(own.validation) is not None]
    lost = find_losses(refined)
    if not refined:
        return []
    if not lost:
        return [
            ("No refinement hurts: no map loses mIoU by its refinement on the validation blocks.")
        ]
    worst = _describe_loss(lost[0]).split(":", maxsplit=1)[0]
    return [
        (
            f"{len(lost)} of {len(refined)} refined maps lose mIoU on the validation blocks; the "
            f"worst: {worst}."
        )
    ]


def describe_certainty(ground: GroundComparison, name: MapName) -> list[str]:
    """How sure the figures of the best map of a run are.

    Also how sure its lead is, where it is the best on its ground too.
    """
    best = next(own for own in ground.maps if own.method == name.method)
    if best.mean_iou is None:
        return [f"Test areas lie in {ground.blocks} block(s): too few for confidence intervals."]
    low, high = best.mean_iou
    others = [own for own in ground.maps if own is not best]
    sentence = (
        f"The 95 % interval of the test mIoU of the best map is {low:.3f} to {high:.3f} over "
        f"{ground.blocks} test blocks."
    )
    if others and best.method == ground.best.method:
        sentence += _describe_lead(others)
    if ground.reliable:
        return [sentence]
    return [
        sentence,
        (
            f"With {ground.blocks} test blocks intervals are not to be relied on: they come out "
            f"too narrow."
        ),
    ]


def _describe_lead(others: Sequence[MapIntervals]) -> str:
    equal = sum(_may_be_equal(other) for other in others)
    if equal:
        return (
            f" On these blocks {equal} of {len(others)} other maps cannot be told from it: "
            f"intervals of differences hold 0."
        )
    return (
        f" On these blocks it differs from all other maps ({len(others)}): no interval of a "
        f"difference holds 0."
    )


def _may_be_equal(other: MapIntervals) -> bool:
    """Whether the interval of the difference to the best map holds 0."""
    difference = other.against_best.mean_iou
    if difference is None or difference.interval is None:
        return False
    low, high = difference.interval
    return low <= 0 <= high


def describe_pooled(replicates: Sequence[ReplicateFigures], best: MapName) -> list[str]:
    """What the folds of the best map's network are worth together.

    Nothing where there are no folds.
    """
    for group in replicates:
        pooled = group.pooled
        if pooled and best.network in group.networks and best.refinement == group.refinement:
            ends = pooled.intervals.overall_accuracy
            sure = f" (95 % interval {ends[0]:.3f} to {ends[1]:.3f})" if ends else ""
            told = (
                f"Cross-validated, the {len(group.networks)} folds of {group.title} together have "
                f"an overall accuracy of {pooled.overall_accuracy:.3f}{sure} and an mIoU of "
                f"{pooled.mean_iou:.3f} on {pooled.pixels} pixels, each mapped by a network that "
                "did not see it."
            )
            return [told]
    return []


def describe_majority(ground: GroundComparison, evaluations: Sequence[Evaluation]) -> str:
    """Which maps of a ground are no better than the most common training class everywhere."""
    majority = ground.majority
    if majority.overall_accuracy is None or majority.mean_iou is None:
        return "The test blocks allow no comparison with the majority class."
    methods = {own.method for own in ground.maps}
    tested = [evaluation for evaluation in evaluations if evaluation.method in methods]
    beaten = {
        "overall accuracy": [
            own.title
            for own in tested
            if _is_beaten(own.test.overall_accuracy, majority.overall_accuracy)
        ],
        "mIoU": [own.title for own in tested if _is_beaten(own.test.mean_iou, majority.mean_iou)],
    }
    everywhere = (
        f"{majority.class_name} everywhere, the most common class of the training areas, has an "
        f"overall accuracy of {majority.overall_accuracy:.3f} and an mIoU of "
        f"{majority.mean_iou:.3f}"
    )
    if not any(beaten.values()):
        return f"Every map beats the majority class: {everywhere}."
    told = [
        f"by {figure}: {list_first(titles, NAMED)}" for figure, titles in beaten.items() if titles
    ]
    return f"Some maps do not beat the majority class ({everywhere}), {'; '.join(told)}."


def _is_beaten(figure: float | None, majority: float) -> bool:
    """Whether the figure of a map is not above that of the majority class, or not defined."""
    return figure is None or figure <= majority
