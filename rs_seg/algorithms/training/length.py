"""How long a training is: epochs and steps, by the training areas or by the minutes there are."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rs_seg.algorithms.training.parallel import tell
from rs_seg.algorithms.training.settings import TrainingSettings
from rs_seg.errors import UserError
from rs_seg.values.processes import Processes
from rs_seg.values.texts import write_text

LENGTH = "length.json"
"""How long a training is to be, in its folder: a training that was killed keeps its schedule."""
EPOCHS = 25
"""Looks at the validation areas where nobody says how many: enough to find a good state, few enough
to cost little."""
FEWEST_EPOCHS = 5
LEAST_STEPS = 300
"""Fewer steps train no network from scratch, however small its ground is."""
MOST_STEPS = 5000
"""More steps were never worth their time on a data set that fits on one machine."""
FORWARD_SHARE = 1 / 3
"""Time of a validation window, as a share of a training window: the backward pass costs about two
forward passes."""
VALIDATION_SHARE = 0.25
"""Longest time of validation, as a share of that of the steps, where nobody gives the length of an
epoch."""
OVERHEAD = 1.1
"""Time of a whole step, as a multiple of its forward and backward pass: reading windows and moving
weights."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Length:
    """Epochs at most, and steps in each."""

    epochs: int
    steps_per_epoch: int


def steps_of_passes(pixels: int, *, passes: float, pixels_per_step: int) -> int:
    """Steps that see the `pixels` of the training areas `passes` times.

    There are at least LEAST_STEPS and at most MOST_STEPS.
    """
    steps = math.ceil(passes * pixels / pixels_per_step)
    return min(max(steps, LEAST_STEPS), MOST_STEPS)


def divide_steps(
    steps: int,
    *,
    windows_per_step: int,
    validation_windows: int,
    epochs: int | None = None,
    steps_per_epoch: int | None = None,
) -> Length:
    """Steps in epochs; what is given stays.

    Else there are EPOCHS, or fewer where validation would take too long.
    """
    if steps_per_epoch is None:
        steps_per_epoch = math.ceil(steps / (epochs or EPOCHS))
        if epochs is None:
            fewest = math.ceil(
                steps_of_validation(validation_windows, windows_per_step) / VALIDATION_SHARE
            )
            steps_per_epoch = min(max(steps_per_epoch, fewest), math.ceil(steps / FEWEST_EPOCHS))
    return Length(epochs or max(1, round(steps / steps_per_epoch)), steps_per_epoch)


def fit_into(
    seconds: float,
    *,
    step_seconds: float,
    windows_per_step: int,
    validation_windows: int,
    steps_per_epoch: int | None = None,
) -> Length:
    """The longest training that takes so many seconds, validation included; one epoch at least."""
    length = divide_steps(
        max(1, int(seconds / step_seconds)),
        windows_per_step=windows_per_step,
        validation_windows=validation_windows,
        steps_per_epoch=steps_per_epoch,
    )
    epoch_steps = length.steps_per_epoch + steps_of_validation(validation_windows, windows_per_step)
    epoch_seconds = step_seconds * epoch_steps
    return Length(max(1, int(seconds / epoch_seconds)), length.steps_per_epoch)


def find_length_in(
    minutes: float, settings: TrainingSettings, pass_seconds: float, *, validation_windows: int
) -> Length:
    """The length of a training of so many minutes.

    `pass_seconds` are those of the forward and the backward pass of a batch.
    """
    return fit_into(
        60 * minutes,
        step_seconds=OVERHEAD * settings.accumulate * pass_seconds,
        windows_per_step=settings.batch_size * settings.accumulate,
        validation_windows=validation_windows,
        steps_per_epoch=settings.fixed_steps_per_epoch,
    )


def steps_of_validation(window_count: int, windows_per_step: int) -> float:
    """Training steps that take as long as one look at the validation areas."""
    return FORWARD_SHARE * window_count / windows_per_step


def choose_length(
    settings: TrainingSettings,
    folder: Path,
    time_step: Callable[[], float],
    *,
    validation_windows: int,
    processes: Processes,
) -> TrainingSettings:
    """The settings with epochs and steps: as given, or what `minutes` allow on this machine.

    `time_step` gives the seconds of a forward and a backward pass; it is asked only where `minutes`
    are given and the training has not begun. All processes call this; the first one decides for
    all.

    Raises:
        UserError: training would end before its encoder is to be trained too.
    """
    length: Length | None = Length(settings.epochs, settings.steps_per_epoch)
    if settings.minutes is not None:
        length = tell(read_length(folder) if processes.is_first else None)
    if length is None:
        assert settings.minutes is not None, "else it was given"
        seconds = time_step()
        length = tell(
            find_length_in(
                settings.minutes, settings, seconds, validation_windows=validation_windows
            )
        )
        logger.info(
            "train.minutes %g: %d epochs of %d steps, %.2f s a step. The same again on any "
            "machine: train.epochs %d and train.steps_per_epoch %d in the place of train.minutes",
            settings.minutes,
            *(
                length.epochs,
                length.steps_per_epoch,
                OVERHEAD * settings.accumulate * seconds,
                length.epochs,
                length.steps_per_epoch,
            ),
        )
    if processes.is_first:
        write_text(folder / LENGTH, json.dumps(asdict(length)) + "\n")
    _check_thaw(settings.unfreeze_epoch, length)
    return replace(settings, epochs=length.epochs, steps_per_epoch=length.steps_per_epoch)


def _check_thaw(unfreeze_epoch: int | None, length: Length) -> None:
    if unfreeze_epoch is not None and unfreeze_epoch > length.epochs:
        raise UserError(
            "the encoder would stay frozen",
            found=f"unfreeze_epoch {unfreeze_epoch} of a training of {length.epochs} epochs",
            expected="an epoch of the training",
            remedy="give an earlier unfreeze_epoch, set train.epochs, or leave unfreeze_epoch out",
        )


def read_length(folder: Path) -> Length | None:
    """How long the training in a folder is to be; None without a training or a readable note."""
    try:
        content = json.loads((folder / LENGTH).read_text())
        length = Length(int(content["epochs"]), int(content["steps_per_epoch"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return length if length.epochs > 0 and length.steps_per_epoch > 0 else None
