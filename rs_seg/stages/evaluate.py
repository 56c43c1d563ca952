"""evaluate: what a map is worth on ground that training never saw."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rs_seg.config import NetworkConfig, RefinementConfig
from rs_seg.values import ClassNames, Confusion, InPath, InPaths, OutPath, Scene, Window

REVISION = 2
ROLES = ("validation", "test")
BLOCK = 1024
"""Height and width of the pieces that are compared at once, in pixels."""

logger = logging.getLogger(__name__)


@dataclass
class Tally:
    """Pixels of one role, summed over scenes."""

    confusion: Confusion
    reference_nodata: int = 0
    map_nodata: int = 0


def evaluate(
    network: NetworkConfig,
    refinement: RefinementConfig,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    *,
    classes: InPaths,
    references: InPaths,
    split: InPath,
    evaluation: OutPath,
) -> None:
    """Confusion matrices of the validation and the test areas, pooled over scenes, with the figures derived from them.

    Pixels without reference are never counted; pixels with reference but without a class in the map are counted apart.
    Where the map abstains, such pixels are errors of omission: they are in the reference and in no class of the map.
    `abstained` is their share, and `selective` has the figures of the pixels with a class.
    Figures that are undefined (a class in neither map nor reference) are null, and `mean_covers` names the classes that
    the means are over.
    """
    from rs_seg.algorithms.splitting.areas import rectangles_of, tile_windows

    areas = json.loads(split.read_text())
    abstain = refinement.abstain is not None
    tallies = {role: Tally(Confusion.empty(len(class_names), abstain=abstain)) for role in ROLES}
    for scene, mapped, reference in zip(labelled_scenes, classes, references, strict=True):
        for role, tally in tallies.items():
            rectangles = rectangles_of(areas, scene.name, role)
            windows = tile_windows(rectangles, size=BLOCK) if rectangles else []
            _count(tally, mapped, reference, windows, class_names, abstain=abstain)
    document = {
        "network": network.name,
        "refinement": refinement.name,
        "classes": [each.model_dump() for each in class_names],
        **{role: _describe(tally, class_names) for role, tally in tallies.items()},
    }
    evaluation.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n")
    _log(document)


def _count(
    tally: Tally,
    mapped: InPath,
    reference: InPath,
    windows: Sequence[Window],
    class_names: ClassNames,
    *,
    abstain: bool,
) -> None:
    from rs_seg.io.raster import RasterReader

    map_names = class_names.with_abstain() if abstain else class_names
    with RasterReader(mapped) as map_raster, RasterReader(reference) as reference_raster:
        for window in windows:
            found = map_names.decode(map_raster.read_codes(window))
            wanted = class_names.decode(reference_raster.read_codes(window))
            tally.confusion += Confusion.from_indices(wanted, found, classes=len(class_names), abstain=abstain)
            tally.reference_nodata += int((wanted < 0).sum())
            tally.map_nodata += int(((wanted >= 0) & (found < 0)).sum())


def _describe(tally: Tally, class_names: ClassNames) -> dict[str, Any]:
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
        **{name: _number(value) for name, value in figures.items()},
        "abstained": _number(confusion.abstained_share()),
        "selective": {
            "overall_accuracy": _number(selective.overall_accuracy()),
            "mean_iou": _number(selective.mean_iou()),
        },
        "mean_covers": [name for name, there in zip(class_names.names, covered, strict=True) if there],
        "per_class": _describe_classes(confusion, class_names),
        "reference_nodata_ignored": tally.reference_nodata,
        "map_nodata": tally.map_nodata,
    }


def _describe_classes(confusion: Confusion, class_names: ClassNames) -> list[dict[str, Any]]:
    ratios = {
        "precision": confusion.precision(),
        "recall": confusion.recall(),
        "f1": confusion.f1(),
        "iou": confusion.iou(),
        "mcc": confusion.mcc(),
    }
    return [
        {
            **each.model_dump(),
            "reference_pixels": int(confusion.reference[index]),
            "mapped_pixels": int(confusion.mapped[index]),
            "abstained_pixels": int(confusion.abstained[index]),
            **{name: _number(values[index]) for name, values in ratios.items()},
        }
        for index, each in enumerate(class_names)
    ]


def _number(value: float) -> float | None:
    """The value, or None (null) where it is NaN, which JSON does not know."""
    return None if math.isnan(value) else float(value)


def _log(document: dict[str, Any]) -> None:
    for role in ROLES:
        figures = document[role]
        if figures["pixels"] == 0:
            logger.warning("evaluate: the %s areas hold no pixel with reference and map; its figures are null", role)
            continue
        logger.info(
            "evaluate: %s, %d pixels, mIoU %.4f over %d classes, OA %.4f",
            role,
            figures["pixels"],
            figures["mean_iou"],
            len(figures["mean_covers"]),
            figures["overall_accuracy"],
        )
        if figures["abstained"]:
            logger.info("evaluate: %s, %.2f %% of the pixels have no class", role, 100 * figures["abstained"])
