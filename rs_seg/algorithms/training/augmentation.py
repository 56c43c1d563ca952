"""Which random changes training windows go through, as a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Magnitudes = Mapping[str, Any] | None
"""The settings of one kind of change, of which `probability` is one; None: it is left out."""


@dataclass(frozen=True)
class Augmentation:
    """Which changes are made, and how large; see the configuration of `train.augment`."""

    symmetries: bool = True
    scale: float = 0.0
    gain: float = 0.0
    offset: float = 0.0
    noise: float = 0.0
    probability: float = 1.0
    rotate: Magnitudes = None
    shear: Magnitudes = None
    elastic: Magnitudes = None
    brightness: Magnitudes = None
    contrast: Magnitudes = None
    gamma: Magnitudes = None
    saturation: Magnitudes = None
    hue: Magnitudes = None
    haze: Magnitudes = None
    shadow: Magnitudes = None
    blur: Magnitudes = None
    erase: Magnitudes = None
    fixed: Sequence[int] = ()
    """Positions of bands that measure nothing, such as days: they only move with the others."""
    lit_together: Sequence[tuple[Sequence[int], int | None]] = ()
    """Positions of bands that are recoloured with the same draws, and of the band that says where
    they are (None: everywhere), for each date; none: all bands together."""
    optical: Sequence[int] | None = None
    """Positions of the bands that light, weather and blur change; None: all."""

    @property
    def warps(self) -> bool:
        """Whether windows are resampled."""
        return self.scale > 0 or any(
            change is not None for change in (self.rotate, self.shear, self.elastic)
        )
