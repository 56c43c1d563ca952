"""The work of `forecast`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from rs_seg.config import OutlineConfig, RunSize, TrainConfig
from rs_seg.io.documents import write_document
from rs_seg.progress import ANNOUNCED
from rs_seg.stages.forecast.lines import tell_run, tell_training
from rs_seg.stages.forecast.run_time import (
    mapping_range,
    megapixels_of_run,
    name_processors,
    side_by_side,
    total,
)
from rs_seg.stages.forecast.sources import LayeredMethod, Lesson, Sources
from rs_seg.values import ClassNames, InPaths, OutPath, Scene, WorkPath, thread_count
from rs_seg.values.forecast import Forecast, TrainingForecast
from rs_seg.values.shared_cores import training_threads, trainings_at_once

if TYPE_CHECKING:
    from rs_seg.learning.pace import Pace

logger = logging.getLogger(__name__)


def forecast(
    train: TrainConfig,
    outline: OutlineConfig,
    trained_by_steps: dict[str, LayeredMethod],
    fitted_models: tuple[str, ...],
    class_names: ClassNames,
    object_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    run_size: RunSize,
    seed: int,
    counted_classes: tuple[str, ...] | None = None,
    counted_objects: ClassNames | None = None,
    *,
    images: InPaths,
    references: InPaths,
    outlines: InPaths | None = None,
    splits: InPaths,
    statistics: InPaths,
    checkpoints: WorkPath,
    forecast: OutPath,
) -> None:
    """See the signature."""
    sources = Sources(
        train,
        outline.visible,
        class_names,
        object_names,
        labelled_scenes,
        seed,
        images=images,
        references=references,
        outlines=outlines or [],
        counted_classes=counted_classes,
        counted_objects=None if counted_objects is None else counted_objects.names,
    )
    lessons = [
        sources.lesson(method, split=split, statistics=figures)
        for method, split, figures in zip(
            trained_by_steps.values(), splits, statistics, strict=True
        )
    ]
    finished = {
        lesson.method.name for lesson in lessons if sources.is_finished(lesson, checkpoints)
    }
    missing = [lesson for lesson in lessons if lesson.method.name not in finished]
    found = _forecast_run(sources, len(lessons), missing, fitted_models, run_size)
    trained = (TrainingForecast(name=name, state="trained") for name in finished)
    fitted = (TrainingForecast(name=name, state="not measured") for name in fitted_models)
    told = {training.name: training for training in (*found.trainings, *trained)}
    trainings = (*(told[name] for name in trained_by_steps), *fitted)
    write_document(forecast, found.model_copy(update={"trainings": trainings}))
    if not missing:
        logger.info("nothing is to be trained by steps")
        return
    for training in found.trainings:
        logger.log(ANNOUNCED, tell_training(training))
    logger.log(ANNOUNCED, tell_run(found))


def _forecast_run(
    sources: Sources,
    training_count: int,
    missing: list[Lesson],
    fitted_models: tuple[str, ...],
    size: RunSize,
) -> Forecast:
    """The forecast of the trainings that are missing, and of the run.

    The cores are shared by all trainings of the run, those that are finished too.
    """
    cores = thread_count()
    threads = training_threads(training_count, cores)
    at_once = max(1, min(len(missing), trainings_at_once(training_count, cores)))
    device = name_processors(cores)
    pairs: list[tuple[TrainingForecast, Pace | None]] = []
    if missing:
        # torch and Lightning, seconds of a start, where something is measured
        from rs_seg.stages.forecast.measuring import measure_lessons, name_gpu

        pairs = measure_lessons(sources, missing, threads)
        device = name_gpu() or device
    paces = [
        (lesson, pace) for lesson, (_, pace) in zip(missing, pairs, strict=True) if pace is not None
    ]
    ranges = [training.seconds for training, _ in pairs if training.seconds is not None]
    seconds = side_by_side(ranges, at_once)
    megapixels = megapixels_of_run(size, sources.images)
    rest = mapping_range(
        paces, megapixels=megapixels, size=size, cores=cores, share=threads / cores
    )
    names = [training.name for training, pace in pairs if pace is None]
    return Forecast(
        device=device,
        threads=threads,
        at_once=at_once,
        megapixels=megapixels,
        trainings=tuple(training for training, _ in pairs),
        seconds=seconds,
        run_seconds=total([seconds, rest]),
        left_out=(*names, *fitted_models),
    )
