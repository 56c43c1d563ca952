"""Methods that look at single pixels: what stages do with all of them alike."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rs_seg.config import GradientBoosting, KMeans, Likelihood, Pixelwise, RandomForest, Threshold
from rs_seg.values import Window, thread_count
from rs_seg.values.band_ranges import fold_ranges
from rs_seg.values.formula import BandName, Formula, bands_of, reach_of
from rs_seg.values.formula_parser import parse_formula

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.algorithms.classical.features import Compute
    from rs_seg.algorithms.training.calibration import Logits
    from rs_seg.io.model import ModelDescription, Tensors
    from rs_seg.io.windows import PixelSamples, SceneReaders
    from rs_seg.values import Confusion

logger = logging.getLogger(__name__)
LONGEST_TOLD = 100


@dataclass(frozen=True)
class FeatureRecipe:
    """How features follow from `bands`, in the order that they are read in: `formulas` of them; none: as read."""

    bands: tuple[str, ...]
    formulas: tuple[Formula, ...]

    @property
    def reach(self) -> int:
        """Pixels that a feature looks at around its own, at most."""
        return max(map(reach_of, self.formulas), default=0)

    def compute(self) -> Compute | None:
        """The function from pixels to features; None where pixels are the features."""
        from rs_seg.algorithms.classical.features import compute_features

        return partial(compute_features, self.formulas, self.bands) if self.formulas else None


def recipe_of(network: Pixelwise, bands: Sequence[str]) -> FeatureRecipe:
    """What the configuration says, for images of these bands: those that no formula needs are left out."""
    names: dict[str, Formula] = {band: BandName(band) for band in bands}
    formulas = tuple(parse_formula(each, names) for each in network.formulas)
    used = frozenset().union(*map(bands_of, formulas))
    return FeatureRecipe(tuple(band for band in bands if band in used or not formulas), formulas)


def recipe_of_model(description: ModelDescription) -> FeatureRecipe:
    """What a model file says."""
    return FeatureRecipe(description.bands, description.formulas)


def pixel_samples(
    readers: SceneReaders, planned: Sequence[tuple[int, Window]], recipe: FeatureRecipe, *, bands: Sequence[str]
) -> PixelSamples:
    """The features of all pixels of windows of scenes; `bands` are those of the images."""
    from rs_seg.io.windows import PixelSamples, Place

    places = [Place(scene, window) for scene, window in planned]
    positions = [list(bands).index(band) for band in recipe.bands]
    return PixelSamples(readers, places, bands=positions, compute=recipe.compute(), margin=recipe.reach)


def fit_pixels(
    network: Pixelwise, samples: PixelSamples, recipe: FeatureRecipe, *, classes: Sequence[str], seed: int
) -> Tensors:
    """The tensors of the method, fitted to the pixels of the training areas; `classes` are names."""
    if isinstance(network, KMeans):
        return _fit_clusters(network, samples, classes=classes, seed=seed)
    if isinstance(network, Threshold):
        return _fit_threshold(network, samples, classes=classes, seed=seed)
    assert isinstance(network, RandomForest | GradientBoosting | Likelihood)
    return _fit_drawn(network, samples, recipe=recipe, classes=classes, seed=seed)


def _fit_clusters(network: KMeans, samples: PixelSamples, *, classes: Sequence[str], seed: int) -> Tensors:
    from rs_seg.algorithms.classical.clustering import fit_clusters

    drawn, _ = samples.draw(count=network.samples, seed=seed, labelled=False)
    size = {"clusters": network.clusters, "passes": network.passes}
    return fit_clusters(samples, drawn, **size, classes=len(classes), seed=seed, named=network.needs_labels)


def _fit_threshold(network: Threshold, samples: PixelSamples, *, classes: Sequence[str], seed: int) -> Tensors:
    import numpy as np

    from rs_seg.algorithms.classical.thresholds import find_thresholds, fit_intervals, name_intervals

    limits = np.array(network.thresholds)
    if network.method != "fixed":
        drawn, _ = samples.draw(count=network.samples, seed=seed, labelled=False)
        limits = find_thresholds(samples, drawn, intervals=network.interval_count)
    if network.classes is None:
        return fit_intervals(samples, limits, classes=len(classes))
    return name_intervals(limits, [list(classes).index(each) for each in network.classes], classes=len(classes))


def _fit_drawn(
    network: RandomForest | GradientBoosting | Likelihood,
    samples: PixelSamples,
    *,
    recipe: FeatureRecipe,
    classes: Sequence[str],
    seed: int,
) -> Tensors:
    from rs_seg.algorithms.classical.boosting import fit_boosting
    from rs_seg.algorithms.classical.forest import fit_forest
    from rs_seg.algorithms.classical.likelihood import fit_gaussian, fit_speckle

    features, indices = samples.draw(count=network.samples, seed=seed)
    count = len(classes)
    if isinstance(network, RandomForest):
        size = network.model_dump(include={"trees", "max_depth", "min_samples_leaf"})
        return fit_forest(features, indices, classes=count, **size, seed=seed, threads=thread_count())
    if isinstance(network, GradientBoosting):
        settings = network.model_dump(include={"iterations", "learning_rate", "max_leaf_nodes", "l2_regularization"})
        return fit_boosting(features, indices, classes=count, **settings, seed=seed)
    if network.band is None:
        _warn_of_singular(features, indices, recipe, classes)
        return fit_gaussian(features, indices, classes=count)
    amplitude = network.architecture == "rayleigh_likelihood"
    band = recipe.bands.index(network.band)
    return fit_speckle(features, indices, classes=count, band=band, looks=network.looks or 1, amplitude=amplitude)


def _warn_of_singular(
    features: NDArray[np.float32],
    indices: NDArray[np.int64],
    recipe: FeatureRecipe,
    classes: Sequence[str],
) -> None:
    """Name the classes whose covariance is singular, and the features concerned."""
    from rs_seg.algorithms.classical.likelihood import find_dependent

    names = tuple(_shorten(str(formula)) for formula in recipe.formulas) or recipe.bands
    for index, positions in find_dependent(features, indices).items():
        logger.warning(
            "the covariance of class %s is singular: in its %d training pixels the features %s do not vary, or follow "
            "from one another; its likelihood rests on the small variance that is added. Leave some of them out of "
            "`features`, or label more",
            classes[index],
            int((indices == index).sum()),
            fold_ranges([names[position] for position in positions]),
        )


def _shorten(formula: str) -> str:
    """The text of a formula, which may hold hundreds of bands, for the log."""
    return formula if len(formula) <= LONGEST_TOLD else f"{formula[:LONGEST_TOLD]} ..."


def count_pixels(kind: str, tensors: Tensors, samples: PixelSamples, *, classes: int) -> Confusion:
    """Counts of the labelled pixels against the classes that a model of this kind gives."""
    from rs_seg.algorithms.classical.pixels import count_votes
    from rs_seg.algorithms.classical.table import predicting

    return count_votes(predicting(kind, tensors), samples, classes=classes)


def stream_pixels(kind: str, tensors: Tensors, samples: PixelSamples, *, classes: int) -> Iterator[Logits]:
    """Logits and class indices of the labelled pixels, not calibrated."""
    from rs_seg.algorithms.classical.pixels import floored_logits, labelled_probabilities
    from rs_seg.algorithms.classical.table import predicting

    for probabilities, indices in labelled_probabilities(predicting(kind, tensors), samples, classes=classes):
        yield floored_logits(probabilities), indices
