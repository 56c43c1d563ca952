"""The work of `detect_shard`."""

from __future__ import annotations

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
    chosen = detection.share_rows(shard)
    finish_rows(detection, chosen, description=f"detect {image.parent.name}, shard {shard}")
    lines = (
        f"scale {1 / scale.factor:g}, rows {top} to {bottom}\n"
        for scale, rows in chosen
        for top, bottom in map(scale.core_rows, rows)
    )
    finished.write_text("".join(lines), encoding="utf-8")
