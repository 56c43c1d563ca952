"""Methods of single pixels, fitted in one go."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from rs_seg.algorithms.training.plan import plan_pixels, plan_validation
from rs_seg.config import Pixelwise, TrainConfig
from rs_seg.config.models import KINDS
from rs_seg.ground.training import Ground
from rs_seg.predicting.pixelwise import (
    FeatureRecipe,
    count_pixels,
    pixel_samples,
    recipe_of_model,
    stream_pixels,
)
from rs_seg.stages.train.fitting import fit_pixels
from rs_seg.stages.train.trained import Trained
from rs_seg.values.clocks import Clocks

if TYPE_CHECKING:
    from rs_seg.algorithms.training.calibration import Logits
    from rs_seg.io.model import Tensors
    from rs_seg.io.model_description import ModelDescription
    from rs_seg.io.windows import PixelSamples


def train_pixels(
    config: TrainConfig, network: Pixelwise, ground: Ground, description: ModelDescription
) -> Trained:
    """The method, fitted to the pixels of the training areas."""
    start = Clocks.now()
    recipe = recipe_of_model(description)
    planned = plan_pixels(ground.train, size=config.window_size)
    samples = pixel_samples(ground.readers, planned, recipe, bands=ground.bands)
    names = [class_share.name for class_share in ground.statistics.classes]
    tensors = fit_pixels(network, samples, recipe, classes=names, seed=ground.seed)
    rows: list[dict[str, float | int]] = [{"epoch": 1}]
    validation: dict[str, float | int] = {}
    if ground.validation:
        pixels = _validation_pixels(config, recipe, ground)
        miou = count_pixels(
            KINDS[network.architecture], tensors, pixels, classes=ground.classes
        ).mean_iou(ground.counted)
        rows, validation = [{"epoch": 1, "validation_miou": miou}], {"epoch": 1, "miou": miou}
    description = description.model_copy(update={"validation": validation})
    logits = partial(_stream_logits, config, description, tensors, ground)
    return Trained(description, tensors, rows, _spent_since(start), logits)


def _validation_pixels(config: TrainConfig, recipe: FeatureRecipe, ground: Ground) -> PixelSamples:
    planned = [
        (scene, counted)
        for scene, _, counted in plan_validation(ground.validation, size=config.window_size)
    ]
    return pixel_samples(ground.readers, planned, recipe, bands=ground.bands)


def _spent_since(start: Clocks) -> dict[str, float]:
    """The times of a method that is fitted in one go."""
    now = Clocks.now()
    seconds, cpu_seconds = now.wall - start.wall, now.cpu - start.cpu
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "steps": 0, "waiting_seconds": 0.0}


def _stream_logits(
    config: TrainConfig, description: ModelDescription, tensors: Tensors, ground: Ground
) -> Iterator[Logits]:
    """Logits and class indices of the labelled validation pixels, not calibrated."""
    recipe = recipe_of_model(description)
    pixels = _validation_pixels(config, recipe, ground)
    yield from stream_pixels(description.kind, tensors, pixels, classes=ground.classes)
