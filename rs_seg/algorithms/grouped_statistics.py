"""Band statistics of images with several dates or optional sources, from streamed pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.statistics import BandAccumulator
from rs_seg.values.band_groups import BandGroup, positions_of
from rs_seg.values.statistics import BandFigures


class GroupAccumulator:
    """Statistics of the bands of each group, over all its dates and without missing pixels.

    `groups` are those of the images, in their order.
    """

    def __init__(self, groups: Sequence[BandGroup], *, stride: int = 1) -> None:
        self._groups = groups
        self._places = positions_of(groups)
        self._parts = {
            group.source: BandAccumulator(len(group.bands), stride=stride) for group in groups
        }
        self._days = dict.fromkeys(self._parts, 0.0)
        self.pixels = 0

    def feed(self, pixels: NDArray[Any], valid: NDArray[np.bool_]) -> None:
        """Take in the valid pixels of a part: (B, H, W) and (H, W)."""
        self.pixels += int(np.count_nonzero(valid))
        for group in self._groups:
            own = pixels[self._places[group.source].start : self._places[group.source].stop]
            width = len(group.bands) + int(bool(group.slots) or group.optional)
            for start in range(0, len(own), width):
                held = valid
                if width > len(group.bands):
                    held = valid & (own[start + width - 1] > 0)
                    self._note_days(group, own[start + width - 1])
                self._parts[group.source].feed(own[start : start + len(group.bands)], held)

    def _note_days(self, group: BandGroup, days: NDArray[Any]) -> None:
        self._days[group.source] = max(self._days[group.source], float(days.max(initial=0)))

    def name_figures(self) -> tuple[BandFigures, ...]:
        """Figures of all bands of an image, in their order; a source without any pixel has 0 and 1.

        So have days and what says where a source is, with their least and greatest values.
        """
        return tuple(figures for group in self._groups for figures in self._figures_of(group))

    def means(self) -> dict[str, float]:
        """The mean of each band that has one, by its name without date."""
        return {
            band: float(mean)
            for group in self._groups
            if self._parts[group.source].pixels
            for band, mean in zip(group.bands, self._parts[group.source].finish().mean, strict=True)
        }

    def _figures_of(self, group: BandGroup) -> list[BandFigures]:
        part = self._parts[group.source]
        measured = [(0.0, 1.0, 0.0, 0.0, 0.0, 0.0)] * len(group.bands)
        if part.pixels:
            figures = part.finish()
            columns = (
                *(figures.mean, figures.std, figures.low, figures.high, figures.p2, figures.p98),
            )
            measured = list(zip(*(column.tolist() for column in columns), strict=True))
        latest = self._days[group.source]
        marked = [(0.0, 1.0, 0.0, latest, 0.0, latest)] if len(group.names) > len(measured) else []
        values = [*measured, *marked] * max(1, group.slots)
        return [
            BandFigures(name=name, mean=mean, std=std, min=low, max=high, p2=p2, p98=p98)
            for name, (mean, std, low, high, p2, p98) in zip(group.names, values, strict=True)
        ]
