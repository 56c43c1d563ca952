"""Evaluations that have the figures a test is about; the others are not defined, or 0."""

from __future__ import annotations

from typing import Any

from rs_seg.values.edge_figures import BoundaryIouFigures, ErodedFigures
from rs_seg.values.evaluation import Evaluation, TestBlock, TestFigures, ValidationFigures
from rs_seg.values.map_figures import (
    ClassFigures,
    MeanFigures,
    NamedClass,
    PolygonFigures,
    SeenPixels,
    SelectiveFigures,
)

CLASSES = (NamedClass(code=1, name="field"), NamedClass(code=2, name="wood"))
UNSEEN = SeenPixels(train=0, validation=0)
UNERODED = ErodedFigures(
    pixels=0, left_out=None, overall_accuracy=None, mean_f1=None, mean_iou=None, f1={}, iou={}
)


def make_evaluation(
    network: str = "unet",
    refinement: str = "argmax",
    *,
    validation: ValidationFigures | None = None,
    test: TestFigures | None = None,
    **changes: Any,
) -> Evaluation:
    """The evaluation of a map."""
    values: dict[str, Any] = {
        "classes": CLASSES,
        "ground": "disjoint",
        "majority": "wood",
        "validation": validation or figures_of_validation(),
        "test": test or figures_of_test(),
        "test_sets": {},
    }
    return Evaluation(network=network, refinement=refinement, **{**values, **changes})


def figures_of_validation(figure: float | None = None, **changes: Any) -> ValidationFigures:
    """Figures of the validation areas: all are `figure`, but for those in `changes`."""
    return ValidationFigures(**{**_figures(figure), "blocks": (), **changes})


def figures_of_test(figure: float | None = None, **changes: Any) -> TestFigures:
    """Figures of the test areas: all are `figure`, but for those in `changes`."""
    strata: dict[str, Any] = dict.fromkeys(("by_scene", "by_distance", "blocks"), ())
    return TestFigures(**{**_figures(figure), **strata, **changes})


def _figures(figure: float | None) -> dict[str, Any]:
    return {
        **dict.fromkeys(MeanFigures.model_fields, figure),
        "confusion": (),
        "pixels": 0,
        "selective": SelectiveFigures(overall_accuracy=None, mean_iou=None),
        "before": None,
        "changed": None,
        "mean_covers": (),
        "per_class": (),
        "eroded": UNERODED,
        "boundary_iou": BoundaryIouFigures(mean=None, iou={}),
        "probabilities": None,
        "seen": UNSEEN,
        "reference_nodata_ignored": 0,
        "map_nodata": 0,
        "polygons": None,
    }


def class_figures(name: str, *, iou: float | None = None, pixels: int = 0) -> ClassFigures:
    """Figures of a class with so many pixels in the reference."""
    ratios = dict.fromkeys(("precision", "recall", "f1", "mcc"))
    counts = {"reference_pixels": pixels, "mapped_pixels": 0, "abstained_pixels": 0}
    return ClassFigures(code=0, name=name, iou=iou, **ratios, **counts)


def polygon_figures(
    mean_iou: float | None, object_f1: float | None, boundary_f1: float | None = None
) -> PolygonFigures:
    """Figures of polygons, none of single classes."""
    means = {"mean_iou": mean_iou, "object_f1": object_f1, "boundary_f1": boundary_f1}
    return PolygonFigures(**means, per_class=())


def make_block(
    confusion: Any,
    *,
    scene: str = "east",
    row: int = 0,
    column: int = 0,
    metres: float | None = None,
    inside: bool | None = None,
) -> TestBlock:
    """A test block, `metres` from training ground, which is `inside` of its scene or not."""
    return TestBlock(
        scene=scene,
        row=row,
        column=column,
        seen=UNSEEN,
        training_m=metres,
        training_in_scene=inside,
        confusion=confusion,
    )
