"""Steps of trainings, measured."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from rs_seg.algorithms.detectors.table import DETECTORS
from rs_seg.config import ConvolutionalNetwork
from rs_seg.ground.objects import learnt_from, read_objects
from rs_seg.learning.detector_description import describe_detector
from rs_seg.learning.detectors import Learning, plan_detector_training
from rs_seg.learning.networks import plan_network
from rs_seg.learning.pace import Pace, measure_pace
from rs_seg.learning.training import Training
from rs_seg.progress import track
from rs_seg.stages.forecast.run_time import training_range
from rs_seg.stages.forecast.sources import Lesson, Sources
from rs_seg.values.forecast import State, TrainingForecast
from rs_seg.values.processes import Processes

NOT_OF_PACE = {"name", "seed", "seeds", "fold", "replicate_of"}
"""Settings of a method that do not change how long its steps take."""


def measure_lessons(
    sources: Sources, lessons: Sequence[Lesson], threads: int
) -> list[tuple[TrainingForecast, Pace | None]]:
    """What each training by `threads` will take; None for the pace of a detector without steps.

    Of methods that differ in seed or fold alone, one is measured.
    """
    measured: dict[str, Pace | None] = {}
    results = []
    for lesson in track(lessons, total=len(lessons), description="steps of trainings"):
        settings = lesson.method.model_dump_json(exclude=NOT_OF_PACE)
        sign = f"{lesson.config.window_size} {settings}"
        state: State = "like another" if sign in measured else "measured"
        if sign not in measured:
            training = _plan(sources, lesson)
            measured[sign] = None if training is None else measure_pace(training, threads)
        results.append((_told(lesson, measured[sign], state), measured[sign]))
    return results


def _told(lesson: Lesson, pace: Pace | None, state: State) -> TrainingForecast:
    name = lesson.method.name
    if pace is None:
        return TrainingForecast(name=name, state="not measured")
    seconds = training_range(pace.seconds)
    least = pace.least_seconds
    return TrainingForecast(
        name=name,
        state=state,
        step_seconds=pace.step_seconds,
        precision=pace.precision,
        epochs=pace.length.epochs,
        steps_per_epoch=pace.length.steps_per_epoch,
        minutes=lesson.config.minutes,
        seconds=seconds,
        least_seconds=None if least is None else training_range(least)[0],
    )


def _plan(sources: Sources, lesson: Lesson) -> Training | None:
    method, config, ground = lesson.method, lesson.config, lesson.ground
    alone = Processes()
    if isinstance(method, ConvolutionalNetwork):
        return plan_network(config, method, ground, processes=alone)
    if DETECTORS[method.architecture].is_fitted:
        return None
    images, names = list(sources.images), sources.object_names
    scenes = read_objects(sources.outlines, images, names)
    learning = Learning(ground, learnt_from(scenes, ground.train), scenes, sources.visible)
    description = describe_detector(
        method, names, ground, learning.train, images, window=config.window_size
    )
    return plan_detector_training(config, method, learning, description, processes=alone)


def name_gpu() -> str | None:
    """The GPU that trains; None where processors do."""
    return f"a GPU ({torch.cuda.get_device_name()})" if torch.cuda.is_available() else None
