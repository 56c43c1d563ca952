"""What trainings and the whole run will take, told before they begin."""

from __future__ import annotations

from rs_seg.config import ConvolutionalNetwork, DetectorConfig, OutlineConfig, RunSize, TrainConfig
from rs_seg.config.used_settings import Used, training_of_forecast
from rs_seg.values import ClassNames, InPaths, OutPath, Scene, WorkPath

REVISION = 2
USED: Used = {"train": training_of_forecast}


def forecast(
    train: TrainConfig,
    outline: OutlineConfig,
    trained_by_steps: dict[str, ConvolutionalNetwork | DetectorConfig],
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
    """Write seconds of a step and of the training of each network and detector, and of the run.

    Two steps of each are measured, after one that warms up: with its network, batch, arithmetic and
    loss on windows of the train areas, by as many threads as a training will have. Trainings that
    are finished in `checkpoints` are left out. `images`, `references` and `outlines` are those of
    the labelled scenes, in order, `splits` and `statistics` those of `trained_by_steps`, one for
    each. The log says it in one line for each training and one for the run. No training depends on
    it.
    """
    from rs_seg.stages.forecast import work

    work.forecast(
        train,
        outline,
        trained_by_steps,
        fitted_models,
        class_names,
        object_names,
        labelled_scenes,
        run_size,
        seed,
        counted_classes,
        counted_objects,
        images=images,
        references=references,
        outlines=outlines,
        splits=splits,
        statistics=statistics,
        checkpoints=checkpoints,
        forecast=forecast,
    )
