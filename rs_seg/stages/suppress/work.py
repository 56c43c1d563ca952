"""The work of `suppress`."""

from __future__ import annotations

import logging

from rs_seg.config import AnyDetector, SuppressionConfig
from rs_seg.io.candidates import read_candidates, read_cut, write_candidates
from rs_seg.predicting.suppressing import choose_survivors, weigh_members, with_found
from rs_seg.values import InPaths, OutPath

logger = logging.getLogger(__name__)


def suppress(
    suppression: SuppressionConfig,
    detector: AnyDetector,
    *,
    candidates: InPaths,
    parameters: InPaths,
    survivors: OutPath,
) -> None:
    """See the signature."""
    weights = weigh_members(detector, len(candidates))
    models = [read_candidates(path) for path in candidates]
    left = choose_survivors(models, with_found(suppression, parameters), weights=weights)
    logger.info("suppress: %d of %d candidates stay", len(left), sum(map(len, models)))
    write_candidates(survivors, left, cut=sum(map(read_cut, candidates)))
