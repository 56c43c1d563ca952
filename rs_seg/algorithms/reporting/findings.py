"""Figures of a run, told in words."""

from __future__ import annotations

from collections.abc import Sequence

from rs_seg.algorithms.reporting.independence import describe_independence
from rs_seg.algorithms.reporting.polygon_findings import SELECTIONS, figure_of
from rs_seg.values.evaluation import Evaluation, RoleFigures, TestFigures
from rs_seg.values.texts import group_digits

WEAK_IOU = 0.5
"""IoU below which a class is called weak."""
CLEAR = 0.02
"""Difference of mean IoU below which two maps are called equal."""


def find_evaluation(evaluations: Sequence[Evaluation], method: tuple[str, str]) -> Evaluation:
    """The evaluation of the map by a network and a refinement."""
    return next(evaluation for evaluation in evaluations if evaluation.method == method)


def find_baseline(
    evaluations: Sequence[Evaluation], *, networks: Sequence[str]
) -> Evaluation | None:
    """The map of these networks with the highest validation mIoU, or None where they made none."""
    known = [evaluation for evaluation in evaluations if evaluation.network in networks]
    return max(known, key=lambda own: own.validation.mean_iou or 0.0, default=None)


def covered_classes(figures: RoleFigures) -> tuple[list[str], list[str]]:
    """Names of the classes that a mean IoU covers, and of those that it leaves out.

    Those left out are in neither map nor reference.
    """
    covered = [row.name for row in figures.per_class if row.iou is not None]
    return covered, [row.name for row in figures.per_class if row.iou is None]


def describe_accuracy(
    best: Evaluation, *, map_count: int, select_by: str = "mean_iou", choice: str | None = None
) -> list[str]:
    """Which map is the best, by which figure, and what it is worth on the test blocks.

    `choice` says how it was chosen among several, see `Choice.describe`.
    """
    test = best.test
    validation, figure = figure_of(best.validation, select_by), SELECTIONS[select_by]
    if validation is None:
        shown = (
            f"Shown is the first of {map_count} maps, {best.title}"
            if map_count > 1
            else f"The only map is {best.title}"
        )
        missing = (
            "there is no validation area"
            if select_by == "mean_iou"
            else f"no validation area has an {figure}"
        )
        chosen = f"{shown}: {missing} to choose one by."
    elif map_count > 1:
        chosen = f"Of {map_count} maps, {choice or f'{best.title} is the best.'}"
    else:
        chosen = f"The only map is {best.title}; its validation {figure} is {_figure(validation)}."
    pixels = group_digits(test.pixels)
    figures = (
        f"On {pixels} test pixels it reaches mIoU {_figure(test.mean_iou)}, overall accuracy "
        f"{_figure(test.overall_accuracy)}, mean F1 {_figure(test.mean_f1)} and MCC "
        f"{_figure(test.mcc)}."
    )
    claim = describe_independence(best.ground, test)
    told = [chosen, figures, *_describe_polygons(test), claim]
    return [*told, *_describe_abstaining(test), _describe_weak(test)]


def _describe_polygons(test: TestFigures) -> list[str]:
    """What the polygons are worth on the same ground; nothing where none were compared."""
    if test.polygons is None:
        return []
    areas = _figure(test.polygons.mean_iou)
    objects, boundaries = _figure(test.polygons.object_f1), _figure(test.polygons.boundary_f1)
    return [
        (
            f"Its polygons reach mIoU {areas}, object F1 {objects} and boundary F1 {boundaries} on "
            f"the same ground."
        )
    ]


def _describe_abstaining(test: TestFigures) -> list[str]:
    """What the figures would be without the pixels that have no class.

    Nothing where all have one.
    """
    if not test.abstained:
        return []
    share = (
        f"It gives no class to {100 * test.abstained:.1f} % of these pixels, which count as wrong "
        f"above"
    )
    miou, accuracy = _figure(test.selective.mean_iou), _figure(test.selective.overall_accuracy)
    return [f"{share}; on the others it reaches mIoU {miou} and overall accuracy {accuracy}."]


def _describe_weak(test: TestFigures) -> str:
    ious = [(row.iou, row.name) for row in test.per_class if row.iou is not None]
    if not ious:
        return "The test blocks hold no class."
    weakest_first = sorted(ious, key=lambda pair: pair[0])  # equals keep the order of the legend
    weak = [f"{name} ({iou:.2f})" for iou, name in weakest_first if iou < WEAK_IOU]
    if weak:
        return f"Weak classes, with a test IoU below {WEAK_IOU}: {', '.join(weak)}."
    least, name = weakest_first[0]
    return f"No class is weak: the lowest test IoU is that of {name} ({least:.2f})."


def describe_baseline(best: Evaluation, baseline: Evaluation) -> str:
    """How the best map stands against a baseline on the same test blocks."""
    here, there = best.test.mean_iou, baseline.test.mean_iou
    if best.network == baseline.network:
        return "The best map is itself made by the random forest: no network beats the baseline."
    if here is None or there is None:
        return "The test blocks allow no comparison with the random forest."
    change = here - there
    against = f"the random forest ({baseline.title}, test mIoU {_figure(there)}) on the same blocks"
    if abs(change) < CLEAR:
        return f"It is no better than {against}: the difference is {_signed(change)} mIoU."
    return f"It is {abs(change):.3f} mIoU {'above' if change > 0 else 'below'} {against}."


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "\u2212")
