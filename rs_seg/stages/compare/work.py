"""The work of `compare`."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

from rs_seg.algorithms.reporting.bootstrap import ENOUGH
from rs_seg.algorithms.reporting.grounds import compare_grounds, tested_in
from rs_seg.algorithms.reporting.independence import describe_doubts
from rs_seg.algorithms.reporting.ranking import agreement, choose_by_each, rank
from rs_seg.algorithms.reporting.replicates import summarize_replicates
from rs_seg.algorithms.reporting.tables import tabulate
from rs_seg.config import CompareConfig
from rs_seg.ground.areas import read_split
from rs_seg.io.own_files import read_evaluation
from rs_seg.scenes.files import check_grids
from rs_seg.scenes.manifest import read_manifest
from rs_seg.stages.compare.costs import read_costs, sum_changes
from rs_seg.stages.compare.maps import draw, gather, stacks
from rs_seg.values import ClassNames, InPath, InPaths, Legend, OutPath, Scene, WorkPath
from rs_seg.values.layout import MapKey
from rs_seg.values.texts import write_csv

logger = logging.getLogger(__name__)


def compare(
    config: CompareConfig,
    map_legend: Legend,
    labelled_scenes: tuple[Scene, ...],
    seed: int,
    replicates: dict[str, tuple[str, ...]],
    cross_validations: dict[str, tuple[str, ...]],
    members: dict[str, tuple[str, ...]],
    given_models: dict[str, str],
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
    evaluated = [read_evaluation(path) for path in given.all_of("evaluation")]
    names = ClassNames.model_validate(evaluated[0]["classes"])
    areas = read_split(split)
    shown = [each for each in evaluated if tested_in(each, areas)]
    scenes = [scene.name for scene in labelled_scenes]
    given.check_names("scene", scenes)
    check_grids(given, areas)
    grounds = gather(labelled_scenes, given, [_method(each) for each in shown], areas)
    compared = compare_grounds(evaluated, resamples=config.resamples, seed=seed)
    models = {name: given.model(name) for name, own in members.items() if own == (name,)}
    costs = read_costs(members, scenes, models=models, timings=timings)
    changed = [
        sum_changes([given.map(MapKey(scene, *_method(each)), "changes") for scene in scenes])
        for each in evaluated
    ]
    rows = tabulate(evaluated, compared, costs, changed)
    ranking = rank(evaluated, cross_validations, select_by=config.select_by)
    shares = agreement(stacks(grounds, names), maps=len(shown), classes=len(names))
    document = {
        "ranking": ranking,
        "best": {"network": ranking[0]["network"], "refinement": ranking[0]["refinement"]},
        "selected_by": f"{config.select_by} on the validation areas",
        "best_by": choose_by_each(evaluated, cross_validations),
        "table": rows,
        "grounds": compared,
        "replicates": summarize_replicates(
            evaluated, replicates, resamples=config.resamples, seed=seed
        ),
        "changes": [
            {"network": each["network"], "refinement": each["refinement"], **change}
            for each, change in zip(evaluated, changed, strict=True)
        ],
        "agreement": {
            "maps": [
                {"network": each["network"], "refinement": each["refinement"]} for each in shown
            ],
            "shares": [
                [None if math.isnan(share) else float(share) for share in row] for row in shares
            ],
        },
    }
    comparison.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n")
    write_csv(table, list(rows[0]), [list(row.values()) for row in rows])
    draw(config, names, map_legend, grounds, shown).savefig(
        figure, format="png", metadata={"Software": None}
    )
    for doubt in describe_doubts(evaluated):
        logger.warning("compare: %s", doubt)
    logger.info(
        "compare: best on the validation areas is %(network)s with %(refinement)s", document["best"]
    )
    _warn(compared, folded=bool(cross_validations))


def _method(evaluation: Mapping[str, Any]) -> tuple[str, str]:
    """Network and refinement of the map that was judged."""
    return evaluation["network"], evaluation["refinement"]


def _warn(grounds: Sequence[Mapping[str, Any]], *, folded: bool) -> None:
    advice = (
        "the figures of all folds together are under `replicates`, as `pooled`"
        if folded
        else "make split.block_size smaller or split.test larger, or set split.folds to 5"
    )
    for ground in grounds:
        if not ground["reliable"]:
            logger.warning(
                "compare: %d maps were tested on %d blocks; below %d their intervals are not to "
                "be relied on: %s",
                len(ground["maps"]),
                ground["blocks"],
                ENOUGH,
                advice,
            )
    if len(grounds) > 1:
        logger.info(
            "compare: maps were tested on %d sets of blocks; differences are within a set only",
            len(grounds),
        )
