"""The work of `detect_shard`."""

from __future__ import annotations

from rs_seg.algorithms.prediction.tiling import share_strips
from rs_seg.config import DetectConfig
from rs_seg.predicting.detection import finish_rows, plan_detection
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
    detection = plan_detection(detect, object_names, model=model, image=image, strips=strips)
    chosen = share_strips(detection.tile_rows, index=shard.index, of=shard.count)
    finish_rows(detection, chosen, description=f"detect {image.parent.name}, shard {shard}")
    lines = (f"rows {top} to {bottom}\n" for top, bottom in map(detection.core_rows, chosen))
    finished.write_text("".join(lines), encoding="utf-8")
