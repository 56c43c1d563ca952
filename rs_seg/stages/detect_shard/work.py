"""The work of `detect_shard`."""

from __future__ import annotations

from rs_seg.config import DetectConfig
from rs_seg.values import ClassNames, InPath, OutPath, Shard, WorkPath


def detect_shard(
    detect: DetectConfig,
    object_names: ClassNames,
    shard: Shard,
    *,
    model: InPath,
    image: InPath,
    finished: OutPath,
    strips: WorkPath,
) -> None:
    """See the signature."""
    raise NotImplementedError
