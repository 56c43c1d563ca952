"""The part of compare that puts objects of detectors beside one another and beside maps."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from rs_seg.algorithms.reporting.object_ranking import compare_objects
from rs_seg.algorithms.reporting.protocols import check_protocols
from rs_seg.config import CompareConfig
from rs_seg.scenes.manifest import Manifest
from rs_seg.stages.compare.costs import read_object_costs
from rs_seg.values.matches import ObjectMatches
from rs_seg.values.object_comparison import ObjectComparison

logger = logging.getLogger(__name__)


def compare_found(
    config: CompareConfig,
    matched: Mapping[Path, ObjectMatches],
    scene_names: Sequence[str],
    seed: int,
    *,
    members: Mapping[str, Sequence[str]],
    replicates: Mapping[str, Sequence[str]],
    files: Manifest,
    timings: Path,
) -> ObjectComparison | None:
    """Rows, best and verdict of all objects; None where a run has no detector.

    Raises:
        UserError: two files have different protocols.
    """
    check_protocols(matched)
    figures, costs = list(matched.values()), {}
    for own in figures:
        names = members.get(own.detector, (own.detector,))
        costs[own.method] = read_object_costs(
            names,
            scene_names,
            models=[files.model(name) for name in names],
            timings=timings,
            detects=own.kind == "detections",
        )
    objects = compare_objects(figures, costs, replicates, resamples=config.resamples, seed=seed)
    for sentence in objects.verdict if objects is not None else ():
        logger.info("%s", sentence)
    return objects
