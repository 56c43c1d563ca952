"""All maps of a run as one table: figures with intervals, what the refinement changed, what the map cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rs_seg.algorithms.reporting.bootstrap import FIGURES as BOUNDED
from rs_seg.algorithms.reporting.polygon_findings import polygon_columns
from rs_seg.algorithms.reporting.ranking import FIGURES

Evaluation = Mapping[str, Any]
MAJORITY = "majority class"
"""What stands for a network in the row of the baseline; no network can have a name with a space."""
COSTS = (
    *("parameters", "training_seconds", "training_cpu_seconds"),
    *("prediction_mpix_per_s", "prediction_mpix_per_cpu_s"),
)


def tabulate(
    evaluations: Sequence[Evaluation],
    grounds: Sequence[Mapping[str, Any]],
    costs: Mapping[str, Mapping[str, Any]],
    changes: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """One row per evaluation, in order, then one for the majority class of each set of test blocks, where it is known.

    Figures are of the test areas but for those named after the validation areas. `grounds` are
    those of `compare_grounds`, `costs` are by network, `changes` by evaluation. All rows have the
    same columns, None where a value is not defined.
    """
    ends = {
        (each["network"], each["refinement"]): each for ground in grounds for each in ground["maps"]
    }
    rows = [
        {
            "network": each["network"],
            "refinement": each["refinement"],
            "validation_mean_iou": each["validation"]["mean_iou"],
            **{
                f"validation_{name}": value
                for name, value in polygon_columns(each["validation"]).items()
            },
            **{name: each["test"][name] for name in FIGURES},
            **polygon_columns(each["test"]),
            **_interval_columns(ends[each["network"], each["refinement"]]),
            "ground": each["ground"],
            **{f"seen_{use}_pixels": pixels for use, pixels in each["test"]["seen"].items()},
            **{f"iou_{row['name']}": row["iou"] for row in each["test"]["per_class"]},
            **_test_set_columns(each["test_sets"]),
            **_refining_columns(each, change),
            **{name: costs[each["network"]][name] for name in COSTS},
        }
        for each, change in zip(evaluations, changes, strict=True)
    ]
    nothing: dict[str, Any] = dict.fromkeys(rows[0])
    known = [ground["majority"] for ground in grounds if ground["majority"]["class"] is not None]
    return rows + [nothing | _majority_columns(majority) for majority in known]


def _test_set_columns(test_sets: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of further test sets, which are named in front."""
    return {
        f"{name}_{figure}": value
        for name, figures in test_sets.items()
        for figure, value in {
            **{figure: figures[figure] for figure in ("pixels", *FIGURES)},
            **polygon_columns(figures),
        }.items()
    }


def _interval_columns(ends: Mapping[str, Any]) -> dict[str, float | None]:
    return {
        f"{name}_{end}": ends[name][place] if ends[name] else None
        for name in BOUNDED
        for place, end in enumerate(("low", "high"))
    }


def _refining_columns(evaluation: Evaluation, change: Mapping[str, Any]) -> dict[str, Any]:
    """What the map was before its refinement; None where it is the most probable class itself."""
    validation, test = evaluation["validation"], evaluation["test"]
    before = test["before"] or {"mean_iou": None, "overall_accuracy": None, "iou": {}}
    energy = change["energy"] or {}
    return {
        "validation_mean_iou_before": (validation["before"] or {}).get("mean_iou"),
        "mean_iou_before": before["mean_iou"],
        "overall_accuracy_before": before["overall_accuracy"],
        **{
            f"iou_before_{row['name']}": before["iou"].get(row["name"]) for row in test["per_class"]
        },
        "changed": (test["changed"] or {}).get("share"),
        "energy_per_pixel_before": energy.get("per_pixel_before"),
        "energy_per_pixel_after": energy.get("per_pixel_after"),
    }


def _majority_columns(majority: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "network": MAJORITY,
        "refinement": majority["class"],
        **{name: majority[name] for name in ("mean_iou", "overall_accuracy", "mcc", "kappa")},
        **{f"iou_{name}": value for name, value in majority["iou"].items()},
    }
