"""The program and arithmetic of a network: the fastest here that agrees with float32 in torch."""

from __future__ import annotations

from rs_seg.config import AccelerateConfig, ModelConfig
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene

REVISION = 4


def accelerate(
    config: AccelerateConfig,
    network: ModelConfig,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    prediction_tile: int | None,
    prediction_batch_size: int,
    maps_other_scenes: bool,
    seed: int,
    *,
    model: InPath,
    onnx: InPath,
    images: InPaths,
    references: InPaths,
    split: InPaths,
    engine: OutPath,
) -> None:
    """Write the folder of the chosen engine: what it is and why, and the ONNX model it computes.

    `images` and `references` are those of the labelled scenes, in order. Where nothing is labelled,
    `references` and `split` are empty, and labels are compared on tiles of the first image. Where
    the configuration names torch in float32, it is taken as it is. Where no other scenes are mapped
    and that takes no longer than a race, none is held. Tiles are as large as the memory of a
    thread allows for the dates of the images; their overlap follows from the receptive field.
    """
    from rs_seg.stages.accelerate import work

    work.accelerate(
        config,
        network,
        class_names,
        labelled_scenes,
        prediction_tile,
        prediction_batch_size,
        maps_other_scenes,
        seed,
        model=model,
        onnx=onnx,
        images=images,
        references=references,
        split=split,
        engine=engine,
    )
