"""The work of `detect`."""

from __future__ import annotations

import shutil

from rs_seg.config import DetectConfig
from rs_seg.io.candidates import write_candidates
from rs_seg.predicting.detection import finish_rows, join_rows, list_work, plan_detection
from rs_seg.predicting.strip_times import write_times
from rs_seg.scenes.values import compare_values
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, WorkPath
from rs_seg.values.band_groups import BandGroup


def detect(
    config: DetectConfig,
    object_names: ClassNames,
    band_groups: tuple[BandGroup, ...] = (),
    *,
    model: InPath,
    image: InPath,
    shards: InPaths,  # noqa: ARG001  # only that they are there matters: rows lie elsewhere
    candidates: OutPath,
    strips: WorkPath,
    timing: WorkPath | None = None,
) -> None:
    """See the signature."""
    scene = image.parent.name
    detection = plan_detection(config, object_names, model=model, image=image, strips=strips)
    compare_values(detection.description, image, band_groups, scene=scene)
    finish_rows(detection, detection.share_rows(), description=f"detect {scene}")
    joined, cut = join_rows(detection)
    write_candidates(candidates, joined, cut=cut)
    if timing is not None:
        height, width = detection.shape
        write_times(timing, list_work(detection), pixels=height * width)
    shutil.rmtree(strips)
