"""The candidates of one shard of a scene, for detect to join."""

from __future__ import annotations

from rs_seg.config import DetectConfig
from rs_seg.predicting import ROWS_REVISION
from rs_seg.values import ClassNames, InPath, OutPath, Shard, WorkPath

REVISION = ROWS_REVISION


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
    """Find candidates in the rows of tiles of a shard; list them in `finished`."""
    from rs_seg.stages.detect_shard import work

    work.detect_shard(
        detect,
        object_names,
        shard,
        model=model,
        image=image,
        finished=finished,
        strips=strips,
    )
