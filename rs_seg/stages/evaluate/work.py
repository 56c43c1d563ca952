"""The work of `evaluate`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

from rs_seg.algorithms.reporting.independence import describe_independence
from rs_seg.algorithms.reporting.polygon_findings import describe_polygons
from rs_seg.algorithms.reporting.protocols import describe_protocol, describe_scene_means
from rs_seg.config import EvaluateConfig, ModelConfig, RefinementConfig
from rs_seg.ground.areas import read_split_with_blocks
from rs_seg.ground.seen import LearnedBy, read_learned
from rs_seg.ground.tallies import TalliedBlock, Tally, describe_tally
from rs_seg.io.documents import write_document
from rs_seg.scenes.files import check_grids
from rs_seg.scenes.manifest import read_manifest
from rs_seg.stages.evaluate.counting import CountRules, count_scene, open_rasters
from rs_seg.stages.evaluate.ground import describe_tested
from rs_seg.stages.evaluate.polygons import PolygonScores
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene
from rs_seg.values.evaluation import (
    Evaluation,
    RoleFigures,
    TestFigures,
    TestSetFigures,
    ValidationBlock,
    ValidationFigures,
)
from rs_seg.values.layout import MapKey
from rs_seg.values.map_figures import NamedClass
from rs_seg.values.protocol import FigureProtocol

if TYPE_CHECKING:
    from rs_seg.values.grid import Grid
    from rs_seg.values.split import Split

ROLES = ("validation", "test")
RANDOM_SPLIT = "windows dealt at random, without buffers"

logger = logging.getLogger(__name__)


def evaluate(
    config: EvaluateConfig,
    network: ModelConfig,
    refinement: RefinementConfig,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    figure_protocol: FigureProtocol,
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
    counted = class_names.places_of(figure_protocol.classes)
    further = areas.test_sets
    rules = CountRules(config, class_names, refinement, given.has("probabilities"))
    tallies = {role: rules.empty() for role in (*ROLES, *further)}
    grids: dict[str, Grid] = {}
    scores = PolygonScores(config, class_names, tuple(tallies), abstain=rules.abstain)
    for scene in labelled_scenes:
        key = MapKey(scene.name, network.name, refinement.name)
        with ExitStack() as stack:
            rasters = open_rasters(stack, rules, learned, key, given)
            grids[scene.name] = rasters.mapped.grid
            for role, tally in tallies.items():
                count_scene(tally, rasters, areas, scene.name, role, rules)
            if given.has("polygons"):
                scores.add(given.map(key, "polygons"), rasters, areas, scene.name)
    chosen_on = tallies["validation"].probabilities
    thresholds = None if chosen_on is None else chosen_on.choose_thresholds()
    tested = {
        role: describe_tested(
            tallies[role],
            class_names,
            scores.describe(role, counted),
            thresholds=thresholds,
            grids=grids,
            learned=learned,
            counted=counted,
        )
        for role in ("test", *further)
    }
    document = Evaluation(
        network=network.name,
        refinement=refinement.name,
        protocol=_name_split(figure_protocol, areas),
        classes=tuple(NamedClass(code=own.code, name=own.name) for own in class_names),
        ground=learned.conclude(tallies["test"].seen),
        majority=_majority(areas.class_pixels.get("train", {}), class_names),
        validation=ValidationFigures(
            **dict(describe_tally(tallies["validation"], class_names, thresholds, counted)),
            blocks=tuple(map(_describe_block, tallies["validation"].blocks)),
            polygons=scores.describe("validation", counted),
        ),
        test=tested["test"],
        test_sets={name: _add_ground(tested[name], tallies[name], learned) for name in further},
    )
    write_document(evaluation, document)
    _log(document)


def _name_split(protocol: FigureProtocol, areas: Split) -> FigureProtocol:
    """The protocol; copies of networks are tested on windows that were dealt at random."""
    return protocol.model_copy(update={"split": RANDOM_SPLIT}) if areas.random else protocol


def _add_ground(figures: TestFigures, tally: Tally, learned: LearnedBy) -> TestSetFigures:
    """Figures of a further test set, with what may be claimed of them."""
    return TestSetFigures(ground=learned.conclude(tally.seen), **dict(figures))


def _describe_block(block: TalliedBlock) -> ValidationBlock:
    return ValidationBlock(
        scene=block.scene,
        row=block.window.row,
        column=block.window.column,
        seen=block.seen.describe(),
        confusion=block.confusion.counts.tolist(),
    )


def _majority(pixels: Mapping[str, int], class_names: ClassNames) -> str | None:
    return (
        max(class_names.names, key=lambda name: pixels.get(name, 0))
        if any(pixels.values())
        else None
    )


def _log(evaluation: Evaluation) -> None:
    _log_figures("validation", evaluation.validation)
    _log_figures("test", evaluation.test)
    if evaluation.protocol is not None:
        names = evaluation.class_names.names
        logger.info("evaluate: %s", describe_protocol(evaluation.protocol, names))
    for sentence in describe_scene_means(evaluation.test):
        logger.info("evaluate: %s", sentence)
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
