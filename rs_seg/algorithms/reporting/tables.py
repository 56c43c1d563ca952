"""All maps of a run as one table: figures, intervals, what refinements changed, costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rs_seg.algorithms.reporting.bootstrap import FIGURES as BOUNDED
from rs_seg.algorithms.reporting.edge_findings import edge_columns
from rs_seg.algorithms.reporting.polygon_findings import polygon_columns
from rs_seg.algorithms.reporting.protocols import protocol_columns
from rs_seg.algorithms.reporting.ranking import FIGURES
from rs_seg.values.changes import Changes
from rs_seg.values.comparison import Cell, FigureIntervals, GroundComparison, MajorityFigures
from rs_seg.values.evaluation import Evaluation, RoleFigures, TestSetFigures
from rs_seg.values.map_figures import SeenPixels

Row = dict[str, Cell]
"""Values by the names of their columns."""
MAJORITY = "majority class"
"""What stands for a network in the row of the baseline; no network can have a name with a space."""
COSTS = (
    *("parameters", "training_seconds", "training_cpu_seconds"),
    *("prediction_mpix_per_s", "prediction_mpix_per_cpu_s"),
)


def tabulate(
    evaluations: Sequence[Evaluation],
    grounds: Sequence[GroundComparison],
    costs: Mapping[str, Row],
    changes: Sequence[Changes],
) -> list[Row]:
    """One row per evaluation, in order, then one for the majority class of each set of test blocks.

    Figures are of the test areas but for those named after the validation areas. `grounds` are
    those of `compare_grounds`, `costs` are by network, `changes` by evaluation. All rows have the
    same columns, None where a value is not defined; a majority class that is not known has no row.
    """
    ends = {own.method: own for ground in grounds for own in ground.maps}
    rows = [
        {
            "network": evaluation.network,
            "refinement": evaluation.refinement,
            **_validation_columns(evaluation),
            **_figure_columns(evaluation.test),
            **_interval_columns(ends[evaluation.method]),
            "ground": evaluation.ground,
            **_seen_columns(evaluation.test.seen),
            **{f"iou_{row.name}": row.iou for row in evaluation.test.per_class},
            **_test_set_columns(evaluation.test_sets),
            **_refining_columns(evaluation, change),
            **{name: costs[evaluation.network][name] for name in COSTS},
            **protocol_columns(evaluation.protocol),
        }
        for evaluation, change in zip(evaluations, changes, strict=True)
    ]
    nothing: Row = dict.fromkeys(rows[0])
    known = [ground.majority for ground in grounds if ground.majority.class_name is not None]
    return rows + [nothing | _majority_columns(majority) for majority in known]


def _validation_columns(evaluation: Evaluation) -> Row:
    polygons = polygon_columns(evaluation.validation)
    return {
        "validation_mean_iou": evaluation.validation.mean_iou,
        **{f"validation_{name}": value for name, value in polygons.items()},
    }


def _figure_columns(figures: RoleFigures) -> Row:
    return {
        **figures.model_dump(include=set(FIGURES)),
        **polygon_columns(figures),
        **edge_columns(figures),
    }


def _seen_columns(seen: SeenPixels) -> Row:
    return {"seen_train_pixels": seen.train, "seen_validation_pixels": seen.validation}


def _test_set_columns(test_sets: Mapping[str, TestSetFigures]) -> Row:
    """Figures of further test sets, which are named in front."""
    return {
        f"{name}_{column}": value
        for name, figures in test_sets.items()
        for column, value in {"pixels": figures.pixels, **_figure_columns(figures)}.items()
    }


def _interval_columns(ends: FigureIntervals) -> Row:
    intervals = dict(zip(BOUNDED, (ends.mean_iou, ends.overall_accuracy, ends.mcc), strict=True))
    return {
        f"{name}_{end}": interval[place] if interval else None
        for name, interval in intervals.items()
        for place, end in enumerate(("low", "high"))
    }


def _refining_columns(evaluation: Evaluation, change: Changes) -> Row:
    """What the map was before its refinement; None where it is the most probable class itself."""
    validation, test, energy = evaluation.validation, evaluation.test, change.energy
    before = test.before
    return {
        "validation_mean_iou_before": validation.before.mean_iou if validation.before else None,
        "mean_iou_before": before.mean_iou if before else None,
        "overall_accuracy_before": before.overall_accuracy if before else None,
        **{
            f"iou_before_{row.name}": before.iou.get(row.name) if before else None
            for row in test.per_class
        },
        "changed": test.changed.share if test.changed else None,
        "energy_per_pixel_before": energy.per_pixel_before if energy else None,
        "energy_per_pixel_after": energy.per_pixel_after if energy else None,
    }


def _majority_columns(majority: MajorityFigures) -> Row:
    return {
        "network": MAJORITY,
        "refinement": majority.class_name,
        "mean_iou": majority.mean_iou,
        "overall_accuracy": majority.overall_accuracy,
        "mcc": majority.mcc,
        "kappa": majority.kappa,
        **{f"iou_{name}": iou for name, iou in majority.iou.items()},
    }
