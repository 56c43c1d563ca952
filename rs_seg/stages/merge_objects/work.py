"""The work of `merge_objects`."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from rs_seg.algorithms.objects.uniting import drop_cut, unite_greedily, unite_softly
from rs_seg.config import (
    HardSuppression,
    Merging,
    SelectConfig,
    SoftSuppression,
    SuppressionConfig,
    WeightedFusion,
)
from rs_seg.errors import UserError
from rs_seg.io.documents import read_document
from rs_seg.io.raster import RasterReader
from rs_seg.maps.merged_objects import ObjectRows, read_scenes
from rs_seg.maps.polygon_streams import write_formats
from rs_seg.predicting.suppressing import with_found
from rs_seg.scenes.manifest import Manifest, read_manifest
from rs_seg.values import InPaths, Legend, OutPath
from rs_seg.values.matches import ObjectMatches, lowest_score

logger = logging.getLogger(__name__)


def merge_objects(
    suppression: SuppressionConfig,
    select: SelectConfig,
    object_legend: Legend,
    *,
    files: InPaths,
    parameters: InPaths,
    matches: InPaths,
    formats: Mapping[str, OutPath | None],
) -> None:
    """See the signature; `formats` are its outputs, by the names of formats."""
    given = read_manifest(files)
    method, scenes = _list_scenes(given)
    documents = [read_document(path, ObjectMatches) for path in matches]
    least = lowest_score(select.score, documents[0] if documents else None)
    grids = []
    for scene in scenes:
        with RasterReader(given.scene(scene, "image")) as image:
            grids.append(image.grid)
    rows = read_scenes([given.objects(scene, method) for scene in scenes], grids)
    whole = rows.take(drop_cut(rows.placed, across=suppression.across))
    united = unite(whole, with_found(suppression, parameters), least=least)
    logger.info(
        "merge_objects: %d objects of %d scenes; %d were cut and are whole in another scene, %d "
        "were found in two scenes; %d stay",
        len(rows.polygons),
        len(scenes),
        len(rows.polygons) - len(whole.polygons),
        len(whole.polygons) - len(united.polygons),
        len(united.polygons),
    )
    write_formats(united.stream(), formats, object_legend)


def unite(rows: ObjectRows, suppression: SuppressionConfig, *, least: float) -> ObjectRows:
    """The objects that stay, by the rule of the suppression; softened scores are the new ones."""
    across = suppression.across
    match suppression:
        case HardSuppression(limit=limit, overlap=overlap):
            stays = unite_greedily(rows.placed, limit=limit, overlap=overlap, across=across)
            return rows.take(stays)
        # boxes of several scenes are not averaged: the better one stays as it is measured
        case Merging(limit=limit) | WeightedFusion(limit=limit):
            return rows.take(unite_greedily(rows.placed, limit=limit, overlap="iou", across=across))
        case SoftSuppression(sigma=sigma, overlap=overlap):
            stays, scores = unite_softly(
                rows.placed, sigma=sigma, overlap=overlap, across=across, least=least
            )
            return rows.with_scores(scores).take(stays)


def _list_scenes(files: Manifest) -> tuple[tuple[str, str], list[str]]:
    """Detector and suppression of all objects, and the scenes in the order of the list.

    Raises:
        UserError: objects are of several detectors or suppressions, or there are none.
    """
    keys = files.keys("objects")
    methods = {(detector, suppression) for _, detector, suppression in keys}
    if len(methods) != 1:
        found = ", ".join(sorted(" + ".join(method) for method in methods))
        raise UserError(
            "a merged layer is of the objects of one detector and one suppression",
            where="--files",
            found=f"objects of {found}" if found else "no objects",
            expected="the objects of each scene by the same detector and suppression",
        )
    scenes = [scene for scene, *_ in keys]
    files.check_names("scene", set(scenes))
    return methods.pop(), scenes
