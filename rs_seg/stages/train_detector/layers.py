"""Detectors of layers, trained by gradients."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import TYPE_CHECKING

from rs_seg.algorithms.training.detection_task import DetectionTask
from rs_seg.algorithms.training.loop import train_network
from rs_seg.config import DetectorConfig, TrainConfig
from rs_seg.ground.settings import noted_arithmetic, noted_length
from rs_seg.io.model import Tensors
from rs_seg.io.model_description import ModelDescription
from rs_seg.learning.detectors import Learning, plan_detector_training
from rs_seg.stages.train_detector.trained import TrainedDetector
from rs_seg.values.processes import Processes

if TYPE_CHECKING:
    from rs_seg.algorithms.training.history import TrainingResult

logger = logging.getLogger(__name__)


def train_layers(
    config: TrainConfig,
    detector: DetectorConfig,
    learning: Learning,
    description: ModelDescription,
    *,
    folder: Path,
    processes: Processes,
) -> TrainedDetector | None:
    """The best epoch, with checkpoints in `folder`; None in all processes but the first."""
    if processes.count > 1:
        logger.info(f"{detector.name}: {processes.count} processes share every batch")
    folder.mkdir(parents=True, exist_ok=True)
    training = plan_detector_training(config, detector, learning, description, processes=processes)
    result = train_network(**vars(training), folder=folder, processes=processes)
    return None if result is None else _conclude(config, result, description, folder)


def _conclude(
    config: TrainConfig, result: TrainingResult, description: ModelDescription, folder: Path
) -> TrainedDetector:
    tensors: Tensors = {key: value.contiguous().numpy() for key, value in result.state.items()}
    precision, step_seconds = noted_arithmetic(folder)
    best = result.rows[result.best_epoch - 1]
    figures = {
        "precision": precision,
        "length": noted_length(folder, windows_per_step=config.batch_size * config.accumulate),
        "validation": {
            "epoch": result.best_epoch,
            "ap50": best.get(DetectionTask.score_key, math.nan),
        },
    }
    described = description.model_copy(update=figures)
    return TrainedDetector(described, tensors, result.rows, {**result.timing, **step_seconds})
