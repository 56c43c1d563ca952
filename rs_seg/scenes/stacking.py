"""The bands that the image of a scene has of one source: of its dates, and where it has data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.config import Source
from rs_seg.config.raw_images import RawImage, group_bands
from rs_seg.scenes.measured import typical_values
from rs_seg.scenes.validity import fill_missing
from rs_seg.values import Scene
from rs_seg.values.band_groups import BandGroup

Read = tuple[NDArray[Any], NDArray[np.bool_]]


@dataclass(frozen=True)
class Stack:
    """How the raw rasters of one source become the bands of an image."""

    group: BandGroup
    source: Source
    days: tuple[int, ...] = ()
    """Numbers of the days of its dates, by slots from 1."""

    def join(
        self, parts: Mapping[int, Read], *, shape: tuple[int, int], dtype: np.dtype[Any]
    ) -> Read:
        """Bands of the group (B, H, W) and where the source has data (H, W).

        `parts` are pixels and valid masks by slot. Of a group with dates or of an optional one, all
        bands are 0 where there is no data.
        """
        if not (self.group.slots or self.group.optional):
            pixels, valid = parts[0]
            return pixels.astype(dtype, copy=False), valid
        joined = np.zeros((len(self.group.names), *shape), dtype=dtype)
        anywhere = np.zeros(shape, dtype=bool)
        width = len(self.group.bands) + 1
        for slot, (pixels, valid) in parts.items():
            start = width * max(slot - 1, 0)
            day = self.days[slot - 1] if slot else 1
            np.copyto(joined[start : start + width - 1], pixels, where=valid, casting="unsafe")
            joined[start + width - 1][valid] = day
            anywhere |= valid
        return joined, anywhere

    def summarize(self, joined: NDArray[Any], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Measured bands of one image (B, H, W) for a picture: of dates the median of clear ones.

        Without data, a band is 0, or what the source is filled with.
        """
        measured = len(self.group.bands)
        if not self.group.slots:
            return fill_missing(joined[:measured], valid, self.source).astype(np.float32)
        return typical_values(self.group, joined)


def stack_sources(sources: Mapping[str, Source], scene: Scene) -> dict[str, Stack]:
    """How the rasters of each source of a scene are joined, by its name."""
    return {
        name: Stack(group_bands(name, source), source, scene.days_of(name))
        for name, source in sources.items()
    }


def join_sources(
    stacks: Mapping[str, Stack],
    parts: Mapping[RawImage, Read],
    *,
    shape: tuple[int, int],
    dtype: np.dtype[Any],
) -> list[Read]:
    """Bands and valid mask of each source, from pixels and valid masks of its raw rasters."""
    return [
        stack.join(
            {image.slot: part for image, part in parts.items() if image.source == name},
            shape=shape,
            dtype=dtype,
        )
        for name, stack in stacks.items()
    ]


def stacked_dtype(dtypes: Sequence[np.dtype[Any]], stacks: Mapping[str, Stack]) -> np.dtype[Any]:
    """The type of an image with the values of all rasters and the numbers of its days.

    Types of one byte are widened where there are dates.
    """
    dtype = np.result_type(*dtypes)
    if any(stack.group.slots for stack in stacks.values()) and dtype.itemsize == 1:
        return np.result_type(dtype, np.int16 if dtype.kind == "i" else np.uint16)
    return dtype
