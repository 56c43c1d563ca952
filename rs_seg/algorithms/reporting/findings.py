"""Figures of a run told in words; evaluations are the contents of the files of `evaluate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rs_seg.algorithms.reporting.independence import describe_independence
from rs_seg.algorithms.reporting.polygon_findings import SELECTIONS, figure_of

Evaluation = Mapping[str, Any]
WEAK_IOU = 0.5
"""IoU below which a class is called weak."""
CLEAR = 0.02
"""Difference of mean IoU below which two maps are called equal."""


def title_of(evaluation: Evaluation) -> str:
    """Network and refinement of a map, for people."""
    return f"{evaluation['network']} + {evaluation['refinement']}"


def find_evaluation(
    evaluations: Sequence[Evaluation], *, network: str, refinement: str
) -> Evaluation:
    """The evaluation of one map."""
    return next(
        each
        for each in evaluations
        if (each["network"], each["refinement"]) == (network, refinement)
    )


def find_baseline(
    evaluations: Sequence[Evaluation], *, networks: Sequence[str]
) -> Evaluation | None:
    """The map of these networks with the highest validation mIoU, or None where they made none."""
    known = [each for each in evaluations if each["network"] in networks]
    return max(known, key=lambda each: each["validation"]["mean_iou"] or 0.0, default=None)


def covered_classes(role: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Names of the classes that a mean IoU covers, and of those in neither map nor reference, which it leaves out."""
    names = [each["name"] for each in role["per_class"] if each["iou"] is not None]
    return names, [each["name"] for each in role["per_class"] if each["iou"] is None]


def describe_accuracy(best: Evaluation, *, maps: int, select_by: str = "mean_iou") -> list[str]:
    """Which map is the best, by which figure, and what it is worth on the test blocks."""
    test = best["test"]
    validation, figure = figure_of(best["validation"], select_by), SELECTIONS[select_by]
    if validation is None:
        shown = (
            f"Shown is the first of {maps} maps, {title_of(best)}"
            if maps > 1
            else f"The only map is {title_of(best)}"
        )
        missing = (
            "there is no validation area"
            if select_by == "mean_iou"
            else f"no validation area has an {figure}"
        )
        chosen = f"{shown}: {missing} to choose one by."
    elif maps > 1:
        chosen = f"Of {maps} maps, {title_of(best)} is the best by validation {figure} ({_figure(validation)})."
    else:
        chosen = (
            f"The only map is {title_of(best)}; its validation {figure} is {_figure(validation)}."
        )
    pixels = f"{test['pixels']:,}".replace(",", "\u202f")
    figures = (
        f"On {pixels} test pixels it reaches "
        f"mIoU {_figure(test['mean_iou'])}, overall accuracy {_figure(test['overall_accuracy'])}, "
        f"mean F1 {_figure(test['mean_f1'])} and MCC {_figure(test['mcc'])}."
    )
    told = [chosen, figures, *_describe_polygons(test), describe_independence(best)]
    return [*told, *_describe_abstaining(test), _describe_weak(test)]


def _describe_polygons(test: Mapping[str, Any]) -> list[str]:
    """What the polygons are worth on the same ground; nothing where none were compared."""
    if test["polygons"] is None:
        return []
    objects, boundaries = (
        _figure(test["polygons"]["object_f1"]),
        _figure(test["polygons"]["boundary_f1"]),
    )
    areas = _figure(test["polygons"]["mean_iou"])
    return [
        (
            f"Its polygons reach mIoU {areas}, object F1 {objects} and boundary F1 {boundaries} on "
            f"the same ground."
        )
    ]


def _describe_abstaining(test: Mapping[str, Any]) -> list[str]:
    """What the figures would be without the pixels that have no class.

    Nothing where all have one.
    """
    if not test["abstained"]:
        return []
    selective = test["selective"]
    share = f"It gives no class to {100 * test['abstained']:.1f} % of these pixels, which count as wrong above"
    miou, accuracy = _figure(selective["mean_iou"]), _figure(selective["overall_accuracy"])
    return [f"{share}; on the others it reaches mIoU {miou} and overall accuracy {accuracy}."]


def _describe_weak(test: Mapping[str, Any]) -> str:
    known = [each for each in test["per_class"] if each["iou"] is not None]
    if not known:
        return "The test blocks hold no class."
    weak = sorted((each for each in known if each["iou"] < WEAK_IOU), key=lambda each: each["iou"])
    if weak:
        named = ", ".join(f"{each['name']} ({each['iou']:.2f})" for each in weak)
        return f"Weak classes, with a test IoU below {WEAK_IOU}: {named}."
    least = min(known, key=lambda each: each["iou"])
    return f"No class is weak: the lowest test IoU is that of {least['name']} ({least['iou']:.2f})."


def describe_baseline(best: Evaluation, baseline: Evaluation) -> str:
    """How the best map stands against a baseline on the same test blocks."""
    here, there = best["test"]["mean_iou"], baseline["test"]["mean_iou"]
    if best["network"] == baseline["network"]:
        return "The best map is itself made by the random forest: no network beats the baseline."
    if here is None or there is None:
        return "The test blocks allow no comparison with the random forest."
    change = here - there
    against = (
        f"the random forest ({title_of(baseline)}, test mIoU {_figure(there)}) on the same blocks"
    )
    if abs(change) < CLEAR:
        return f"It is no better than {against}: the difference is {_signed(change)} mIoU."
    return f"It is {abs(change):.3f} mIoU {'above' if change > 0 else 'below'} {against}."


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "\u2212")
