"""Settings of a training that networks and detectors share, and what its folder tells of it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from rs_seg.algorithms.training.arithmetic import read_arithmetic
from rs_seg.algorithms.training.length import (
    Length,
    divide_steps,
    read_length,
    steps_of_passes,
)
from rs_seg.config import TrainConfig
from rs_seg.ground.training import Ground
from rs_seg.ground.windows import augment_settings
from rs_seg.io.model_description import TrainingLength

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


def loop_settings(config: TrainConfig, ground: Ground, length: Length) -> dict[str, Any]:
    """Fields of `TrainingSettings` that do not depend on what is trained."""
    return {
        "seed": ground.seed,
        "augment": augment_settings(config.augment, ground.bands),
        **vars(length),
        "fixed_steps_per_epoch": config.steps_per_epoch,
        **config.model_dump(exclude=LEARNT_ELSEWHERE),
    }


def noted_arithmetic(folder: Path) -> tuple[str | None, dict[str, float]]:
    """The precision of the training in a folder, and seconds of a step by precision if timed."""
    arithmetic = read_arithmetic(folder)
    if arithmetic is None:
        return None, {}
    seconds = arithmetic.step_seconds
    return arithmetic.precision, {
        f"{precision}_step_seconds": value for precision, value in seconds.items()
    }


def noted_length(folder: Path, *, windows_per_step: int) -> TrainingLength | None:
    """How long the training in a folder was to be, as its model file says it."""
    length = read_length(folder)
    return (
        None
        if length is None
        else TrainingLength(**vars(length), windows_per_step=windows_per_step)
    )
