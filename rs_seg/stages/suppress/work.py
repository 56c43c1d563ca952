"""The work of `suppress`."""

from __future__ import annotations

from rs_seg.config import SuppressionConfig
from rs_seg.values import InPath, OutPath


def suppress(
    suppression: SuppressionConfig,
    *,
    candidates: InPath,
    survivors: OutPath,
) -> None:
    """See the signature."""
    raise NotImplementedError
