"""Settings of the methods without layers: random forests and likelihoods of single pixels."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from rs_seg.config.trainable import Trainable


class RandomForest(Trainable):
    """A random forest on the bands of each pixel (Breiman 2001): the baseline that a network has to beat."""

    architecture: Literal["random_forest"]
    """Marks the method."""
    trees: Annotated[int, Field(ge=1, le=1000)] = 100
    """Number of trees."""
    max_depth: Annotated[int, Field(ge=1, le=64)] = 16
    """Greatest depth of a tree."""
    samples: Annotated[int, Field(ge=100)] = 100_000
    """Training pixels, drawn at random from the training area in the classes' own shares."""


class Likelihood(Trainable):
    """A distribution per class, of single pixels: the class is the one under which the pixel is most likely.

    All classes count as equally common. Its map is noisy by nature; refine it with a Markov random field.
    """

    architecture: Literal["gaussian_likelihood", "gamma_likelihood", "rayleigh_likelihood"]
    """gaussian_likelihood: a normal distribution over all bands; gamma_likelihood: radar intensity of `looks` looks;
    rayleigh_likelihood: radar amplitude of one look. The latter two look at one band alone."""
    band: str | None = None
    """Name of the band of gamma_likelihood and rayleigh_likelihood, in linear units, not decibels."""
    looks: Annotated[float, Field(gt=0, le=1000)] | None = None
    """Number of looks of gamma_likelihood; more looks, less speckle. Equivalent numbers need not be whole."""
    samples: Annotated[int, Field(ge=100)] = 100_000
    """Training pixels, drawn at random from the training area."""

    @model_validator(mode="after")
    def _check_speckle(self) -> Likelihood:
        for key, value, takers in (
            ("band", self.band, ("gamma_likelihood", "rayleigh_likelihood")),
            ("looks", self.looks, ("gamma_likelihood",)),
        ):
            if value is None and self.architecture in takers:
                raise ValueError(f"architecture is {self.architecture}, which needs {key}; set {key}")
            if value is not None and self.architecture not in takers:
                raise ValueError(
                    f"{key} is {value}, but architecture is {self.architecture}, which has none; remove {key}"
                )
        return self
