"""The part of evaluate that sums up the pixels of a role, and the figures that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rs_seg.ground.seen import Seen
from rs_seg.values import ClassNames, Confusion, Window
from rs_seg.values.confusion import number_or_none


@dataclass
class Tally:
    """Pixels of one role, summed over scenes.

    `before` and `changed` are None where no refinement can change any pixel.
    """

    confusion: Confusion
    before: Confusion | None = None
    changed: int | None = None
    reference_nodata: int = 0
    map_nodata: int = 0
    seen: Seen = field(default_factory=Seen)
    blocks: list[dict[str, Any]] = field(default_factory=list)
    rectangles: list[Sequence[Window]] = field(default_factory=list)
    """The tested ground of each of the blocks."""

    def add(self, part: Tally) -> None:
        """Count the pixels of another part too."""
        self.confusion += part.confusion
        self.reference_nodata += part.reference_nodata
        self.map_nodata += part.map_nodata
        self.seen.add(part.seen)
        if self.before is not None and part.before is not None:
            self.before += part.before
            self.changed = (self.changed or 0) + (part.changed or 0)


def describe_tally(tally: Tally, class_names: ClassNames) -> dict[str, Any]:
    """The figures of a role, as they stand in the file of evaluate.

    Those that are not defined are None.
    """
    confusion = tally.confusion
    covered = confusion.reference + confusion.mapped > 0
    figures = {
        "overall_accuracy": confusion.overall_accuracy(),
        "mean_f1": confusion.mean_f1(),
        "mean_iou": confusion.mean_iou(),
        "kappa": confusion.kappa(),
        "mcc": confusion.multiclass_mcc(),
        "balanced_accuracy": confusion.balanced_accuracy(),
    }
    selective = confusion.selective()
    return {
        "confusion": selective.counts.tolist(),
        "pixels": confusion.total,
        **{name: number_or_none(value) for name, value in figures.items()},
        "abstained": number_or_none(confusion.abstained_share()),
        "selective": {
            "overall_accuracy": number_or_none(selective.overall_accuracy()),
            "mean_iou": number_or_none(selective.mean_iou()),
        },
        **_describe_refining(tally, class_names),
        "mean_covers": [
            name for name, there in zip(class_names.names, covered, strict=True) if there
        ],
        "per_class": describe_classes(confusion, class_names),
        "seen": vars(tally.seen),
        "reference_nodata_ignored": tally.reference_nodata,
        "map_nodata": tally.map_nodata,
    }


def _describe_refining(tally: Tally, class_names: ClassNames) -> dict[str, Any]:
    """Figures of the most probable class and the pixels changed since; nulls without refinement."""
    before, changed = tally.before, tally.changed
    if before is None or changed is None:
        return {"before": None, "changed": None}
    total = tally.confusion.total
    ious = zip(class_names.names, before.iou(), strict=True)
    return {
        "before": {
            "mean_iou": number_or_none(before.mean_iou()),
            "overall_accuracy": number_or_none(before.overall_accuracy()),
            "iou": {name: number_or_none(value) for name, value in ious},
        },
        "changed": {"pixels": changed, "share": changed / total if total else None},
    }


def describe_classes(confusion: Confusion, class_names: ClassNames) -> list[dict[str, Any]]:
    """The figures of each class; those that are not defined are None."""
    ratios = {
        "precision": confusion.precision(),
        "recall": confusion.recall(),
        "f1": confusion.f1(),
        "iou": confusion.iou(),
        "mcc": confusion.mcc(),
    }
    return [
        {
            **class_name.model_dump(),
            "reference_pixels": int(confusion.reference[index]),
            "mapped_pixels": int(confusion.mapped[index]),
            "abstained_pixels": int(confusion.abstained[index]),
            **{name: number_or_none(values[index]) for name, values in ratios.items()},
        }
        for index, class_name in enumerate(class_names)
    ]
