"""What a run will take, told before its trainings begin: the content of forecast.json."""

from __future__ import annotations

from typing import ClassVar, Literal

from rs_seg.values.document import Document, Part

Range = tuple[float, float]
"""Least and most seconds."""
State = Literal["measured", "like another", "trained", "not measured"]


class TrainingForecast(Part):
    """What the training of a network or detector will take."""

    name: str
    """Key of the network or detector."""
    state: State
    """measured: steps were taken. like another: as measured for a network that differs in its seed
    or fold alone. trained: finished before. not measured: it has no steps."""
    step_seconds: float | None = None
    """Of a whole step: windows read, forward and backward passes, optimiser."""
    precision: str | None = None
    """float32 or bfloat16."""
    epochs: int | None = None
    """At most."""
    steps_per_epoch: int | None = None
    """Between two looks at the validation areas."""
    minutes: float | None = None
    """Minutes that the settings allow, where they say how long the training is."""
    seconds: Range | None = None
    """Of the whole training: all epochs, with validation and start."""
    least_seconds: float | None = None
    """Of the shortest training, where no epoch is better than the first one; null where patience
    cannot end it before its time."""


class Forecast(Document):
    """What the trainings of a run will take on the machine that measured it, and the whole run."""

    what: ClassVar[str] = "the forecast of the run"

    device: str
    """What trains: a GPU, or so many cores."""
    threads: int
    """Of each training."""
    at_once: int
    """Trainings that run side by side on this machine."""
    megapixels: float
    """Of all scenes; those whose size nobody says count as the mean of the labelled ones."""
    trainings: tuple[TrainingForecast, ...]
    """Networks, then detectors."""
    seconds: Range
    """Of all trainings that are still to be done, so many at once."""
    run_seconds: Range
    """Of the whole run: trainings, and a guess at all that follows."""
    left_out: tuple[str, ...] = ()
    """What `run_seconds` does not hold."""
