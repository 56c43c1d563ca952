"""Settings of the training of networks, from the configuration and the ground."""

from __future__ import annotations

from collections.abc import Sequence

from rs_seg.algorithms.training.borders import BorderWeights
from rs_seg.algorithms.training.length import Length
from rs_seg.algorithms.training.losses import (
    LossSettings,
    balanced_weights,
    median_frequency_weights,
)
from rs_seg.algorithms.training.settings import TrainingSettings
from rs_seg.config import ConvolutionalNetwork, TrainConfig
from rs_seg.ground.settings import loop_settings
from rs_seg.ground.training import Ground
from rs_seg.ground.windows import augment_settings
from rs_seg.values.statistics import ClassShare

TRANSFER = {"freeze_encoder", "unfreeze_epoch", "encoder_rate"}
"""Settings of a network that say how it is trained, not what it is."""


def training_settings(
    config: TrainConfig, network: ConvolutionalNetwork, ground: Ground, length: Length
) -> TrainingSettings:
    """The settings of the training loop."""
    loss = config.loss
    return TrainingSettings(
        class_count=ground.class_count,
        counted=ground.counted,
        loss=LossSettings(
            weights=loss.weights,
            border=_border_weights(config, ground.statistics.classes),
            **loss.model_dump(exclude={*loss.weights, "class_weights", "border"}),
        ),
        class_weights=_class_weights(config, ground.statistics.classes),
        **{
            **loop_settings(config, ground, length),
            "augment": augment_settings(config.augment, ground.bands, network.band_groups),
        },
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
