"""The work of `train_detector`."""

from __future__ import annotations

from rs_seg.config import DetectorConfig, OutlineConfig, TrainConfig
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene, WorkPath


def train_detector(
    train: TrainConfig,
    outline: OutlineConfig,
    detector: DetectorConfig,
    object_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    seed: int,
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
    """See the signature."""
    raise NotImplementedError
