"""The work of `evaluate`."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.reporting.independence import describe_independence
from rs_seg.algorithms.reporting.polygon_findings import describe_polygons
from rs_seg.algorithms.splitting.areas import rectangles_by_block, tile_windows
from rs_seg.config import EvaluateConfig, ModelConfig, RefinementConfig
from rs_seg.ground.areas import read_split_with_blocks
from rs_seg.ground.seen import LearnedBy, leave_out, read_learned
from rs_seg.ground.tallies import TalliedBlock, Tally, describe_tally
from rs_seg.io.documents import write_document
from rs_seg.io.raster import RasterReader
from rs_seg.predicting.probabilities import check_bands
from rs_seg.scenes.files import check_grids
from rs_seg.scenes.manifest import Manifest, read_manifest
from rs_seg.stages.evaluate.ground import describe_tested
from rs_seg.stages.evaluate.polygons import PolygonScores
from rs_seg.values import ClassNames, Confusion, InPath, InPaths, OutPath, Scene, Window
from rs_seg.values.evaluation import (
    Evaluation,
    RoleFigures,
    TestFigures,
    TestSetFigures,
    ValidationFigures,
)
from rs_seg.values.layout import MapKey
from rs_seg.values.map_figures import NamedClass
from rs_seg.values.probabilities import NODATA
from rs_seg.values.split import Split

if TYPE_CHECKING:
    from rs_seg.algorithms.splitting.learned import Placed
    from rs_seg.values.grid import Grid

ROLES = ("validation", "test")
BLOCK = 1024
"""Height and width of the pieces that are compared at once, in pixels."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rasters:
    """The open files of one scene, and the ground on it that the models learnt from.

    `probabilities` are None where the map is their most probable class.
    """

    mapped: RasterReader
    reference: RasterReader
    probabilities: RasterReader | None
    learned: Placed


def evaluate(
    config: EvaluateConfig,
    network: ModelConfig,
    refinement: RefinementConfig,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    *,
    files: InPaths,
    models: InPaths,
    split: InPath,
    evaluation: OutPath,
) -> None:
    """See the signature."""
    areas = read_split_with_blocks(split)
    given = read_manifest(files)
    given.check_names("scene", [scene.name for scene in labelled_scenes])
    given.check_names("network", [network.name])
    given.check_names("refinement", [refinement.name])
    check_grids(given, areas)
    learned = read_learned(models)
    further = areas.test_sets
    tallies = {role: _empty(refinement, class_names) for role in (*ROLES, *further)}
    grids: dict[str, Grid] = {}
    scores = PolygonScores(
        config, class_names, tuple(tallies), abstain=refinement.abstain is not None
    )
    for scene in labelled_scenes:
        key = MapKey(scene.name, network.name, refinement.name)
        with ExitStack() as stack:
            rasters = _open(stack, refinement, class_names, learned, key, given)
            grids[scene.name] = rasters.mapped.grid
            for role, tally in tallies.items():
                _count_scene(tally, rasters, areas, scene.name, role, refinement, class_names)
            if given.has("polygons"):
                scores.add(given.map(key, "polygons"), rasters, areas, scene.name)
    tested = {
        role: describe_tested(
            tallies[role], class_names, scores.describe(role), grids=grids, learned=learned
        )
        for role in ("test", *further)
    }
    document = Evaluation(
        network=network.name,
        refinement=refinement.name,
        classes=tuple(NamedClass(code=own.code, name=own.name) for own in class_names),
        ground=learned.conclude(tallies["test"].seen),
        majority=_majority(areas.class_pixels.get("train", {}), class_names),
        validation=ValidationFigures(
            **dict(describe_tally(tallies["validation"], class_names)),
            polygons=scores.describe("validation"),
        ),
        test=tested["test"],
        test_sets={name: _add_ground(tested[name], tallies[name], learned) for name in further},
    )
    write_document(evaluation, document)
    _log(document)


def _add_ground(figures: TestFigures, tally: Tally, learned: LearnedBy) -> TestSetFigures:
    """Figures of a further test set, with what may be claimed of them."""
    return TestSetFigures(ground=learned.conclude(tally.seen), **dict(figures))


def _empty(refinement: RefinementConfig, class_names: ClassNames) -> Tally:
    empty = Confusion.empty(len(class_names), abstain=refinement.abstain is not None)
    return (
        Tally(empty, Confusion.empty(len(class_names)), changed=0)
        if refinement.changes_classes
        else Tally(empty)
    )


def _open(
    stack: ExitStack,
    refinement: RefinementConfig,
    class_names: ClassNames,
    learned: LearnedBy,
    key: MapKey,
    files: Manifest,
) -> Rasters:
    mapped = stack.enter_context(RasterReader(files.map(key, "classes")))
    reference = stack.enter_context(RasterReader(files.scene(key.scene, "reference")))
    probabilities = None
    if refinement.changes_classes:
        path = files.network(key.scene, key.network, "probabilities")
        probabilities = stack.enter_context(RasterReader(path))
        check_bands(probabilities, class_names)
    return Rasters(mapped, reference, probabilities, learned.place(mapped.grid))


def _count_scene(
    tally: Tally,
    rasters: Rasters,
    areas: Split,
    scene: str,
    role: str,
    refinement: RefinementConfig,
    class_names: ClassNames,
) -> None:
    for block, parts in rectangles_by_block(areas, scene, role).items():
        counted = _empty(refinement, class_names)
        _count(counted, rasters, tile_windows(parts, size=BLOCK), role, refinement, class_names)
        tally.add(counted)
        if counted.confusion.total + counted.map_nodata:
            tally.blocks.append(TalliedBlock(scene, block, parts, counted.seen, counted.confusion))


def _count(
    tally: Tally,
    rasters: Rasters,
    windows: Sequence[Window],
    role: str,
    refinement: RefinementConfig,
    class_names: ClassNames,
) -> None:
    classes, abstain = len(class_names), refinement.abstain is not None
    map_names = class_names.with_abstain() if abstain else class_names
    for window in windows:
        found = map_names.decode(rasters.mapped.read_codes(window))
        labelled = class_names.decode(rasters.reference.read_codes(window))
        wanted, seen = leave_out(labelled, rasters.learned.mark(window), role)
        tally.seen.add(seen)
        tally.reference_nodata += int((labelled < 0).sum())
        tally.confusion += Confusion.from_indices(wanted, found, classes=classes, abstain=abstain)
        tally.map_nodata += int(((wanted >= 0) & (found < 0)).sum())
        if rasters.probabilities is not None:
            assert tally.before is not None, "counted where probabilities are read"
            assert tally.changed is not None, "counted where probabilities are read"
            coded = rasters.probabilities.read(window)
            known = (coded != NODATA).all(axis=0) & (found >= 0)
            likeliest = np.where(known, coded.argmax(axis=0), -1)
            tally.before += Confusion.from_indices(wanted, likeliest, classes=classes)
            tally.changed += int((known & (wanted >= 0) & (likeliest != found)).sum())


def _majority(pixels: Mapping[str, int], class_names: ClassNames) -> str | None:
    return (
        max(class_names.names, key=lambda name: pixels.get(name, 0))
        if any(pixels.values())
        else None
    )


def _log(evaluation: Evaluation) -> None:
    _log_figures("validation", evaluation.validation)
    _log_figures("test", evaluation.test)
    for name, figures in evaluation.test_sets.items():
        _log_figures(name, figures)
    level = logging.INFO if evaluation.ground == "disjoint" else logging.WARNING
    logger.log(level, "evaluate: %s", describe_independence(evaluation.ground, evaluation.test))
    biased = evaluation.validation.seen.train
    if biased:
        logger.warning(
            "evaluate: validation, %d pixels are left out: the model was trained on them", biased
        )


def _log_figures(role: str, figures: RoleFigures) -> None:
    if figures.pixels == 0:
        logger.warning(
            "evaluate: the %s areas hold no pixel with reference and map; its figures are null",
            role,
        )
        return
    logger.info(
        "evaluate: %s, %d pixels, mIoU %.4f over %d classes, OA %.4f",
        role,
        figures.pixels,
        figures.mean_iou,
        len(figures.mean_covers),
        figures.overall_accuracy,
    )
    if figures.polygons:
        logger.info("evaluate: %s, polygons: %s", role, describe_polygons(figures.polygons))
    if figures.abstained:
        logger.info(
            "evaluate: %s, %.2f %% of the pixels have no class", role, 100 * figures.abstained
        )
    if figures.before and figures.changed and figures.changed.share is not None:
        logger.info(
            "evaluate: %s, mIoU %.4f before the refinement, which changed %.2f %% of the pixels",
            role,
            figures.before.mean_iou,
            100 * figures.changed.share,
        )
