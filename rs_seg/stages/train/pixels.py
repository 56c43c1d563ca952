"""Methods of single pixels, fitted in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rs_seg.algorithms.training.plan import plan_pixels, plan_validation
from rs_seg.config import Pixelwise, TrainConfig
from rs_seg.config.models import KINDS
from rs_seg.ground.training import Ground
from rs_seg.predicting.pixelwise import (
    FeatureRecipe,
    labelled_pixels,
    pixel_samples,
    recipe_of_model,
)
from rs_seg.stages.train.fitting import fit_pixels
from rs_seg.stages.train.trained import Trained
from rs_seg.values.clocks import Clocks

if TYPE_CHECKING:
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
    kind = KINDS[network.architecture]
    pixels = _validation_pixels(config, recipe, ground)
    validated = labelled_pixels(kind, tensors, pixels, class_count=ground.class_count)
    if ground.validation:
        miou = validated.count().mean_iou(ground.counted)
        rows, validation = [{"epoch": 1, "validation_miou": miou}], {"epoch": 1, "miou": miou}
    description = description.model_copy(update={"validation": validation})
    return Trained(description, tensors, rows, _spent_since(start), validated.logits)


def _validation_pixels(config: TrainConfig, recipe: FeatureRecipe, ground: Ground) -> PixelSamples:
    planned = []
    if ground.validation:
        places = plan_validation(ground.validation, size=config.window_size)
        planned = [(scene, counted) for scene, _, counted in places]
    return pixel_samples(ground.readers, planned, recipe, bands=ground.bands)


def _spent_since(start: Clocks) -> dict[str, float]:
    """The times of a method that is fitted in one go."""
    now = Clocks.now()
    seconds, cpu_seconds = now.wall - start.wall, now.cpu - start.cpu
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "steps": 0, "waiting_seconds": 0.0}
