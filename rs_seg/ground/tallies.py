"""The part of evaluate that sums up the pixels of a role, and the figures that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rs_seg.algorithms.scoring.edges import EdgeScore
from rs_seg.algorithms.scoring.probability_curves import (
    ProbabilityCounts,
    Thresholds,
    describe_probabilities,
)
from rs_seg.ground.seen import Seen
from rs_seg.values import ClassNames, Confusion, Window
from rs_seg.values.confusion import Counted, mean_of_known, number_or_none
from rs_seg.values.edge_figures import BoundaryIouFigures, ErodedFigures
from rs_seg.values.evaluation import AreaFigures
from rs_seg.values.map_figures import ChangedPixels, ClassFigures, FiguresBefore, SelectiveFigures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class TalliedBlock:
    """Pixels of one role in a block of the split."""

    scene: str
    window: Window
    """Its pixels; of a group of polygons, the first rectangle."""
    rectangles: Sequence[Window]
    """The ground of the role in the block."""
    seen: Seen
    confusion: Confusion


@dataclass
class Tally:
    """Pixels of one role, summed over scenes.

    `before` and `changed` are None where no refinement can change any, `probabilities` where no
    files of them are given.
    """

    confusion: Confusion
    edges: EdgeScore
    before: Confusion | None = None
    changed: int | None = None
    probabilities: ProbabilityCounts | None = None
    reference_nodata: int = 0
    map_nodata: int = 0
    seen: Seen = field(default_factory=Seen)
    blocks: list[TalliedBlock] = field(default_factory=list)

    def add(self, part: Tally) -> None:
        """Count the pixels of another part too."""
        self.confusion += part.confusion
        self.edges += part.edges
        self.reference_nodata += part.reference_nodata
        self.map_nodata += part.map_nodata
        self.seen.add(part.seen)
        if self.before is not None and part.before is not None:
            self.before += part.before
            self.changed = (self.changed or 0) + (part.changed or 0)
        if self.probabilities is not None and part.probabilities is not None:
            self.probabilities += part.probabilities


def describe_tally(
    tally: Tally,
    class_names: ClassNames,
    thresholds: Thresholds | None,
    counted: Counted = None,
) -> AreaFigures:
    """The figures of a role, as they stand in the file of evaluate.

    `thresholds` of probabilities were chosen on validation ground; None without probabilities.
    Means are over the classes with the indices `counted`; None: all.
    """
    confusion = tally.confusion
    covered = confusion.reference + confusion.mapped > 0
    selective = confusion.selective()
    pairs = list(zip(class_names.names, covered, strict=True))
    in_means = pairs if counted is None else [pairs[index] for index in counted]
    return AreaFigures(
        confusion=selective.counts.tolist(),
        pixels=confusion.total,
        overall_accuracy=number_or_none(confusion.overall_accuracy()),
        mean_f1=number_or_none(confusion.mean_f1(counted)),
        mean_iou=number_or_none(confusion.mean_iou(counted)),
        kappa=number_or_none(confusion.kappa()),
        mcc=number_or_none(confusion.multiclass_mcc()),
        balanced_accuracy=number_or_none(confusion.balanced_accuracy(counted)),
        abstained=number_or_none(confusion.abstained_share()),
        selective=SelectiveFigures(
            overall_accuracy=number_or_none(selective.overall_accuracy()),
            mean_iou=number_or_none(selective.mean_iou(counted)),
        ),
        before=None
        if tally.before is None
        else _describe_before(tally.before, class_names, counted),
        changed=None if tally.changed is None else _describe_changed(tally.changed, confusion),
        mean_covers=tuple(name for name, occurs in in_means if occurs),
        per_class=describe_classes(confusion, class_names),
        eroded=_describe_eroded(tally.edges.eroded, confusion.total, class_names, counted),
        boundary_iou=_describe_bands(tally.edges.bands.iou(), class_names, counted),
        probabilities=None
        if tally.probabilities is None or thresholds is None
        else describe_probabilities(tally.probabilities, thresholds, class_names, counted),
        seen=tally.seen.describe(),
        reference_nodata_ignored=tally.reference_nodata,
        map_nodata=tally.map_nodata,
    )


def _describe_eroded(
    eroded: Confusion, pixels: int, class_names: ClassNames, counted: Counted
) -> ErodedFigures:
    """The figures of the pixels away from borders; `pixels` are all that are counted."""
    return ErodedFigures(
        pixels=eroded.total,
        left_out=1 - eroded.total / pixels if pixels else None,
        overall_accuracy=number_or_none(eroded.overall_accuracy()),
        mean_f1=number_or_none(eroded.mean_f1(counted)),
        mean_iou=number_or_none(eroded.mean_iou(counted)),
        f1=_by_name(eroded.f1(), class_names),
        iou=_by_name(eroded.iou(), class_names),
    )


def _describe_bands(
    ious: NDArray[np.float64], class_names: ClassNames, counted: Counted
) -> BoundaryIouFigures:
    return BoundaryIouFigures(
        mean=number_or_none(mean_of_known(ious, counted)), iou=_by_name(ious, class_names)
    )


def _by_name(values: NDArray[np.float64], class_names: ClassNames) -> dict[str, float | None]:
    pairs = zip(class_names.names, values, strict=True)
    return {name: number_or_none(value) for name, value in pairs}


def _describe_before(before: Confusion, class_names: ClassNames, counted: Counted) -> FiguresBefore:
    """The figures of the most probable class."""
    return FiguresBefore(
        mean_iou=number_or_none(before.mean_iou(counted)),
        overall_accuracy=number_or_none(before.overall_accuracy()),
        iou=_by_name(before.iou(), class_names),
    )


def _describe_changed(pixels: int, confusion: Confusion) -> ChangedPixels:
    total = confusion.total
    return ChangedPixels(pixels=pixels, share=pixels / total if total else None)


def describe_classes(confusion: Confusion, class_names: ClassNames) -> tuple[ClassFigures, ...]:
    """The figures of each class; those that are not defined are None."""
    precision, recall, f1 = confusion.precision(), confusion.recall(), confusion.f1()
    iou, mcc = confusion.iou(), confusion.mcc()
    return tuple(
        ClassFigures(
            code=class_name.code,
            name=class_name.name,
            reference_pixels=int(confusion.reference[index]),
            mapped_pixels=int(confusion.mapped[index]),
            abstained_pixels=int(confusion.abstained[index]),
            precision=number_or_none(precision[index]),
            recall=number_or_none(recall[index]),
            f1=number_or_none(f1[index]),
            iou=number_or_none(iou[index]),
            mcc=number_or_none(mcc[index]),
        )
        for index, class_name in enumerate(class_names)
    )
