"""evaluate: what a map is worth on ground that training never saw, and what its refinement did to it."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rs_seg.config import Argmax, NetworkConfig, RefinementConfig
from rs_seg.stages.parts.own_files import read_split
from rs_seg.stages.parts.scene_files import check_scene_files
from rs_seg.values import ClassNames, Confusion, InPath, InPaths, OutPath, Scene, Window

if TYPE_CHECKING:
    from rs_seg.io.raster import RasterReader

REVISION = 3
ROLES = ("validation", "test")
BLOCK = 1024
"""Height and width of the pieces that are compared at once, in pixels."""

logger = logging.getLogger(__name__)


@dataclass
class Tally:
    """Pixels of one role, summed over scenes; `before` and `changed` are None where no refinement can change any."""

    confusion: Confusion
    before: Confusion | None = None
    changed: int | None = None
    reference_nodata: int = 0
    map_nodata: int = 0
    blocks: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Rasters:
    """The open files of one scene; `probabilities` are None where the map is their most probable class."""

    mapped: RasterReader
    reference: RasterReader
    probabilities: RasterReader | None


def evaluate(
    network: NetworkConfig,
    refinement: RefinementConfig,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    *,
    classes: InPaths,
    probabilities: InPaths,
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

    `before` has the figures of the most probable class on the same pixels, and `changed` the pixels whose class is
    another one in the map; both are null where the refinement is that class. `blocks` of the test areas are the
    matrices of the blocks of the split that hold pixels with reference; they sum to the matrix of the whole.
    `majority` is the class of most pixels of the training areas, the first of equals.
    """
    areas = read_split(split)
    needed = {} if _changes_nothing(refinement) else {"probabilities": probabilities}
    names = [scene.name for scene in labelled_scenes]
    check_scene_files(names, areas, classes=classes, references=references, **needed)
    tallies = {role: _empty(refinement, class_names) for role in ROLES}
    for scene, mapped, network_output, reference in zip(
        labelled_scenes, classes, probabilities, references, strict=True
    ):
        with ExitStack() as stack:
            rasters = _open(stack, refinement, class_names, mapped, network_output, reference)
            for role, tally in tallies.items():
                _count_scene(tally, rasters, areas, scene.name, role, refinement, class_names)
    document: dict[str, Any] = {
        "network": network.name,
        "refinement": refinement.name,
        "classes": [each.model_dump() for each in class_names],
        "majority": _majority(areas["class_pixels"]["train"], class_names),
        **{role: _describe(tally, class_names) for role, tally in tallies.items()},
    }
    document["test"]["blocks"] = tallies["test"].blocks
    evaluation.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n")
    _log(document)


def _changes_nothing(refinement: RefinementConfig) -> bool:
    return isinstance(refinement, Argmax) and refinement.abstain is None


def _empty(refinement: RefinementConfig, class_names: ClassNames) -> Tally:
    empty = Confusion.empty(len(class_names), abstain=refinement.abstain is not None)
    return Tally(empty) if _changes_nothing(refinement) else Tally(empty, Confusion.empty(len(class_names)), changed=0)


def _open(
    stack: ExitStack,
    refinement: RefinementConfig,
    class_names: ClassNames,
    mapped: InPath,
    probabilities: InPath,
    reference: InPath,
) -> Rasters:
    from rs_seg.io.raster import RasterReader
    from rs_seg.stages.parts.probabilities import check_bands

    opened = Rasters(
        stack.enter_context(RasterReader(mapped)),
        stack.enter_context(RasterReader(reference)),
        None if _changes_nothing(refinement) else stack.enter_context(RasterReader(probabilities)),
    )
    if opened.probabilities is not None:
        check_bands(opened.probabilities, class_names)
    return opened


def _count_scene(
    tally: Tally,
    rasters: Rasters,
    areas: Mapping[str, Any],
    scene: str,
    role: str,
    refinement: RefinementConfig,
    class_names: ClassNames,
) -> None:
    from rs_seg.algorithms.splitting.areas import rectangles_by_block, tile_windows

    for block, parts in rectangles_by_block(areas, scene, role).items():
        counted = _empty(refinement, class_names)
        _count(counted, rasters, tile_windows(parts, size=BLOCK), refinement, class_names)
        _add(tally, counted)
        if counted.confusion.total + counted.map_nodata:
            place = {"scene": scene, "row": block.row, "column": block.column}
            tally.blocks.append({**place, "confusion": counted.confusion.counts.tolist()})


def _count(
    tally: Tally, rasters: Rasters, windows: Sequence[Window], refinement: RefinementConfig, class_names: ClassNames
) -> None:
    import numpy as np

    from rs_seg.values.probabilities import NODATA

    classes, abstain = len(class_names), refinement.abstain is not None
    map_names = class_names.with_abstain() if abstain else class_names
    for window in windows:
        found = map_names.decode(rasters.mapped.read_codes(window))
        wanted = class_names.decode(rasters.reference.read_codes(window))
        tally.confusion += Confusion.from_indices(wanted, found, classes=classes, abstain=abstain)
        tally.reference_nodata += int((wanted < 0).sum())
        tally.map_nodata += int(((wanted >= 0) & (found < 0)).sum())
        if rasters.probabilities is not None:
            assert tally.before is not None, "counted where probabilities are read"
            assert tally.changed is not None, "counted where probabilities are read"
            coded = rasters.probabilities.read(window)
            known = (coded != NODATA).all(axis=0) & (found >= 0)
            likeliest = np.where(known, coded.argmax(axis=0), -1)
            tally.before += Confusion.from_indices(wanted, likeliest, classes=classes)
            tally.changed += int((known & (wanted >= 0) & (likeliest != found)).sum())


def _add(tally: Tally, part: Tally) -> None:
    tally.confusion += part.confusion
    tally.reference_nodata += part.reference_nodata
    tally.map_nodata += part.map_nodata
    if tally.before is not None and part.before is not None:
        tally.before += part.before
        tally.changed = (tally.changed or 0) + (part.changed or 0)


def _majority(pixels: Mapping[str, int], class_names: ClassNames) -> str:
    return max(class_names.names, key=lambda name: pixels.get(name, 0))


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
        **_describe_refining(tally, class_names),
        "mean_covers": [name for name, there in zip(class_names.names, covered, strict=True) if there],
        "per_class": _describe_classes(confusion, class_names),
        "reference_nodata_ignored": tally.reference_nodata,
        "map_nodata": tally.map_nodata,
    }


def _describe_refining(tally: Tally, class_names: ClassNames) -> dict[str, Any]:
    """The figures of the most probable class and the pixels that were changed since; nulls where none could be."""
    before, changed = tally.before, tally.changed
    if before is None or changed is None:
        return {"before": None, "changed": None}
    total = tally.confusion.total
    ious = zip(class_names.names, before.iou(), strict=True)
    return {
        "before": {
            "mean_iou": _number(before.mean_iou()),
            "overall_accuracy": _number(before.overall_accuracy()),
            "iou": {name: _number(value) for name, value in ious},
        },
        "changed": {"pixels": changed, "share": changed / total if total else None},
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
        if figures["before"]:
            logger.info(
                "evaluate: %s, mIoU %.4f before the refinement, which changed %.2f %% of the pixels",
                role,
                figures["before"]["mean_iou"],
                100 * figures["changed"]["share"],
            )
