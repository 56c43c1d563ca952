"""The work of `detect`."""

from __future__ import annotations

from rs_seg.config import DetectConfig
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, WorkPath


def detect(
    config: DetectConfig,
    object_names: ClassNames,
    *,
    model: InPath,
    image: InPath,
    shards: InPaths,
    candidates: OutPath,
    strips: WorkPath,
    timing: WorkPath | None = None,
) -> None:
    """See the signature."""
    raise NotImplementedError
