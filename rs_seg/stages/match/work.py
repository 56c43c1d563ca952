"""The work of `match`."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from rs_seg.algorithms.objects.choosing import CHOSEN_BY, choose_score
from rs_seg.algorithms.objects.resampling import RESAMPLES
from rs_seg.algorithms.objects.tallies import SIZE_LIMITS
from rs_seg.algorithms.reporting.protocols import describe_object_protocol
from rs_seg.config import MatchConfig
from rs_seg.errors import UserError
from rs_seg.ground.areas import read_split_with_blocks
from rs_seg.ground.object_ground import find_grids, place_role
from rs_seg.ground.object_sides import Sides, read_sides
from rs_seg.ground.seen import LearnedBy, Seen, read_learned
from rs_seg.io.documents import write_document
from rs_seg.scenes.manifest import Manifest, read_manifest
from rs_seg.stages.match.roles import RoleTally, tally_role
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene
from rs_seg.values.grid import Grid
from rs_seg.values.matches import UNCHOSEN_SCORE, ObjectMatches, ObjectName, RoleMatches
from rs_seg.values.protocol import FigureProtocol
from rs_seg.values.split import Split

ROLES = ("validation", "test")
logger = logging.getLogger(__name__)


def match(
    config: MatchConfig,
    object_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    object_protocol: FigureProtocol,
    seed: int,
    *,
    files: InPaths,
    outlines: InPaths,
    split: InPath,
    models: InPaths,
    matches: OutPath,
) -> None:
    """See the signature."""
    areas = read_split_with_blocks(split)
    names = [scene.name for scene in labelled_scenes]
    given = read_manifest([*files, *outlines])
    given.check_names("scene", names)
    name, drawn = _name_objects(given)
    grids = find_grids(areas, names, split)
    sides = {
        scene: read_sides(given, scene, grid, name, object_names) for scene, grid in grids.items()
    }
    masks = drawn or any(own.detections.shapes is not None for own in sides.values())
    learned = read_learned(models)
    tallies = {
        role: _tally(role, sides, grids, areas, learned, object_names, iou=config.iou, masks=masks)
        for role in (*ROLES, *areas.test_sets)
    }
    counted = object_names.places_of(object_protocol.classes)
    chosen_on = tallies["validation"].of_classes(counted)
    score = choose_score([tally.chosen for tally in chosen_on])
    least_score = UNCHOSEN_SCORE if score is None else score
    figures = {
        role: tally.describe(least_score=least_score, seed=seed, counted=counted)
        for role, tally in tallies.items()
    }
    document = ObjectMatches(
        **dict(name),
        protocol=object_protocol,
        kind="polygons" if drawn else "detections",
        iou=config.iou,
        size_limits=SIZE_LIMITS,
        score=score,
        chosen_by=CHOSEN_BY,
        ground=learned.conclude(Seen(train=tallies["test"].seen)),
        resamples=RESAMPLES,
        validation=figures["validation"],
        test=figures["test"],
        test_sets={role: figures[role] for role in areas.test_sets},
    )
    write_document(matches, document)
    _log(document)
    logger.info("match: %s", describe_object_protocol(object_protocol, object_names.names))


def _name_objects(files: Manifest) -> tuple[ObjectName, bool]:
    """Detector and suppression, or network and refinement, of all files; whether it is a map.

    Raises:
        UserError: files are of several, or there are none.
    """
    named = [
        (kind, method) for kind in ("survivors", "polygons") for _, *method in files.keys(kind)
    ]
    kinds = {(kind, *method) for kind, method in named}
    if len(kinds) != 1:
        raise UserError(
            "the files are not those of one detector and suppression, or of one map",
            where="--files",
            found=", ".join(sorted(" ".join(own) for own in kinds)[:10]) or "no objects",
            expected="objects/SCENE/DETECTOR/SUPPRESSION/survivors.parquet of all labelled scenes, "
            "or maps/SCENE/NETWORK/REFINEMENT/polygons.gpkg",
            remedy="give the files of one of them",
        )
    kind, detector, suppression = kinds.pop()
    return ObjectName(detector=detector, suppression=suppression), kind == "polygons"


def _tally(
    role: str,
    sides: Mapping[str, Sides],
    grids: Mapping[str, Grid],
    areas: Split,
    learned: LearnedBy,
    class_names: ClassNames,
    *,
    iou: float,
    masks: bool,
) -> RoleTally:
    grounds = {
        scene: place_role(areas, scene, role, learned.place(grid)) for scene, grid in grids.items()
    }
    return tally_role(sides, grounds, class_names, iou=iou, masks=masks)


def _log(matches: ObjectMatches) -> None:
    if matches.score is None:
        logger.warning(
            "match: the validation areas hold no object that is found, so no score is chosen; "
            "figures are from a score of %g on",
            UNCHOSEN_SCORE,
        )
    else:
        logger.info("match: objects have a score of %.4f or more", matches.score)
    for role, figures in {
        "validation": matches.validation,
        "test": matches.test,
        **matches.test_sets,
    }.items():
        _log_role(role, figures)
    if matches.ground != "disjoint":
        logger.warning("ground of the test areas: %s", matches.ground)


def _log_role(role: str, figures: RoleMatches) -> None:
    boxes = figures.boxes
    if not any(own.objects for own in boxes.per_class):
        logger.warning("the %s areas hold no object that counts", role)
        return
    logger.info(
        "match: %s, %d objects, AP50 %.4f, AP %.4f, F1 %.4f",
        role,
        sum(own.objects for own in boxes.per_class),
        boxes.ap50,
        boxes.ap,
        boxes.f1,
    )
