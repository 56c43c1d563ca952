"""How a detector is trained, and on what ground and objects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch

from rs_seg.algorithms.detectors.dense import DenseDetector
from rs_seg.algorithms.detectors.table import build_detector
from rs_seg.algorithms.networks import NormalisedNetwork, check_input
from rs_seg.algorithms.training.detection_task import DetectionTask
from rs_seg.algorithms.training.plan import plan_validation
from rs_seg.algorithms.training.settings import TrainingSettings
from rs_seg.config import DetectorConfig, TrainConfig
from rs_seg.ground.settings import find_length, loop_settings
from rs_seg.ground.training import Ground
from rs_seg.ground.windows import epochs_of_places
from rs_seg.io.model_description import ModelDescription
from rs_seg.io.object_windows import ObjectSamples, SceneObjects
from rs_seg.io.windows import Place
from rs_seg.learning.training import Training
from rs_seg.values.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable

VALIDATION_PASSES = 2
"""Forward passes for a validation window: one for the loss, one for the detections."""
WIDEST_MARGIN = 1 / 8
"""Widest margin of validation windows, as a share of their side: windows then cost 1.8 times what
they would without one."""


@dataclass(frozen=True)
class Learning:
    """What a detector learns from: objects by scene, those of training areas and all of them."""

    ground: Ground
    train: Sequence[SceneObjects]
    all: Sequence[SceneObjects]
    visible: float
    """Share of its area that an object must show in a window."""


def plan_detector_training(
    config: TrainConfig,
    detector: DetectorConfig,
    learning: Learning,
    description: ModelDescription,
    *,
    processes: Processes,
) -> Training:
    """The training of a detector on the train areas."""
    validation = validation_samples(config, learning, description)
    windows = VALIDATION_PASSES * len(validation)
    length = find_length(config, learning.ground, validation_windows=windows)
    return Training(
        builder_of(config, detector, description, processes),
        TrainingSettings(
            class_count=len(description.classes),
            counted=learning.ground.counted,
            validation_passes=VALIDATION_PASSES,
            **loop_settings(config, learning.ground, length),
        ),
        make_task=partial(DetectionTask, visible=learning.visible),
        train_samples=_epochs(config, learning, description),
        validation_samples=validation,
    )


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
            class_count=len(description.classes),
            plan=description.plan,
        )
        if isinstance(layers, DenseDetector):
            check_input(
                layers,
                band_count=len(description.bands),
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
        class_count=len(description.classes),
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
