"""The lines of a forecast for people."""

from __future__ import annotations

from rs_seg.values.forecast import Forecast, Range, TrainingForecast

UNITS = ((86_400.0, "days"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
WORTH_A_UNIT = 2.0
"""From so many of a unit on, times are told in it."""


def tell_range(seconds: Range) -> str:
    """A range of times, no finer than it is known: "50 to 70 min", "about 3 h"."""
    low, high = seconds
    size, unit = next(
        ((size, unit) for size, unit in UNITS if high >= WORTH_A_UNIT * size), UNITS[-1]
    )
    first, last = (_two_digits(value / size) for value in (low, high))
    return f"about {last} {unit}" if first == last else f"{first} to {last} {unit}"


def _two_digits(value: float) -> str:
    return f"{float(f'{value:.2g}'):g}"


def tell_training(training: TrainingForecast) -> str:
    """The line of a training."""
    if training.seconds is None or training.step_seconds is None:
        said = {"trained": "trained before"}.get(training.state, "not measured")
        return f"{training.name}: {said}"
    epochs = f"{training.epochs} epochs of {training.steps_per_epoch} steps"
    line = f"{training.name}: {training.step_seconds:.2g} s a step, {epochs}"
    line += f": {tell_range(training.seconds)}"
    if training.minutes is not None:
        line += f", as its minutes ({training.minutes:g}) allow"
    if training.least_seconds is not None:
        least = tell_range((training.least_seconds, training.least_seconds))
        line += f"; {least} where patience ends it as early as it can"
    return line


def tell_run(forecast: Forecast) -> str:
    """The line of the run."""
    count = sum(training.seconds is not None for training in forecast.trainings)
    trainings = "the training" if count == 1 else f"{count} trainings"
    if forecast.at_once > 1:
        trainings += f", {forecast.at_once} at once,"
    line = (
        f"{trainings} {tell_range(forecast.seconds)}, the whole run roughly "
        f"{tell_range(forecast.run_seconds)} on {forecast.device}"
    )
    if forecast.left_out:
        line += f", without {', '.join(forecast.left_out)}"
    return f"{line}; shorter or longer by train.minutes, train.epochs or train.passes"
