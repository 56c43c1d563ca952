"""Windows in other light, through other air and by another sensor.

Standardised values of any number of bands are changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from kornia.filters import gaussian_blur2d
from torch import Generator, Tensor

from rs_seg.algorithms.training.augmentation import Augmentation, Magnitudes
from rs_seg.algorithms.training.draws import (
    draw_between,
    draw_normal,
    draw_plasma,
    draw_windows_to_change,
    where_chosen,
)

BRIGHT, DARK = 2.0, -2.0
"""The light of haze and the dark of shadows, in standard deviations of a band from its mean."""
SMOOTH, RUGGED = 0.35, 0.55
"""Roughness of the plasma of haze, and of that of clouds that cast shadows."""
COLOURS = 512
"""Pixels of a batch that the covariance of its bands is taken from."""
SOFTNESS = 0.03
"""Width of the edge of a shadow, as a share of the range of the plasma."""

Change = Callable[[Tensor, Tensor, Mapping[str, Any], Generator], Tensor]
"""Changed pixels (N, B, H, W) from pixels, valid (N, 1, H, W), the settings of the change and a
generator."""


def recolour(
    pixels_NBHW: Tensor, valid_NHW: Tensor, settings: Augmentation, *, generator: Generator
) -> Tensor:
    """The pixels with other values: shadow, haze, light, gain and offset, blur, noise, in order.

    What is not valid may come back as anything.
    """
    bands = None if settings.optical is None else list(settings.optical)
    for name, change in CHANGES.items():
        pixels_NBHW = _change(
            pixels_NBHW, valid_NHW, bands, getattr(settings, name), change, generator
        )
    pixels_NBHW = shift_colours(pixels_NBHW, valid_NHW, settings, generator=generator)
    pixels_NBHW = _change(pixels_NBHW, valid_NHW, bands, settings.blur, blur, generator)
    if settings.noise > 0:
        noise_NBHW = draw_normal(*pixels_NBHW.shape, generator=generator)
        chosen = draw_windows_to_change(len(pixels_NBHW), settings.probability, generator)
        pixels_NBHW = where_chosen(chosen, pixels_NBHW + settings.noise * noise_NBHW, pixels_NBHW)
    return pixels_NBHW


def _change(
    pixels_NBHW: Tensor,
    valid_NHW: Tensor,
    bands: list[int] | None,
    magnitudes: Magnitudes,
    change: Change,
    generator: Generator,
) -> Tensor:
    """The pixels with some windows changed, in the bands named or in all."""
    if magnitudes is None:
        return pixels_NBHW
    before = pixels_NBHW if bands is None else pixels_NBHW[:, bands]
    chosen = draw_windows_to_change(len(pixels_NBHW), magnitudes["probability"], generator)
    changed = where_chosen(
        chosen, change(before, valid_NHW[:, None], magnitudes, generator), before
    )
    if bands is None:
        return changed
    pixels_NBHW = pixels_NBHW.clone()
    pixels_NBHW[:, bands] = changed
    return pixels_NBHW


def shift_colours(
    pixels_NBHW: Tensor, valid_NHW: Tensor, settings: Augmentation, *, generator: Generator
) -> Tensor:
    """A factor for all bands of a window, and an offset of each band that follows their covariance.

    Bands of an image go up and down together; what tells roofs from soil are small differences
    between them. Numbers drawn for each band by itself are as large as these differences and hide
    them, so offsets are drawn along the covariance of the bands (Krizhevsky et al. 2012, section
    4.1).
    """
    count = len(pixels_NBHW)
    if settings.gain > 0:
        factors = 1 + settings.gain * draw_normal(count, 1, 1, 1, generator=generator)
        chosen = draw_windows_to_change(count, settings.probability, generator)
        pixels_NBHW = where_chosen(chosen, pixels_NBHW * factors, pixels_NBHW)
    if settings.offset > 0:
        offsets = settings.offset * _draw_alike(pixels_NBHW, valid_NHW, generator)
        chosen = draw_windows_to_change(count, settings.probability, generator)
        pixels_NBHW = where_chosen(chosen, pixels_NBHW + offsets, pixels_NBHW)
    return pixels_NBHW


def _draw_alike(pixels_NBHW: Tensor, valid_NHW: Tensor, generator: Generator) -> Tensor:
    """Normal numbers (N, B, 1, 1) with the covariance of the bands over valid pixels.

    They are 0 without any valid pixel in the batch. A sum of the deviations of pixels from their
    mean, each times an independent normal number, over the root of their number, has the covariance
    of these pixels: no matrix of bands is needed, however many there are.
    """
    places = valid_NHW.nonzero()
    count = len(pixels_NBHW)
    if len(places) == 0:
        return pixels_NBHW.new_zeros(count, pixels_NBHW.shape[1], 1, 1)
    drawn = torch.randint(len(places), (COLOURS,), generator=generator, device=generator.device)
    windows, rows, columns = places[drawn].unbind(dim=1)
    samples_PB = pixels_NBHW[windows, :, rows, columns]
    deviations_PB = samples_PB - samples_PB.mean(dim=0)
    weights_NP = draw_normal(count, COLOURS, generator=generator)
    return (weights_NP @ deviations_PB / math.sqrt(COLOURS))[:, :, None, None]


def cast_shadows(
    pixels: Tensor,
    valid: Tensor,  # noqa: ARG001  # a Change
    settings: Mapping[str, Any],
    generator: Generator,
) -> Tensor:
    """Dark patches with soft edges, as of clouds.

    Patches are where a plasma is below a limit from a fifth to four fifths of its range.
    """
    count, size = len(pixels), pixels.shape[-1]
    plasma = draw_plasma(count, size, RUGGED, generator)
    limits = _per_window(draw_between(count, 0.2, 0.8, generator))
    depths = _per_window(
        draw_between(count, settings["strength"] / 2, settings["strength"], generator)
    )
    opacity: Tensor = depths * torch.sigmoid((limits - plasma) / SOFTNESS)
    return pixels + opacity * (DARK - pixels)


def lay_haze(
    pixels: Tensor,
    valid: Tensor,  # noqa: ARG001  # a Change
    settings: Mapping[str, Any],
    generator: Generator,
) -> Tensor:
    """Light scattered into the view: t x + (1 - t) A, with A bright.

    Koschmieder 1924; He et al. 2011, equation 1.
    """
    count, size = len(pixels), pixels.shape[-1]
    plasma = draw_plasma(count, size, SMOOTH, generator)
    opacity = _per_window(
        draw_between(count, settings["strength"] / 2, settings["strength"], generator)
    )
    opacity = opacity * (1 + plasma) / 2
    return pixels + opacity * (BRIGHT - pixels)


def shift_brightness(
    pixels: Tensor,
    valid: Tensor,  # noqa: ARG001  # a Change
    settings: Mapping[str, Any],
    generator: Generator,
) -> Tensor:
    """One offset for all bands of a window."""
    strength: float = settings["strength"]
    return pixels + strength * draw_normal(len(pixels), 1, 1, 1, generator=generator)


def change_contrast(
    pixels: Tensor, valid: Tensor, settings: Mapping[str, Any], generator: Generator
) -> Tensor:
    """One factor for all bands of a window, about their means over valid pixels."""
    limit = settings["strength"]
    factors = _per_window(draw_between(len(pixels), 1 - limit, 1 + limit, generator))
    numbers = valid.sum(dim=(2, 3), keepdim=True).clamp(min=1)
    means = (pixels * valid).sum(dim=(2, 3), keepdim=True) / numbers
    changed: Tensor = means + factors * (pixels - means)
    return changed


def change_gamma(
    pixels: Tensor, valid: Tensor, settings: Mapping[str, Any], generator: Generator
) -> Tensor:
    """One exponent for all bands of a window, between the least and greatest valid value of each.

    Both stay.
    """
    limit = math.log(1 + settings["strength"])
    exponents = _per_window(draw_between(len(pixels), -limit, limit, generator).exp())
    low = torch.where(valid, pixels, torch.inf).amin(dim=(2, 3), keepdim=True)
    high = torch.where(valid, pixels, -torch.inf).amax(dim=(2, 3), keepdim=True)
    low, span = torch.where(low.isfinite(), low, 0.0), torch.where(high > low, high - low, 1.0)
    return low + span * ((pixels - low) / span).clamp(0, 1) ** exponents


def change_saturation(
    pixels: Tensor,
    valid: Tensor,  # noqa: ARG001  # a Change
    settings: Mapping[str, Any],
    generator: Generator,
) -> Tensor:
    """One factor per window on the distance of each pixel's bands from their mean, which stays."""
    limit = settings["strength"]
    factors = _per_window(draw_between(len(pixels), 1 - limit, 1 + limit, generator))
    grey = pixels.mean(dim=1, keepdim=True)
    changed: Tensor = grey + factors * (pixels - grey)
    return changed


def change_hue(
    pixels: Tensor,
    valid: Tensor,  # noqa: ARG001  # a Change
    settings: Mapping[str, Any],
    generator: Generator,
) -> Tensor:
    """The bands of each window rotated by one angle in a random plane at right angles to grey.

    Of three bands there is one such plane, and the rotation is the usual change of hue; of more
    bands there are many. The mean of a pixel's bands and their distance from it stay.
    """
    count, bands = pixels.shape[:2]
    angles = torch.deg2rad(
        draw_between(count, -settings["degrees"], settings["degrees"], generator)
    )
    first, second = _draw_plane(count, bands, generator)
    # a rotation moves only what lies in its plane: the two coordinates there turn, all else stays
    along = torch.einsum("nb,nbhw->nhw", first, pixels)[:, None]
    across = torch.einsum("nb,nbhw->nhw", second, pixels)[:, None]
    cosines, sines = _per_window(angles.cos() - 1), _per_window(angles.sin())
    first, second = first[:, :, None, None], second[:, :, None, None]
    changed: Tensor = (
        pixels
        + (cosines * along - sines * across) * first
        + (sines * along + cosines * across) * second
    )
    return changed


def _draw_plane(count: int, band_count: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """Two vectors (N, B) of length 1, at right angles to each other and to (1, ..., 1)."""
    first, second = draw_normal(2, count, band_count, generator=generator).unbind()
    first = first - first.mean(dim=1, keepdim=True)
    first = first / first.norm(dim=1, keepdim=True)
    second = second - second.mean(dim=1, keepdim=True)
    second = second - (first * second).sum(dim=1, keepdim=True) * first
    return first, second / second.norm(dim=1, keepdim=True)


def blur(
    pixels: Tensor, valid: Tensor, settings: Mapping[str, Any], generator: Generator
) -> Tensor:
    """A Gaussian mean over valid pixels, whose standard deviation is drawn for each window."""
    sigmas = draw_between(len(pixels), 0.1, max(0.1, settings["sigma"]), generator)[:, None].expand(
        -1, 2
    )
    kernel = 2 * math.ceil(3 * settings["sigma"]) + 1
    weights = valid.to(pixels.dtype)
    both: Tensor = gaussian_blur2d(
        torch.cat([pixels * weights, weights], dim=1), (kernel, kernel), sigmas
    )
    return both[:, :-1] / both[:, -1:].clamp(min=1e-6)


def _per_window(numbers_N: Tensor) -> Tensor:
    return numbers_N[:, None, None, None]


CHANGES: dict[str, Change] = {
    "shadow": cast_shadows,
    "haze": lay_haze,
    "brightness": shift_brightness,
    "contrast": change_contrast,
    "gamma": change_gamma,
    "saturation": change_saturation,
    "hue": change_hue,
}
"""Changes of light and air by the name of their settings, in the order in which they happen."""
