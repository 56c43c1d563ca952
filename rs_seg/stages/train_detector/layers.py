"""Detectors of layers, trained by gradients."""

from __future__ import annotations

import logging
import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from rs_seg.algorithms.detectors.dense import DenseDetector
from rs_seg.algorithms.detectors.table import build_detector
from rs_seg.algorithms.networks import NormalisedNetwork, check_input
from rs_seg.algorithms.training.detection_task import DetectionTask
from rs_seg.algorithms.training.loop import train_network
from rs_seg.algorithms.training.plan import plan_validation
from rs_seg.algorithms.training.settings import TrainingSettings
from rs_seg.config import DetectorConfig, TrainConfig
from rs_seg.ground.settings import find_length, loop_settings, noted_arithmetic, noted_length
from rs_seg.ground.windows import epochs_of_places
from rs_seg.io.model import Tensors
from rs_seg.io.model_description import ModelDescription
from rs_seg.io.object_windows import ObjectSamples
from rs_seg.io.windows import Place
from rs_seg.stages.train_detector.learning import Learning, TrainedDetector
from rs_seg.values.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from rs_seg.algorithms.training.history import TrainingResult

logger = logging.getLogger(__name__)

VALIDATION_PASSES = 2
"""Forward passes for a validation window: one for the loss, one for the detections."""
WIDEST_MARGIN = 1 / 8
"""Widest margin of validation windows, as a share of their side: windows then cost 1.8 times what
they would without one."""


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
    validation = validation_samples(config, learning, description)
    windows = VALIDATION_PASSES * len(validation)
    length = find_length(config, learning.ground, validation_windows=windows)
    result = train_network(
        builder_of(config, detector, description, processes),
        TrainingSettings(
            classes=len(description.classes),
            validation_passes=VALIDATION_PASSES,
            **loop_settings(config, learning.ground, length),
        ),
        make_task=partial(DetectionTask, visible=learning.visible),
        train_samples=_epochs(config, learning, description),
        validation_samples=validation,
        folder=folder,
        processes=processes,
    )
    return None if result is None else _conclude(config, result, description, folder)


def builder_of(
    config: TrainConfig,
    detector: DetectorConfig,
    description: ModelDescription,
    processes: Processes,
) -> Callable[[], NormalisedNetwork]:
    """What builds the detector, with random or pretrained weights."""
    # on GPUs batch normalisation sees the windows of all processes
    normalised = (
        config.batch_size if torch.cuda.is_available() else config.batch_size // processes.count
    )

    def build() -> NormalisedNetwork:
        layers = build_detector(
            detector.architecture,
            encoder=detector.encoder,
            decoder=detector.decoder,
            weights=detector.weights,
            bands=description.bands,
            classes=len(description.classes),
            plan=description.plan,
        )
        if isinstance(layers, DenseDetector):
            check_input(
                layers,
                bands=len(description.bands),
                batch_size=normalised,
                window=config.window_size,
            )
        return NormalisedNetwork(
            layers,
            mean=[band.mean for band in description.normalisation],
            std=[band.std for band in description.normalisation],
        )

    return build


def _epochs(
    config: TrainConfig, learning: Learning, description: ModelDescription
) -> Callable[[int, int], ObjectSamples]:
    """The samples of an epoch by its number, from 0, and how many there are."""
    places_of = epochs_of_places(
        config,
        learning.ground.train,
        classes=len(description.classes),
        seed=learning.ground.seed,
        read=lambda scene, window: learning.train[scene].read_centroids(window),
    )
    readers = learning.ground.readers
    return lambda epoch, count: ObjectSamples(readers, learning.train, places_of(epoch, count))


def validation_samples(
    config: TrainConfig, learning: Learning, description: ModelDescription
) -> ObjectSamples:
    """Windows whose margin shows most objects whole, the half of which is beyond what counts."""
    size = config.window_size
    margin = min(math.ceil(description.plan["largest"] / 2), int(size * WIDEST_MARGIN))
    planned = plan_validation(learning.ground.validation, size=size, margin=margin)
    places = [Place(*place) for place in planned]
    return ObjectSamples(learning.ground.readers, learning.all, places)


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
