"""Windows of several dates in other light: each date has its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from torch import Generator, Tensor

from rs_seg.algorithms.networks.presence import PRESENT
from rs_seg.algorithms.training.augmentation import Augmentation
from rs_seg.algorithms.training.recolouring import CHANGES, recolour


def recolour_dates(
    pixels_NBHW: Tensor, valid_NHW: Tensor, settings: Augmentation, *, generator: Generator
) -> Tensor:
    """The pixels with other values, which each date has by itself; see `recolour`.

    Bands that are lit together with none, such as days, stay as they are.
    """
    if not settings.lit_together:
        return recolour(pixels_NBHW, valid_NHW, settings, generator=generator)
    changed_NBHW = pixels_NBHW.clone()
    for bands, telling in settings.lit_together:
        shown = valid_NHW if telling is None else valid_NHW & (pixels_NBHW[:, telling] > PRESENT)
        changed_NBHW[:, bands] = recolour(
            pixels_NBHW[:, bands], shown, _settings_of(settings, bands), generator=generator
        )
    return changed_NBHW


def _settings_of(settings: Augmentation, bands: Sequence[int]) -> Augmentation:
    """The settings for some of the bands, which may be too few for some changes."""
    optical = [
        place
        for place, band in enumerate(bands)
        if settings.optical is None or band in settings.optical
    ]
    fewest = dict.fromkeys((*CHANGES, "blur"), 1) | {"saturation": 2, "hue": 3}
    left_out: dict[str, Any] = {
        name: None for name, number in fewest.items() if len(optical) < number
    }
    return replace(settings, optical=optical, **left_out)
