"""The work of `accelerate`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from rs_seg.algorithms.prediction.applicability import check_classes
from rs_seg.config import AccelerateConfig, ModelConfig
from rs_seg.errors import UserError
from rs_seg.io.engine import write_engine
from rs_seg.io.engine_memory import remember_engine
from rs_seg.io.model import read_description
from rs_seg.io.model_description import ModelDescription
from rs_seg.stages.accelerate.recalling import describe_choice, recall
from rs_seg.stages.accelerate.tiles import Ground, bands_of_image, image_ground, split_ground
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene
from rs_seg.values.garbage import no_search_for_garbage


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
    """See the signature."""
    description = _describe(model, class_names)

    @cache
    def ground(tile: int) -> Ground:
        drawn: dict[str, Any] = {"tile": tile, "count": config.tiles, "seed": seed}
        if not split:
            return image_ground(description, images[0], **drawn)
        files: dict[str, Any] = {"images": images, "references": references, "split": split[0]}
        return split_ground(description, class_names, labelled_scenes, **files, **drawn)

    files: dict[str, Any] = {"model": model, "onnx": onnx}
    band_count = bands_of_image(description, images[0])
    chosen_for = describe_choice(
        model,
        config,
        band_count=band_count,
        prediction_tile=prediction_tile,
        batch_size=prediction_batch_size,
    )
    mapped: dict[str, Any] = {
        "class_count": len(class_names),
        "maps_other_scenes": maps_other_scenes,
    }
    if not split and not config.names_reference:
        known = recall(chosen_for, config, network.name, ground, **files, **mapped)
        if known is not None:
            write_engine(engine, *known)
            return
    with no_search_for_garbage():
        # torch is loaded where engines are compared with it
        from rs_seg.stages.accelerate import choosing

    choice = choosing.choose(
        config,
        network.name,
        ground,
        **files,
        band_count=band_count,
        tile=prediction_tile,
        **mapped,
        batch_size=prediction_batch_size,
        seed=seed,
    )
    write_engine(engine, choice.record, choice.onnx)
    if not config.names_reference:
        remember_engine(chosen_for, choice.record, choice.onnx, megapixels=choice.megapixels)


def _describe(model: Path, class_names: ClassNames) -> ModelDescription:
    """What the model file says of a network of layers with these classes.

    Raises:
        UserError: it is of another method, or of other classes.
    """
    description = read_description(model)
    if description.kind != "convolutional":
        raise UserError(
            "only networks of layers are computed by an engine",
            where=model,
            found=f"a {description.kind}",
        )
    check_classes(description.classes, class_names, where=model)
    return description
