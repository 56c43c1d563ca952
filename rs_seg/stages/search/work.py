"""The work of `search`."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from rs_seg.algorithms.refining.decide import most_probable
from rs_seg.algorithms.refining.search import best_trial, draw_parameters
from rs_seg.algorithms.splitting.areas import rectangles_of
from rs_seg.config import DenseCRF, MarkovField, ModelConfig, RefinementConfig
from rs_seg.errors import UserError
from rs_seg.ground.areas import read_split
from rs_seg.progress import track
from rs_seg.refining.blocks import refine_block
from rs_seg.refining.workers import compute_in_order
from rs_seg.scenes.files import check_scene_files
from rs_seg.stages.search.crops import Crop, SceneFiles, choose_crops, read_crops
from rs_seg.values import ClassNames, Confusion, InPath, InPaths, OutPath, Scene, thread_count
from rs_seg.values.band_groups import BandGroup

logger = logging.getLogger(__name__)


def search(
    network: ModelConfig,
    refinement: RefinementConfig,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    counted_classes: tuple[str, ...],
    seed: int,
    band_groups: tuple[BandGroup, ...] = (),
    *,
    probabilities: InPaths,
    images: InPaths,
    references: InPaths,
    split: InPath,
    parameters: OutPath,
) -> None:
    """See the signature."""
    if not isinstance(refinement, DenseCRF | MarkovField) or refinement.search is None:
        raise UserError(
            "the refinement has no search",
            where=f"refinements.{refinement.name}",
            remedy="set `search` in it",
        )
    config, generator = refinement.search, np.random.default_rng(seed)
    areas = read_split(split)
    names = [scene.name for scene in labelled_scenes]
    check_scene_files(
        names, areas, probabilities=probabilities, images=images, references=references
    )
    scenes = [
        SceneFiles(*files, rectangles_of(areas, scene.name, "validation"))
        for scene, files in zip(
            labelled_scenes, zip(probabilities, images, references, strict=True), strict=True
        )
    ]
    crops = choose_crops(scenes, size=config.crop, count=config.crops, generator=generator)
    ranges = refinement.search_ranges()
    configured = {name: float(getattr(refinement, name)) for name in ranges}
    trials = [configured, *draw_parameters(ranges, count=config.trials, generator=generator)]
    unrefined, *confusions = _try(
        _variants(refinement, trials),
        read_crops(scenes, crops, refinement, class_names, band_groups),
        total=sum(map(len, crops)),
        class_count=len(class_names),
    )
    counted = class_names.places_of(counted_classes)
    if not unrefined.reference[slice(None) if counted is None else list(counted)].any():
        raise UserError(
            "the validation areas hold no pixel with reference and map of a class that is counted",
            where=split,
            found=f"{unrefined.total} pixels, 0 of these classes",
            expected=f"some of {', '.join(counted_classes)} to choose parameters by",
            remedy="check the labels and protocol.classes, or remove `search` from the refinement",
        )
    scores = [confusion.mean_iou(counted) for confusion in confusions]
    document = {
        "network": network.name,
        "refinement": refinement.name,
        "chosen": trials[best_trial(scores)],
        "pixels": unrefined.total,
        "miou": max(scores),
        "miou_unrefined": unrefined.mean_iou(counted),
        "trials": [
            {"parameters": parameters, "miou": score}
            for parameters, score in zip(trials, scores, strict=True)
        ],
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    parameters.write_text(text + "\n", encoding="utf-8")
    _log(document, best_trial(scores))


def _variants(
    refinement: DenseCRF | MarkovField, trials: list[dict[str, float]]
) -> list[RefinementConfig]:
    fixed = {"energy": False} if isinstance(refinement, DenseCRF) else {}
    return [refinement.model_copy(update={**parameters, **fixed}) for parameters in trials]


def _try(
    variants: list[RefinementConfig], crops: Iterator[Crop], *, total: int, class_count: int
) -> list[Confusion]:
    """Confusion with the reference, over all crops, of no refinement and of each variant."""
    sums = [Confusion.empty(class_count) for _ in range(len(variants) + 1)]
    judged = compute_in_order(
        partial(judge_crop, variants),
        crops,
        count=total,
        workers=thread_count(),
    )
    for _, confusions in track(judged, total=total, description="search"):
        sums = [before + confusion for before, confusion in zip(sums, confusions, strict=True)]
    return sums


def judge_crop(variants: list[RefinementConfig], crop: Crop) -> list[Confusion]:
    """Confusion with the reference in the core of a crop, unrefined and of each variant."""
    block, class_count = crop.block, len(crop.block.probabilities)
    unrefined, _ = most_probable(block.probabilities, block.valid)
    maps = [unrefined, *(refine_block(variant, block).labels for variant in variants)]
    return [
        Confusion.from_indices(crop.reference, labels[block.inner], class_count=class_count)
        for labels in maps
    ]


def _log(document: dict[str, Any], best: int) -> None:
    """All trials as a table, and whether any is better than none."""
    names = list(document["chosen"])
    logger.info("search: %d pixels of the validation areas", document["pixels"])
    logger.info("search: trial %s    mIoU", " ".join(f"{name:>20}" for name in names))
    logger.info("search: none  %s  %.4f", " " * (21 * len(names) - 1), document["miou_unrefined"])
    for index, trial in enumerate(document["trials"]):
        values = " ".join(f"{trial['parameters'][name]:>20g}" for name in names)
        mark = " <- chosen" if index == best else ""
        logger.info("search: %-5d %s  %.4f%s", index, values, trial["miou"], mark)
    if document["miou"] <= document["miou_unrefined"]:
        logger.warning(
            "search: no combination for %s is better on the validation areas than no refinement "
            "(mIoU %.4f, %.4f without); the best of them is used all the same",
            document["refinement"],
            document["miou"],
            document["miou_unrefined"],
        )
