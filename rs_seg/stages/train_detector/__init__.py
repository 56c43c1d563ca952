"""A detector trained on the train areas and chosen on the validation areas."""

from __future__ import annotations

from rs_seg.config import DetectorConfig, OutlineConfig, TrainConfig
from rs_seg.config.used_settings import Used, training_of_detector
from rs_seg.learning import DETECTORS_REVISION
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene, WorkPath

REVISION = DETECTORS_REVISION
IN_SEVERAL_PROCESSES = True
USED: Used = {"train": training_of_detector}


def train_detector(
    train: TrainConfig,
    outline: OutlineConfig,
    detector: DetectorConfig,
    object_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    seed: int,
    counted_objects: ClassNames | None = None,
    *,
    images: InPaths,
    outlines: InPaths,
    split: InPath,
    statistics: InPath,
    model: OutPath,
    curves: OutPath,
    checkpoints: WorkPath,
    timing: WorkPath | None = None,
) -> None:
    """Write the model file of the best epoch and the learning curve, as `train` does for networks.

    `images` and `outlines` are those of the labelled scenes, in order. The best epoch has the
    highest AP at an intersection over union of 0.5 on the validation areas, the mean over
    `counted_objects`.
    """
    from rs_seg.stages.train_detector import work

    work.train_detector(
        train,
        outline,
        detector,
        object_names,
        labelled_scenes,
        seed,
        counted_objects,
        images=images,
        outlines=outlines,
        split=split,
        statistics=statistics,
        model=model,
        curves=curves,
        checkpoints=checkpoints,
        timing=timing,
    )
