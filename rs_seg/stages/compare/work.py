"""The work of `compare`."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.drawing import Figure
from rs_seg.algorithms.reporting.bootstrap import ENOUGH
from rs_seg.algorithms.reporting.choosing import choose
from rs_seg.algorithms.reporting.findings import find_evaluation
from rs_seg.algorithms.reporting.grounds import compare_grounds, tested_in
from rs_seg.algorithms.reporting.independence import describe_doubts
from rs_seg.algorithms.reporting.leakage import compare_splits
from rs_seg.algorithms.reporting.object_ranking import tabulate_objects
from rs_seg.algorithms.reporting.plain_words import warn_of_disagreement
from rs_seg.algorithms.reporting.precision_curves import plot_precision_curves
from rs_seg.algorithms.reporting.protocols import check_protocols
from rs_seg.algorithms.reporting.ranking import agreement, choose_by_each, rank
from rs_seg.algorithms.reporting.replicates import summarize_replicates
from rs_seg.algorithms.reporting.sensors import compare_sensors
from rs_seg.algorithms.reporting.tables import tabulate
from rs_seg.config import CompareConfig
from rs_seg.ground.areas import read_split_with_blocks
from rs_seg.ground.leaks import describe_leaks
from rs_seg.io.documents import read_document, write_document
from rs_seg.scenes.files import check_grids
from rs_seg.scenes.manifest import Manifest, read_manifest
from rs_seg.stages.compare.costs import read_costs, sum_changes
from rs_seg.stages.compare.maps import draw, gather, stacks
from rs_seg.stages.compare.objects import compare_found
from rs_seg.values import InPath, InPaths, Legend, OutPath, Scene, WorkPath
from rs_seg.values.changes import Changes, MapChanges
from rs_seg.values.comparison import Agreement, Comparison, GroundComparison
from rs_seg.values.confusion import number_or_none
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.layout import MapKey
from rs_seg.values.map_figures import MapName
from rs_seg.values.matches import ObjectMatches
from rs_seg.values.split import Split
from rs_seg.values.texts import write_csv

NO_MAPS = Comparison(
    ranking=(),
    best=None,
    selected_by="f1 on the validation areas",
    best_by={},
    table=(),
    grounds=(),
    replicates=(),
    changes=(),
    agreement=Agreement(maps=(), shares=()),
)
"""What is said of the maps of a run that has none."""
logger = logging.getLogger(__name__)


def compare(
    config: CompareConfig,
    map_legend: Legend,
    labelled_scenes: tuple[Scene, ...],
    seed: int,
    replicates: dict[str, tuple[str, ...]],
    cross_validations: dict[str, tuple[str, ...]],
    members: dict[str, tuple[str, ...]],
    detector_members: dict[str, tuple[str, ...]],
    given_models: dict[str, str],
    random_twins: dict[str, str],
    withheld: dict[str, tuple[str, str]],
    known_leak: str | None,
    *,
    files: InPaths,
    split: InPath,
    timings: WorkPath,
    table: OutPath,
    comparison: OutPath,
    figure: OutPath,
) -> None:
    """See the signature."""
    given = read_manifest(files, given=given_models)
    read = {path: read_document(path, Evaluation) for path in given.all_of("evaluation")}
    copies = {*random_twins, *withheld}
    of_maps = {path: own for path, own in read.items() if own.network not in copies}
    evaluated = list(of_maps.values())
    of_twins = [own for own in read.values() if own.network in random_twins]
    of_withheld = [own for own in read.values() if own.network in withheld]
    protocol = check_protocols(of_maps)
    matched = {path: read_document(path, ObjectMatches) for path in given.all_of("matches")}
    areas = read_split_with_blocks(split)
    scenes = [scene.name for scene in labelled_scenes]
    given.check_names("scene", scenes)
    check_grids(given, areas)
    document, picture = (
        _compare_maps(
            config,
            map_legend,
            labelled_scenes,
            evaluated,
            areas,
            given,
            seed=seed,
            groups=Groups(replicates, cross_validations, members),
            timings=timings,
        )
        if evaluated
        else (NO_MAPS, plot_precision_curves(list(matched.values())))
    )
    if evaluated:
        leaks = describe_leaks(areas, known_leak)
        document = document.model_copy(update={"protocol": protocol, "leaks": leaks})
        for leak in leaks:
            logger.warning("compare: %s", leak)
    if of_twins:
        prices = compare_splits(evaluated, of_twins, random_twins)
        document = document.model_copy(update={"random_split": prices})
        for price in prices:
            logger.info("%s", price.verdict)
    if of_withheld:
        worths = compare_sensors(evaluated, of_withheld, withheld)
        document = document.model_copy(update={"sensors": worths})
        for worth in worths:
            logger.info("%s", worth.verdict)
    objects = compare_found(
        config,
        matched,
        scenes,
        seed,
        members={**members, **detector_members},
        replicates=replicates,
        files=given,
        timings=timings,
    )
    if objects is not None:
        rows = document.table or tuple(tabulate_objects(objects))
        document = document.model_copy(update={"objects": objects, "table": rows})
    write_document(comparison, document)
    rows = document.table
    write_csv(table, list(rows[0]), [list(row.values()) for row in rows])
    picture.savefig(figure, format="png", metadata={"Software": None})


@dataclass(frozen=True)
class Groups:
    """Names of networks by what they are together: trainings of one, folds of one, ensembles."""

    replicates: Mapping[str, tuple[str, ...]]
    cross_validations: Mapping[str, tuple[str, ...]]
    members: Mapping[str, tuple[str, ...]]


def _compare_maps(
    config: CompareConfig,
    map_legend: Legend,
    labelled_scenes: tuple[Scene, ...],
    evaluated: Sequence[Evaluation],
    areas: Split,
    given: Manifest,
    *,
    seed: int,
    groups: Groups,
    timings: WorkPath,
) -> tuple[Comparison, Figure]:
    """What is said of the maps, and the figure of one crop by every method."""
    names = evaluated[0].class_names
    shown = [evaluation for evaluation in evaluated if tested_in(evaluation, areas)]
    scenes = [scene.name for scene in labelled_scenes]
    grounds = gather(labelled_scenes, given, [evaluation.method for evaluation in shown], areas)
    draws = {"resamples": config.resamples, "seed": seed}
    choice = choose(evaluated, groups.cross_validations, select_by=config.select_by, **draws)
    ranking = rank(choice)
    compared = compare_grounds(evaluated, preferred=ranking, **draws)
    members, folds = groups.members, groups.cross_validations
    models = {name: given.model(name) for name, own in members.items() if own == (name,)}
    costs = read_costs(members, scenes, models=models, timings=timings)
    changed = [
        sum_changes([given.map(MapKey(scene, *evaluation.method), "changes") for scene in scenes])
        for evaluation in evaluated
    ]
    shares = agreement(stacks(grounds, names), map_count=len(shown), class_count=len(names))
    best = MapName.of(ranking[0])
    spreads = summarize_replicates(evaluated, groups.replicates, **draws)
    document = Comparison(
        ranking=ranking,
        best=best,
        selected_by=f"{config.select_by} on the validation areas",
        choice=choice.describe(),
        best_by=choose_by_each(evaluated, folds, **draws),
        table=tuple(tabulate(evaluated, compared, costs, changed)),
        grounds=tuple(compared),
        replicates=tuple(spreads),
        changes=tuple(map(_describe_change, evaluated, changed)),
        agreement=_describe_agreement(shown, shares),
    )
    winner = find_evaluation(evaluated, best.method)
    disagreement = warn_of_disagreement(winner, document.ground_of(best))
    for doubt in [*describe_doubts(evaluated), *disagreement]:
        logger.warning("%s", doubt)
    logger.info("the best map is %s. %s", best.title, choice.describe())
    _warn(compared, folded=bool(folds))
    return document, draw(config, names, map_legend, grounds, shown)


def _describe_change(evaluation: Evaluation, change: Changes) -> MapChanges:
    return MapChanges(
        network=evaluation.network,
        refinement=evaluation.refinement,
        pixels=change.pixels,
        changed=change.changed,
        energy=change.energy,
    )


def _describe_agreement(shown: Sequence[Evaluation], shares: NDArray[np.float64]) -> Agreement:
    """The maps that were compared pixel by pixel, and the shares of each pair (M, M)."""
    return Agreement(
        maps=tuple(MapName.of(evaluation) for evaluation in shown),
        shares=tuple(tuple(number_or_none(share) for share in row) for row in shares),
    )


def _warn(grounds: Sequence[GroundComparison], *, folded: bool) -> None:
    advice = (
        "the figures of all folds together are under `replicates`, as `pooled`"
        if folded
        else "make split.block_size smaller or split.test larger, or set split.folds to 5"
    )
    for ground in grounds:
        if not ground.reliable:
            logger.warning(
                "%d maps were tested on %d blocks; below %d their intervals are not to "
                "be relied on: %s",
                len(ground.maps),
                ground.blocks,
                ENOUGH,
                advice,
            )
    if len(grounds) > 1:
        logger.info(
            "maps were tested on %d sets of blocks; differences are within a set only",
            len(grounds),
        )
