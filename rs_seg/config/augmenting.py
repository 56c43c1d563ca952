"""Settings of the augmentation: random changes of training windows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from rs_seg.config.section import Section
from rs_seg.values.band_ranges import BandNames

Probability = Annotated[float, Field(gt=0, le=1)]
Strength = Annotated[float, Field(gt=0, lt=1)]


class RotateConfig(Section):
    """Rotation about the centre of the window."""

    probability: Probability = 0.5
    """Share of windows that are rotated."""
    degrees: Annotated[float, Field(gt=0, le=180)] = 180.0
    """Largest angle, to either side."""


class ShearConfig(Section):
    """Shear along rows and columns."""

    probability: Probability = 0.3
    """Share of windows that are sheared."""
    degrees: Annotated[float, Field(gt=0, le=45)] = 10.0
    """Largest angle, to either side."""


class ElasticConfig(Section):
    """Elastic deformation: points of a coarse grid move at random, and all others with them.

    Source: Ronneberger et al. 2015.
    """

    probability: Probability = 0.3
    """Share of windows that are deformed."""
    displacement: Annotated[float, Field(gt=0, le=256)] = 6.0
    """Standard deviation of the movement of a point of the grid, in pixels; at most an eighth of
    the spacing."""
    spacing: Annotated[float, Field(ge=8, le=4096)] = 64.0
    """Distance of the points of the grid, in pixels, about."""

    @model_validator(mode="after")
    def _check_folds(self) -> ElasticConfig:
        if 8 * self.displacement > self.spacing:
            raise ValueError(
                f"displacement is {self.displacement:g} and spacing {self.spacing:g}: more than "
                f"an eighth of it tears"
                " the window; make spacing larger or displacement smaller"
            )
        return self


class BrightnessConfig(Section):
    """A shift of all bands together."""

    probability: Probability = 0.5
    """Share of windows that are changed."""
    strength: Annotated[float, Field(gt=0)] = 0.2
    """Standard deviation of the shift, in standard deviations of the bands."""


class ContrastConfig(Section):
    """A factor on the distance of all bands from their means over the window."""

    probability: Probability = 0.5
    """Share of windows that are changed."""
    strength: Strength = 0.3
    """Largest relative change: 0.3 draws from 0.7 to 1.3."""


class GammaConfig(Section):
    """A power of the values between the least and greatest of each band and window.

    Source: Isensee et al. 2021.
    """

    probability: Probability = 0.3
    """Share of windows that are changed."""
    strength: Annotated[float, Field(gt=0, le=4)] = 0.3
    """Exponents are drawn from 1 / (1 + strength) to 1 + strength, evenly on a logarithmic scale.
    """


class SaturationConfig(Section):
    """A factor on the distance of the bands of a pixel from their mean; 0 would leave grey."""

    probability: Probability = 0.3
    """Share of windows that are changed."""
    strength: Strength = 0.5
    """Largest relative change: 0.5 draws from 0.5 to 1.5."""


class HueConfig(Section):
    """A rotation of the bands about the axis of grey, which keeps their mean at every pixel."""

    probability: Probability = 0.3
    """Share of windows that are changed."""
    degrees: Annotated[float, Field(gt=0, le=180)] = 20.0
    """Largest angle, to either side."""


class BlurConfig(Section):
    """Gaussian blur."""

    probability: Probability = 0.2
    """Share of windows that are blurred."""
    sigma: Annotated[float, Field(gt=0, le=5)] = 1.5
    """Largest standard deviation of the kernel, in pixels."""


class EraseConfig(Section):
    """Random erasing: a rectangle is set to the means of the bands, like a place without data."""

    probability: Probability = 0.3
    """Share of windows in which a rectangle is erased."""
    share: Strength = 0.2
    """Largest share of the window's area."""
    keep_labels: bool = True
    """Whether the network has to tell the classes under the rectangle from what surrounds it
    (DeVries and Taylor 2017); else its pixels are unlabelled."""


class HazeConfig(Section):
    """Haze: a smooth veil, shaped as plasma, that brightens and takes contrast.

    It follows Koschmieder's law.
    """

    probability: Probability = 0.2
    """Share of windows with haze."""
    strength: Strength = 0.5
    """Greatest opacity of the veil."""


class ShadowConfig(Section):
    """Shadows of clouds: dark patches with soft edges, shaped as plasma."""

    probability: Probability = 0.2
    """Share of windows with shadows."""
    strength: Strength = 0.6
    """Greatest depth: 1 would be black."""


class AugmentConfig(Section):
    """Random changes of training windows; labels move with the pixels. What is null is left out."""

    symmetries: bool = True
    """The eight symmetries of the square (rotations by 90 degrees and flips)."""
    scale: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Largest relative change of scale: 0.2 draws from 0.8 to 1.2; 0: none."""
    gain: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Standard deviation of a random factor per window, the same for all bands. 0.1 prepares a
    network for scenes of other light or another sensor; on ground like that of training it costs
    accuracy."""
    offset: Annotated[float, Field(ge=0)] = 0.0
    """Standard deviation of a random offset per window, in standard deviations of the bands. Bands
    that go together in the batch shift together (Krizhevsky et al. 2012), so that small differences
    between bands stay."""
    noise: Annotated[float, Field(ge=0)] = 0.0
    """Standard deviation of noise per pixel, in standard deviations of the band."""
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of windows that scale, gain, offset and noise change, drawn for each of the four."""
    rotate: RotateConfig | None = None
    """Rotation by any angle; the window is mirrored at its borders."""
    shear: ShearConfig | None = None
    """Shear."""
    elastic: ElasticConfig | None = None
    """Elastic deformation."""
    brightness: BrightnessConfig | None = None
    """Brightness."""
    contrast: ContrastConfig | None = None
    """Contrast."""
    gamma: GammaConfig | None = None
    """Gamma."""
    saturation: SaturationConfig | None = None
    """Saturation; of two bands and more."""
    hue: HueConfig | None = None
    """Hue; of three bands and more."""
    haze: HazeConfig | None = None
    """Haze."""
    shadow: ShadowConfig | None = None
    """Shadows of clouds."""
    blur: BlurConfig | None = None
    """Blur."""
    erase: EraseConfig | None = None
    """Random erasing."""
    dates: Literal["each", "same"] = "each"
    """Whether light, weather and noise are drawn for each date by itself, as they differ outside,
    or are the same for all dates of a window."""
    optical_bands: BandNames | None = None
    """Bands that brightness, contrast, gamma, saturation, hue, haze, shadow and blur change; null:
    all. Leave out heights and radar."""

    @model_validator(mode="after")
    def _check_effect(self) -> AugmentConfig:
        plain = ("scale", "gain", "offset", "noise")
        if self.probability < 1 and not any(getattr(self, name) for name in plain):
            raise ValueError(
                f"probability is {self.probability:g}, but {', '.join(plain)} are all 0: it has "
                f"no effect"
            )
        optical = (
            *("brightness", "contrast", "gamma", "saturation", "hue"),
            *("haze", "shadow", "blur"),
        )
        if self.optical_bands is not None and not any(getattr(self, name) for name in optical):
            raise ValueError(
                f"optical_bands is {', '.join(self.optical_bands)}, but {', '.join(optical)} are "
                f"all null: it has no"
                " effect"
            )
        return self
