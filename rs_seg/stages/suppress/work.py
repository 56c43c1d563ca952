"""The work of `suppress`."""

from __future__ import annotations

import logging

from rs_seg.config import SuppressionConfig
from rs_seg.io.candidates import read_candidates, write_candidates
from rs_seg.predicting.suppressing import choose_survivors, with_found
from rs_seg.values import InPath, InPaths, OutPath

logger = logging.getLogger(__name__)


def suppress(
    suppression: SuppressionConfig,
    *,
    candidates: InPath,
    parameters: InPaths,
    survivors: OutPath,
) -> None:
    """See the signature."""
    found = read_candidates(candidates)
    left = choose_survivors(found, with_found(suppression, parameters))
    logger.info("suppress: %d of %d candidates stay", len(left), len(found))
    write_candidates(survivors, left)
