"""Objects in words: which detector is the best, and whether it beats polygons of a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rs_seg.values.map_figures import FigureDifference, Interval
from rs_seg.values.matches import ClassMatches, ObjectMatches
from rs_seg.values.object_comparison import PooledObjects
from rs_seg.values.texts import group_digits

GROUNDS = {
    "disjoint": "No model saw these objects: checked with the areas in the model files.",
    "excluded": "Objects on ground that the model saw are left out.",
    "unknown": (
        "It is not known whether training saw these objects, because a model file does not say "
        "where it was trained: the figures may be too good."
    ),
}


class Tested(NamedTuple):
    """Objects of one training, with the figures of all its folds where it is one of several."""

    matches: ObjectMatches
    pooled: PooledObjects | None

    @property
    def f1(self) -> float | None:
        """On test ground, of all folds."""
        return self.matches.test.boxes.f1 if self.pooled is None else self.pooled.f1

    @property
    def f1_interval(self) -> Interval | None:
        """How far chance alone moves it."""
        figures = self.matches.test.boxes if self.pooled is None else self.pooled
        return figures.intervals.f1


def describe_objects(
    tested: Tested,
    baseline: Tested | None,
    difference: FigureDifference | None,
    *,
    count: int,
) -> list[str]:
    """Sentences: which is the best of `count`, what it is worth, how it stands to the best map."""
    best = tested.matches
    boxes = best.test.boxes
    if not any(own.objects for own in boxes.per_class):
        return [
            _describe_choice(best, count),
            "The test areas hold no object that counts, so nothing says how good the objects are.",
        ]
    told = [
        _describe_choice(best, count),
        *_describe_folds(tested),
        (
            f"On test ground it finds objects with F1 {_figure(boxes.f1)}"
            f"{_ends(boxes.intervals.f1)} at IoU {best.iou:g}: precision "
            f"{_figure(boxes.precision)}, recall {_figure(boxes.recall)}; AP50 "
            f"{_figure(boxes.ap50)}, AP {_figure(boxes.ap)}."
        ),
        describe_counts(boxes.per_class),
        GROUNDS[best.ground],
    ]
    if baseline is not None and difference is not None:
        told.append(_describe_difference(tested, baseline, difference))
    return told


def _describe_folds(tested: Tested) -> list[str]:
    """What all folds are worth together; nothing where there is one training."""
    pooled = tested.pooled
    if pooled is None:
        return []
    told = (
        f"Cross-validated, all folds together find objects with F1 {_figure(pooled.f1)}"
        f"{_ends(pooled.intervals.f1)}: precision {_figure(pooled.precision)}, recall "
        f"{_figure(pooled.recall)}, on {group_digits(pooled.objects)} objects in "
        f"{group_digits(pooled.blocks)} blocks, each searched by a detector that "
        f"did not see it. The figures that follow are those of {tested.matches.title} alone."
    )
    return [told]


def _describe_choice(best: ObjectMatches, count: int) -> str:
    f1 = best.validation.boxes.f1
    if best.score is None:
        return (
            f"No object is found on the validation areas, so no score could be chosen: shown is "
            f"{best.title} from a score of {best.least_score:g} on."
        )
    from_score = f"objects are what scores {best.score:.2f} or more"
    if count == 1:
        return f"The only objects are those of {best.title}; {from_score}."
    return (
        f"Of {count} sets of objects, that of {best.title} is the best by F1 on the validation "
        f"areas ({_figure(f1)}); {from_score}."
    )


def describe_counts(classes: Sequence[ClassMatches]) -> str:
    """How many objects of each class were counted, and how many there are."""
    told = [
        f"{own.name} {group_digits(own.detections)} ({group_digits(own.objects)})"
        for own in classes
        if own.objects or own.detections
    ]
    return f"Objects counted there, and in the reference: {', '.join(told)}."


def _describe_difference(best: Tested, baseline: Tested, difference: FigureDifference) -> str:
    """Whether the best detector beats the polygons of the best map, said either way."""
    value, interval = difference.difference, difference.interval
    title = baseline.matches.title
    if value is None:
        return f"The test areas allow no comparison with the polygons of the best map, {title}."
    there = f"the polygons of the best map, {title} (F1 {_figure(baseline.f1)})"
    where = f"in F1 at IoU {best.matches.iou:g} on test ground"
    where += "" if best.pooled is None else " of all folds"
    if interval is None:
        first, second = best.f1_interval, baseline.f1_interval
        if first is None or second is None:
            return (
                f"Its F1 differs by {_signed(value)} from that of {there}; there are too few test "
                f"blocks to say whether that is chance."
            )
        shown, told = not _overlap(first, second), "the intervals of both overlap"
        sure = "the intervals of both do not overlap"
    else:
        low, high = interval
        shown = not low <= 0 <= high
        ends = f"{_signed(low)} to {_signed(high)}"
        told = f"the 95 % interval of the difference, {ends}, holds 0"
        sure = f"95 % interval {ends}"
    if not shown:
        return (
            f"No difference is shown to {there} {where}: it is {_signed(value)}, and {told}. The "
            f"detector does not beat the map."
        )
    if value > 0:
        return f"It beats {there} {where}, by {value:.3f} ({sure})."
    return f"It does not beat {there} {where}: it is {-value:.3f} worse ({sure})."


def _overlap(first: Interval, second: Interval) -> bool:
    return first[0] <= second[1] and second[0] <= first[1]


def _ends(interval: Interval | None) -> str:
    return f" (95 % interval {interval[0]:.3f} to {interval[1]:.3f})" if interval else ""


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "\u2212")
