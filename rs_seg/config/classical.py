"""Settings of methods without layers: they look at single pixels and, by formulas, around them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from rs_seg.config.trainable import Trainable
from rs_seg.values.band_ranges import Ranges

Formulas = tuple[Annotated[str, Field(min_length=1)], ...]


class Pixelwise(Trainable):
    """A method that decides pixel by pixel."""

    architecture: str
    """Name of the method."""
    samples: Annotated[int, Field(ge=100)] = 100_000
    """Training pixels, drawn at random from the training area in the classes' own shares."""
    formulas: Formulas = ()
    """Filled in: what the method looks at, as formulas of bands; empty: all bands."""

    @property
    def feature_key(self) -> str:
        """Name of the setting that says what the method looks at."""
        return "features"

    @property
    def asked_features(self) -> Formulas | None:
        """What the method looks at by the configuration: bands, indices, formulas; None: all."""
        return None


class FeatureSpace(Pixelwise):
    """A method in the space of several features."""

    features: Annotated[Formulas, Field(min_length=1), Ranges] | None = None
    """What the method looks at: names of bands (also ranges, such as B001..B120), names of
    `indices`, formulas (docs/formulas.md), such as pca(1)..pca(5); null: all bands, of several
    dates their median and percentiles."""

    @property
    def asked_features(self) -> Formulas | None:
        """The setting `features`."""
        return self.features


class TexturedTrees(FeatureSpace):
    """Trees, which take many features: where none are named, they look at textures too."""

    features: Annotated[Formulas, Field(min_length=1), Ranges] | None = None
    """What the method looks at: names of bands (also ranges, such as B001..B120), names of
    `indices`, formulas (docs/formulas.md), `textures` (each band, and its gauss, std and gradient
    in windows of 3, 7 and 15 pixels); null: textures of up to 8 bands, else all bands; of several
    dates their median and percentiles."""


class RandomForest(TexturedTrees):
    """A random forest on bands and textures (Breiman 2001): the baseline for every network."""

    architecture: Literal["random_forest"]
    """Marks the method."""
    trees: Annotated[int, Field(ge=1, le=1000)] = 100
    """Number of trees."""
    max_depth: Annotated[int, Field(ge=1, le=64)] = 16
    """Greatest depth of a tree."""
    min_samples_leaf: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Least number of training pixels in a leaf; more make smaller trees, and shares that are less
    sure."""


class GradientBoosting(TexturedTrees):
    """Trees that each correct those before them (Friedman 2001), on histograms (Ke et al. 2017)."""

    architecture: Literal["gradient_boosting"]
    """Marks the method."""
    iterations: Annotated[int, Field(ge=1, le=2000)] = 100
    """Rounds; each adds a tree per class (one where there are two classes)."""
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.1
    """Share of each tree that is added; the smaller, the more iterations are needed."""
    max_leaf_nodes: Annotated[int, Field(ge=2, le=1024)] = 31
    """Greatest number of leaves of a tree."""
    l2_regularization: Annotated[float, Field(ge=0)] = 1.0
    """What holds back leaves that few pixels speak for; 0 lets rare classes appear in single wrong
    pixels."""


class KMeans(FeatureSpace):
    """Clusters of pixels (MacQueen 1967), found in batches (Sculley 2010).

    Each is named after its labelled pixels.
    """

    architecture: Literal["kmeans"]
    """Marks the method."""
    clusters: Annotated[int, Field(ge=1, le=1000)] = 20
    """Number of clusters; several may be of one class, and should be."""
    naming: Literal["majority", "none"] = "majority"
    """majority: a cluster stands for the classes of its labelled training pixels; none: no labels
    are looked at, each cluster is a class of the legend, in rising order of the first feature, and
    no scene may be labelled."""
    passes: Annotated[int, Field(ge=1, le=100)] = 3
    """How often all pixels of the training areas are seen, labelled or not. Centres start among
    `samples` of them."""

    @property
    def needs_labels(self) -> bool:
        """Whether its clusters are named after labels."""
        return self.naming == "majority"


class Threshold(Pixelwise):
    """Intervals of one feature, each of which is a class."""

    architecture: Literal["threshold"]
    """Marks the method."""
    feature: Annotated[str, Field(min_length=1)]
    """What is compared with the thresholds: a band, one of `indices`, or a formula
    (docs/formulas.md)."""
    method: Literal["fixed", "otsu", "multi_otsu"] = "otsu"
    """fixed: `thresholds`; otsu: the threshold that separates the histogram best into two parts
    (Otsu 1979); multi_otsu: the same for `intervals` parts (Liao, Chen and Chung 2001). Histograms
    are those of all pixels of the training areas, labelled or not."""
    thresholds: tuple[float, ...] = ()
    """Thresholds of `fixed`, rising. A value that equals one belongs to the interval below."""
    intervals: Annotated[int, Field(ge=2, le=5)] | None = None
    """Number of intervals of `multi_otsu`; null: as many as `classes` has names."""
    classes: Annotated[tuple[str, ...], Field(min_length=2)] | None = None
    """Class of each interval, from low to high; one may stand several times. null: the one that
    most of the labelled training pixels in it have."""

    @property
    def feature_key(self) -> str:
        """Name of the setting that says what the method looks at."""
        return "feature"

    @property
    def asked_features(self) -> Formulas | None:
        """The setting `feature`."""
        return (self.feature,)

    @property
    def interval_count(self) -> int:
        """Number of intervals."""
        if self.method == "fixed":
            return len(self.thresholds) + 1
        return 2 if self.method == "otsu" else self.intervals or len(self.classes or ())

    @model_validator(mode="after")
    def _check_thresholds(self) -> Threshold:
        listed = ", ".join(f"{threshold:g}" for threshold in self.thresholds)
        if self.method == "fixed" and not self.thresholds:
            raise ValueError(
                "method is fixed, which needs thresholds; set thresholds, or method: otsu"
            )
        if self.method != "fixed" and self.thresholds:
            raise ValueError(
                f"thresholds is {listed}, but method is {self.method}, which finds its own; "
                f"remove one"
            )
        if any(
            low >= high for low, high in zip(self.thresholds, self.thresholds[1:], strict=False)
        ):
            raise ValueError(f"thresholds is {listed}, but each must be above the one before")
        return self

    @model_validator(mode="after")
    def _check_intervals(self) -> Threshold:
        if self.intervals is not None and self.method != "multi_otsu":
            raise ValueError(
                f"intervals is {self.intervals}, but method is {self.method}; it is for multi_otsu"
            )
        count = self.interval_count
        if self.method == "multi_otsu" and not 2 <= count <= 5:
            raise ValueError(
                f"method is multi_otsu with {count or 'no'} intervals, but needs 2 to 5; set "
                f"intervals, or classes"
            )
        if self.classes is not None and len(self.classes) != count:
            raise ValueError(
                f"classes is {', '.join(self.classes)}, but there are {count} intervals; name the "
                f"class of each"
            )
        return self


class Likelihood(FeatureSpace):
    """A distribution per class, of single pixels: a pixel takes its most likely class.

    All classes count as equally common. Its map is noisy by nature; refine it with a Markov random
    field.
    """

    architecture: Literal["gaussian_likelihood", "gamma_likelihood", "rayleigh_likelihood"]
    """gaussian_likelihood: a normal distribution over all features; gamma_likelihood: radar
    intensity of `looks` looks; rayleigh_likelihood: radar amplitude of one look. The latter two
    look at one band alone."""
    band: str | None = None
    """Name of the band of gamma_likelihood and rayleigh_likelihood, in linear units, not decibels.
    """
    looks: Annotated[float, Field(gt=0, le=1000)] | None = None
    """Number of looks of gamma_likelihood; more looks, less speckle. Equivalent numbers need not be
    whole."""

    @model_validator(mode="after")
    def _check_speckle(self) -> Likelihood:
        for key, value, takers in (
            ("band", self.band, ("gamma_likelihood", "rayleigh_likelihood")),
            ("looks", self.looks, ("gamma_likelihood",)),
        ):
            if value is None and self.architecture in takers:
                raise ValueError(
                    f"architecture is {self.architecture}, which needs {key}; set {key}"
                )
            if value is not None and self.architecture not in takers:
                raise ValueError(
                    f"{key} is {value}, but architecture is {self.architecture}, which has none; "
                    f"remove {key}"
                )
        if self.features is not None and self.band is not None:
            raise ValueError(
                f"features is {', '.join(self.features)}, but architecture is {self.architecture}, "
                "which looks at band alone; remove features"
            )
        return self
