"""Methods of single pixels, fitted to the pixels of the training areas."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.classical.boosting import fit_boosting
from rs_seg.algorithms.classical.clustering import fit_clusters
from rs_seg.algorithms.classical.forest import fit_forest
from rs_seg.algorithms.classical.likelihood import find_dependent, fit_gaussian, fit_speckle
from rs_seg.algorithms.classical.thresholds import find_thresholds, fit_intervals, name_intervals
from rs_seg.config import GradientBoosting, KMeans, Likelihood, Pixelwise, RandomForest, Threshold
from rs_seg.io.windows import PixelSamples
from rs_seg.predicting.pixelwise import FeatureRecipe
from rs_seg.values import thread_count
from rs_seg.values.band_ranges import fold_ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.io.model import Tensors

logger = logging.getLogger(__name__)
LONGEST_TOLD = 100


def fit_pixels(
    network: Pixelwise,
    samples: PixelSamples,
    recipe: FeatureRecipe,
    *,
    classes: Sequence[str],
    seed: int,
) -> Tensors:
    """The tensors of the method, fitted to the pixels of the training areas.

    `classes` are names.
    """
    if isinstance(network, KMeans):
        return _fit_clusters(network, samples, classes=classes, seed=seed)
    if isinstance(network, Threshold):
        return _fit_threshold(network, samples, classes=classes, seed=seed)
    assert isinstance(network, RandomForest | GradientBoosting | Likelihood)
    return _fit_drawn(network, samples, recipe=recipe, classes=classes, seed=seed)


def _fit_clusters(
    network: KMeans, samples: PixelSamples, *, classes: Sequence[str], seed: int
) -> Tensors:
    drawn, _ = samples.draw(count=network.samples, seed=seed, labelled=False)
    size = {"clusters": network.clusters, "passes": network.passes}
    return fit_clusters(
        samples, drawn, **size, class_count=len(classes), seed=seed, named=network.needs_labels
    )


def _fit_threshold(
    network: Threshold, samples: PixelSamples, *, classes: Sequence[str], seed: int
) -> Tensors:
    limits = np.array(network.thresholds)
    if network.method != "fixed":
        drawn, _ = samples.draw(count=network.samples, seed=seed, labelled=False)
        limits = find_thresholds(samples, drawn, intervals=network.interval_count)
    if network.classes is None:
        return fit_intervals(samples, limits, class_count=len(classes))
    return name_intervals(
        limits, [list(classes).index(name) for name in network.classes], class_count=len(classes)
    )


def _fit_drawn(
    network: RandomForest | GradientBoosting | Likelihood,
    samples: PixelSamples,
    *,
    recipe: FeatureRecipe,
    classes: Sequence[str],
    seed: int,
) -> Tensors:
    features, indices = samples.draw(count=network.samples, seed=seed)
    count = len(classes)
    if isinstance(network, RandomForest):
        size = network.model_dump(include={"trees", "max_depth", "min_samples_leaf"})
        return fit_forest(
            features, indices, class_count=count, **size, seed=seed, threads=thread_count()
        )
    if isinstance(network, GradientBoosting):
        settings = network.model_dump(
            include={"iterations", "learning_rate", "max_leaf_nodes", "l2_regularization"}
        )
        return fit_boosting(features, indices, class_count=count, **settings, seed=seed)
    if network.band is None:
        _warn_of_singular(features, indices, recipe, classes)
        return fit_gaussian(features, indices, class_count=count)
    amplitude = network.architecture == "rayleigh_likelihood"
    band = recipe.bands.index(network.band)
    return fit_speckle(
        features,
        indices,
        class_count=count,
        band=band,
        looks=network.looks or 1,
        amplitude=amplitude,
    )


def _warn_of_singular(
    features: NDArray[np.float32],
    indices: NDArray[np.int64],
    recipe: FeatureRecipe,
    classes: Sequence[str],
) -> None:
    """Name the classes whose covariance is singular, and the features concerned."""
    names = tuple(_shorten(str(formula)) for formula in recipe.formulas) or recipe.bands
    for index, positions in find_dependent(features, indices).items():
        logger.warning(
            "the covariance of class %s is singular: in its %d training pixels the features %s do "
            "not vary, or follow from one another; its likelihood rests on the small variance that "
            "is added. Leave some of them out of `features`, or label more",
            classes[index],
            int((indices == index).sum()),
            fold_ranges([names[position] for position in positions]),
        )


def _shorten(formula: str) -> str:
    """The text of a formula, which may hold hundreds of bands, for the log."""
    return formula if len(formula) <= LONGEST_TOLD else f"{formula[:LONGEST_TOLD]} ..."
