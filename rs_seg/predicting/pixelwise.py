"""Methods that look at single pixels: what stages do with all of them alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rs_seg.algorithms.classical.features import Compute, compute_features
from rs_seg.algorithms.classical.pixels import LabelledPixels
from rs_seg.algorithms.classical.table import predicting
from rs_seg.algorithms.prediction.engine import Engine
from rs_seg.algorithms.prediction.engines.pixelwise_engine import open_method
from rs_seg.config import Pixelwise
from rs_seg.io.model import Tensors, read_model
from rs_seg.io.model_description import ModelDescription
from rs_seg.io.windows import PixelSamples, Place, SceneReaders
from rs_seg.values import Window, thread_count
from rs_seg.values.dated_names import bands_for_image, name_bands
from rs_seg.values.formula import Formula, bands_of, reach_of
from rs_seg.values.formula_parser import parse_formula


@dataclass(frozen=True)
class FeatureRecipe:
    """How features follow from `bands`, in the order they are read: by `formulas`, or as read."""

    bands: tuple[str, ...]
    formulas: tuple[Formula, ...]

    @property
    def reach(self) -> int:
        """Pixels that a feature looks at around its own, at most."""
        return max(map(reach_of, self.formulas), default=0)

    def compute(self) -> Compute | None:
        """The function from pixels to features; None where pixels are the features."""
        return partial(compute_features, self.formulas, self.bands) if self.formulas else None


def recipe_of(network: Pixelwise, bands: Sequence[str]) -> FeatureRecipe:
    """The recipe of the configuration for images of these bands, without bands no formula needs."""
    names = name_bands(bands)
    formulas = tuple(parse_formula(text, names) for text in network.formulas)
    used = frozenset().union(*map(bands_of, formulas))
    return FeatureRecipe(tuple(band for band in bands if band in used or not formulas), formulas)


def recipe_of_model(
    description: ModelDescription, bands: Sequence[str] | None = None
) -> FeatureRecipe:
    """What a model file says; of images with these bands, which may have other dates."""
    if bands is None:
        return FeatureRecipe(description.bands, description.formulas)
    fitting = bands_for_image(description.features, description.bands, bands)
    names = name_bands(fitting)
    formulas = tuple(parse_formula(text, names) for text in description.features)
    return FeatureRecipe(fitting, formulas)


def pixel_samples(
    readers: SceneReaders,
    planned: Sequence[tuple[int, Window]],
    recipe: FeatureRecipe,
    *,
    bands: Sequence[str],
) -> PixelSamples:
    """The features of all pixels of windows of scenes; `bands` are those of the images."""
    places = [Place(scene, window) for scene, window in planned]
    positions = [list(bands).index(band) for band in recipe.bands]
    return PixelSamples(
        readers, places, bands=positions, compute=recipe.compute(), margin=recipe.reach
    )


def labelled_pixels(
    kind: str, tensors: Tensors, samples: PixelSamples, *, class_count: int
) -> LabelledPixels:
    """The labelled pixels of samples as a model of this kind sees them, not calibrated."""
    return LabelledPixels(predicting(kind, tensors), samples, class_count=class_count)


def open_pixelwise(model: Path, bands: Sequence[str]) -> Engine:
    """The engine of a method of single pixels, with the threads of this process.

    `bands` are those of the tiles.
    """
    description, tensors = read_model(model)
    return open_method(
        description.kind,
        tensors,
        class_count=len(description.classes),
        compute=recipe_of_model(description, bands).compute(),
        temperature=description.temperature,
        workers=thread_count(),
    )
