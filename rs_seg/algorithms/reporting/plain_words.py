"""What a map is worth in words that need no jargon, and a warning where its figures disagree."""

from __future__ import annotations

from collections.abc import Sequence

from rs_seg.values.comparison import GroundComparison, ReplicateFigures
from rs_seg.values.evaluation import Evaluation, TestFigures
from rs_seg.values.matches import ObjectCounts

APART = 0.05
"""Difference of mean IoU of validation and test below which nothing is said."""
FAR_APART = 0.15
"""The same where test blocks are too few for an interval that can be relied on."""


def describe_plainly(test: TestFigures) -> list[str]:
    """How many of 100 pixels are right, and which class is missed most; nothing without pixels."""
    if test.overall_accuracy is None:
        return []
    right = (
        f"Of 100 pixels of the test ground, {_of_100(test.overall_accuracy)} have the right class."
    )
    return [" ".join([right, *_describe_missed(test)])]


def describe_folds_plainly(group: ReplicateFigures) -> list[str]:
    """The same of all folds of a network together; nothing where its trainings are no folds."""
    if group.pooled is None:
        return []
    right = _of_100(group.pooled.overall_accuracy)
    return [
        (
            f"Of 100 pixels of the labelled ground, {right} have the right class, each mapped by a "
            f"network that did not learn from it."
        )
    ]


def describe_objects_plainly(classes: Sequence[ObjectCounts]) -> list[str]:
    """How many of 100 objects are found, and how many of 100 that are reported are there."""
    matched, objects = sum(own.matched for own in classes), sum(own.objects for own in classes)
    detections = matched + sum(own.false for own in classes)
    if not objects or not detections:
        return []
    return [
        (
            f"Of 100 objects on the test ground, {_of_100(matched / objects)} are found; of 100 "
            f"that are reported, {_of_100(matched / detections)} are there."
        )
    ]


def warn_of_disagreement(best: Evaluation, ground: GroundComparison) -> list[str]:
    """A warning where validation and test say different things of a map; else nothing.

    They disagree where the validation mIoU is at least `APART` from the test mIoU and outside its
    interval; where `ground` has too few blocks for intervals, from `FAR_APART` on.
    """
    validation, test = best.validation.mean_iou, best.test.mean_iou
    if validation is None or test is None:
        return []
    interval = next(own.mean_iou for own in ground.maps if own.method == best.method)
    if interval is not None and ground.reliable:
        low, high = interval
        disagree = abs(validation - test) >= APART and not low <= validation <= high
        sure = f" (95 % interval {low:.3f} to {high:.3f})"
    else:
        disagree, sure = abs(validation - test) >= FAR_APART, ""
    if not disagree:
        return []
    told = (
        f"Validation and test disagree: {best.title} has an mIoU of {validation:.3f} on the "
        f"validation areas and {test:.3f} on the test areas{sure}."
    )
    reason = (
        "The test areas may be easier than most of the ground: do not expect more than the "
        "validation figure elsewhere."
        if test > validation
        else "The map was chosen on the validation areas, so their figure is too good, or the test "
        "areas are harder: expect the test figure elsewhere, or less."
    )
    return [f"{told} {reason} With split.folds all labelled ground is tested."]


def _describe_missed(test: TestFigures) -> list[str]:
    """The class of which the smallest share is found, and what most of the rest is called."""
    known = [
        (own.recall, place) for place, own in enumerate(test.per_class) if own.recall is not None
    ]
    if len(known) < 2:
        return []
    recall, place = min(known)
    name = test.per_class[place].name
    if recall > 0.995:
        return []
    found = f"The class missed most is {name}: {_of_100(recall)} of 100 of its pixels are found"
    # the last column of a map that abstains has no name
    wrong = {
        own.name: test.confusion[place][column]
        for column, own in enumerate(test.per_class)
        if column != place
    }
    taken = max(wrong, key=lambda other: wrong[other])
    return [f"{found}, and most of the others are called {taken}." if wrong[taken] else f"{found}."]


def _of_100(share: float) -> str:
    """The share 0..1 of 100 things: whole, but for what would be 0 or 100 without being it."""
    count = round(100 * share)
    if count == 100 and share < 1:
        return "more than 99"
    if count == 0 and share > 0:
        return "less than 1"
    return str(count)
