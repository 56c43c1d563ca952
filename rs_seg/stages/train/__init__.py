"""A model trained on the train areas and chosen on the validation areas."""

from __future__ import annotations

from rs_seg.config import ModelConfig, TrainConfig
from rs_seg.config.used_settings import Used, training_of_model
from rs_seg.learning import NETWORKS_REVISION
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene, WorkPath

REVISION = NETWORKS_REVISION
IN_SEVERAL_PROCESSES = True
USED: Used = {"config": training_of_model}


def train(
    config: TrainConfig,
    network: ModelConfig,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    seed: int,
    counted_classes: tuple[str, ...] | None = None,
    *,
    images: InPaths,
    references: InPaths,
    split: InPath | None = None,
    statistics: InPath | None = None,
    model: OutPath,
    curves: OutPath,
    checkpoints: WorkPath,
    timing: WorkPath | None = None,
) -> None:
    """Write the model file of the best epoch and the learning curve.

    The best epoch has the highest mean IoU of the classes named by `counted_classes` on the
    validation areas, as `evaluate` counts them.

    A killed training goes on from its last whole epoch, found in `checkpoints` under a hash of
    everything that the result depends on, and ends with the same bytes as an undisturbed one.
    `images` and `references` are those of the labelled scenes, in order. The temperature of the
    model is fitted last, on the validation areas. Where nothing is labelled, `images` are those of
    all scenes, and methods that need no labels learn from all of them. `timing` gets the seconds
    and the CPU seconds of all epochs, those before a kill too, their steps and the seconds of
    waiting for data, and, where `precision: auto` timed both, those of a step in float32 and in
    bfloat16.

    Started by `srun` or `torchrun` in several processes, these share out each batch; the first of
    them writes.
    """
    from rs_seg.stages.train import work

    work.train(
        config,
        network,
        class_names,
        labelled_scenes,
        seed,
        counted_classes,
        images=images,
        references=references,
        split=split,
        statistics=statistics,
        model=model,
        curves=curves,
        checkpoints=checkpoints,
        timing=timing,
    )
