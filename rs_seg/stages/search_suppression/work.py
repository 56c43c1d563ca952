"""The work of `search_suppression`."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from rs_seg.algorithms.objects.choosing import find_best_score
from rs_seg.algorithms.objects.matching import judge_takes, take_references
from rs_seg.algorithms.objects.precision import Matches, join
from rs_seg.algorithms.refining.search import best_trial, draw_parameters
from rs_seg.config import AnyDetector, DetectorEnsemble, MatchConfig, SuppressionConfig
from rs_seg.errors import UserError
from rs_seg.ground.areas import read_split_with_blocks
from rs_seg.ground.object_ground import RoleGround, find_grids, place_role
from rs_seg.ground.object_sides import Sides, read_references, sort_sides
from rs_seg.ground.seen import read_learned
from rs_seg.io.candidates import read_candidates
from rs_seg.io.outlines import Outlines
from rs_seg.predicting.suppressing import choose_survivors, weigh_members
from rs_seg.progress import track
from rs_seg.scenes.manifest import Manifest, read_manifest
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene
from rs_seg.values.candidates import Candidates

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class JudgedScene:
    """The candidates of a scene by each model, and what they are judged by."""

    models: list[Candidates]
    references: Outlines
    ground: RoleGround


class Trial(NamedTuple):
    """A parameter, the mean F1 from the score on that suits it best, and that score.

    `objects` are those of the reference that count.
    """

    parameters: dict[str, float]
    f1: float
    score: float | None
    objects: int


def search_suppression(
    suppression: SuppressionConfig,
    detector: AnyDetector,
    match: MatchConfig,
    counted_objects: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    seed: int,
    *,
    files: InPaths,
    outlines: InPaths,
    split: InPath,
    models: InPaths,
    parameters: OutPath,
) -> None:
    """See the signature."""
    if suppression.search is None:
        raise UserError(
            "the suppression has no search",
            where=f"suppressions.{suppression.name}",
            remedy="set `search` in it",
        )
    members = detector.members if isinstance(detector, DetectorEnsemble) else (detector.name,)
    given = read_manifest([*files, *outlines])
    scenes = _read_scenes(given, members, labelled_scenes, split=split, models=models)
    judge = partial(
        _judge,
        scenes,
        counted_objects,
        iou=match.iou,
        weights=weigh_members(detector, len(members)),
    )
    trials = _try_values(suppression, judge, seed=seed)
    objects = trials[0].objects
    if not objects:
        raise UserError(
            "the validation areas hold no object that counts",
            where=split,
            found="0 objects",
            expected=f"some of {', '.join(counted_objects.names)} to choose a parameter by",
            remedy="check the labels, or remove `search` from the suppression",
        )
    best = best_trial([trial.f1 for trial in trials])
    document = {
        "detector": detector.name,
        "suppression": suppression.name,
        "chosen": trials[best].parameters,
        "objects": objects,
        "f1": trials[best].f1,
        "f1_configured": trials[0].f1,
        "trials": [
            {"parameters": trial.parameters, "f1": trial.f1, "score": trial.score}
            for trial in trials
        ],
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    parameters.write_text(text + "\n", encoding="utf-8")
    _log(trials, best)


def _read_scenes(
    files: Manifest,
    members: Sequence[str],
    labelled_scenes: Sequence[Scene],
    *,
    split: InPath,
    models: InPaths,
) -> list[JudgedScene]:
    """The scenes with the validation ground that no member was trained on."""
    areas, learned = read_split_with_blocks(split), read_learned(models)
    names = [scene.name for scene in labelled_scenes]
    files.check_names("scene", names)
    return [
        JudgedScene(
            [read_candidates(files.detected(name, own, "candidates")) for own in members],
            read_references(files, name, grid),
            place_role(areas, name, "validation", learned.place(grid)),
        )
        for name, grid in find_grids(areas, names, split).items()
    ]


def _try_values(
    suppression: SuppressionConfig,
    judge: Callable[[SuppressionConfig], list[Matches]],
    *,
    seed: int,
) -> list[Trial]:
    """The configured parameter, then those that are drawn, each with what it is worth."""
    assert suppression.search is not None, "asked for before"
    ranges, count = suppression.search_ranges(), suppression.search.trials
    drawn = draw_parameters(ranges, count=count, generator=np.random.default_rng(seed))
    configured = {name: float(getattr(suppression, name)) for name in ranges}
    trials = []
    for chosen in track([configured, *drawn], total=count + 1, description="search"):
        classes = judge(suppression.model_copy(update=chosen))
        score, f1 = find_best_score(classes) or (None, 0.0)
        trials.append(Trial(chosen, f1, score, sum(matches.objects for matches in classes)))
    return trials


def _judge(
    scenes: Sequence[JudgedScene],
    class_names: ClassNames,
    suppression: SuppressionConfig,
    *,
    iou: float,
    weights: Sequence[float],
) -> list[Matches]:
    """What the boxes that stay in all scenes are worth on the validation areas, by class."""
    by_scene = []
    for scene in scenes:
        # over the whole scene, as `suppress` does it: what lies beyond the areas may win
        survivors = choose_survivors(scene.models, suppression, weights=weights)
        placed = sort_sides(Sides(survivors, scene.references), scene.ground, first_block=0)
        own = [placed.of_class(code, masks=False) for code in class_names.codes]
        takes = [
            take_references(side.shapes, side.scores, side.references, thresholds=(iou,))
            for side in own
        ]
        by_scene.append(
            [
                judge_takes(taken, side.scores, side.references)
                for taken, side in zip(takes, own, strict=True)
            ]
        )
    return [join(parts) for parts in zip(*by_scene, strict=True)]


def _log(trials: Sequence[Trial], best: int) -> None:
    """All trials as a table."""
    (name,) = trials[0].parameters
    logger.info("search_suppression: %d objects on the validation areas", trials[0].objects)
    logger.info("search_suppression: trial %10s      F1   score", name)
    for number, trial in enumerate(trials):
        score = "-" if trial.score is None else f"{trial.score:.4f}"
        mark = " <- chosen" if number == best else ""
        logger.info(
            "search_suppression: %-5d %10.4g  %.4f  %6s%s",
            number,
            trial.parameters[name],
            trial.f1,
            score,
            mark,
        )
