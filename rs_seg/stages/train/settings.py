"""Settings of the training loop, from the configuration and the ground."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from rs_seg.algorithms.training.borders import BorderWeights
from rs_seg.algorithms.training.length import Length, divide_steps, steps_of_passes
from rs_seg.algorithms.training.losses import (
    LossSettings,
    balanced_weights,
    median_frequency_weights,
)
from rs_seg.algorithms.training.settings import TrainingSettings
from rs_seg.config import ConvolutionalNetwork, TrainConfig
from rs_seg.ground.training import Ground
from rs_seg.ground.windows import augment_settings
from rs_seg.values.statistics import ClassShare

logger = logging.getLogger(__name__)

LEARNT_ELSEWHERE = {
    "window",
    "loss",
    "calibrate",
    "augment",
    "rare_classes",
    "passes",
    "epochs",
    "steps_per_epoch",
}
"""Settings of `train` that the loop does not take as they are."""
TRANSFER = {"freeze_encoder", "unfreeze_epoch", "encoder_rate"}
"""Settings of a network that say how it is trained, not what it is."""


def find_length(config: TrainConfig, ground: Ground, *, validation_windows: int) -> Length:
    """Epochs and steps as given, else those that see the training areas often enough."""
    windows = config.batch_size * config.accumulate
    pixels = sum(area.height * area.width for areas in ground.train for area in areas)
    steps = steps_of_passes(
        pixels, passes=config.passes, pixels_per_step=windows * config.window_size**2
    )
    length = divide_steps(
        steps,
        windows_per_step=windows,
        validation_windows=validation_windows,
        epochs=config.epochs,
        steps_per_epoch=config.steps_per_epoch,
    )
    if config.minutes is None:
        seen = length.epochs * length.steps_per_epoch * windows * config.window_size**2 / pixels
        logger.info(
            "%d epochs of %d steps of %d windows: the training areas %.0f times",
            *(length.epochs, length.steps_per_epoch, windows, seen),
        )
    return length


def training_settings(
    config: TrainConfig, network: ConvolutionalNetwork, ground: Ground, length: Length
) -> TrainingSettings:
    """The settings of the training loop."""
    loss = config.loss
    return TrainingSettings(
        classes=ground.classes,
        seed=ground.seed,
        loss=LossSettings(
            weights=loss.weights,
            border=_border_weights(config, ground.statistics.classes),
            **loss.model_dump(exclude={*loss.weights, "class_weights", "border"}),
        ),
        class_weights=_class_weights(config, ground.statistics.classes),
        augment=augment_settings(config.augment, ground.bands),
        **vars(length),
        fixed_steps_per_epoch=config.steps_per_epoch,
        **config.model_dump(exclude=LEARNT_ELSEWHERE),
        **network.model_dump(include=TRANSFER),
    )


def _border_weights(config: TrainConfig, classes: Sequence[ClassShare]) -> BorderWeights | None:
    border = config.loss.border
    if border is None:
        return None
    indices = [index for index, each in enumerate(classes) if each.name in border.classes]
    return BorderWeights(indices, weight=border.weight, sigma=border.sigma)


def _class_weights(config: TrainConfig, classes: Sequence[ClassShare]) -> tuple[float, ...] | None:
    """The weight of each class."""
    asked = config.loss.class_weights
    if isinstance(asked, dict):
        return tuple(asked.get(class_share.name, 1.0) for class_share in classes)
    shares = [class_share.share for class_share in classes]
    if asked == "balanced":
        return balanced_weights(shares)
    return median_frequency_weights(shares) if asked == "median_frequency" else None
