"""How long a training takes, by a few of its steps."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from rs_seg.algorithms.training.arithmetic import find_arithmetic
from rs_seg.algorithms.training.length import Length, find_length_in, steps_of_validation
from rs_seg.learning.training import Training
from rs_seg.values.processes import Processes

STEPS = 2
"""Measured steps, after one that warms up."""


@dataclass(frozen=True)
class Pace:
    """What a few steps of a training tell of all of them."""

    step_seconds: float
    """Of a whole step."""
    precision: str
    length: Length
    validation_steps: float
    """Steps that take as long as one look at the validation areas."""
    windows_per_step: int
    patience: int

    @property
    def epoch_seconds(self) -> float:
        """Seconds of an epoch with its validation."""
        return self.step_seconds * (self.length.steps_per_epoch + self.validation_steps)

    @property
    def seconds(self) -> float:
        """Seconds of all epochs."""
        return self.length.epochs * self.epoch_seconds

    @property
    def least_seconds(self) -> float | None:
        """Seconds of the fewest epochs: the first one is the best, and then patience ends.

        None where that is no shorter than all epochs.
        """
        fewest = 1 + self.patience
        return fewest * self.epoch_seconds if fewest < self.length.epochs else None


def measure_pace(training: Training, threads: int) -> Pace:
    """Steps of a training, measured in one process with the arithmetic that it will take.

    Their network is thrown away.
    """
    torch.set_num_threads(threads)
    settings, trial = training.settings, training.trial(Processes())
    precision = find_arithmetic(settings.precision, trial).precision
    step_seconds, pass_seconds = trial.time_whole_step(precision, steps=STEPS)
    length = Length(settings.epochs, settings.steps_per_epoch)
    if settings.minutes is not None:
        length = find_length_in(
            settings.minutes, settings, pass_seconds, validation_windows=training.validation_windows
        )
    windows = settings.batch_size * settings.accumulate
    return Pace(
        step_seconds,
        precision,
        length,
        steps_of_validation(training.validation_windows, windows),
        windows,
        settings.patience,
    )
