"""Pictures for people, as arrays of red, green, blue and alpha (H, W, 4), each 0 to 255."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rs_seg.values.probabilities import FULL, NODATA

Picture = NDArray[np.uint8]


def stretch_bands(
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    *,
    ranges: Sequence[tuple[float, float]] | None = None,
) -> Picture:
    """The first three bands (B, H, W) as red, green, blue.

    Where there are fewer, the first alone as grey. Each is stretched from its 2nd to its 98th
    percentile over valid pixels, or over its range in `ranges`; pixels that are not valid are
    transparent.
    """
    ranges = percentile_ranges(pixels, valid) if ranges is None else ranges
    channels = [_stretch(band, *limits) for band, limits in zip(pixels, ranges, strict=False)]
    colors = channels if len(channels) == 3 else channels * 3
    return np.stack([*colors, np.where(valid, np.uint8(255), np.uint8(0))], axis=-1)


def color_indices(indices: NDArray[np.integer], colors: Sequence[tuple[int, int, int]]) -> Picture:
    """The map of class indices (H, W) in the colours of the classes; below 0 is transparent."""
    table = np.array([*((*color, 255) for color in colors), (0, 0, 0, 0)], dtype=np.uint8)
    return table[np.where(indices < 0, len(colors), indices)]


def color_shares(shares: NDArray[np.uint8], *, ramp: str) -> Picture:
    """The quantised shares (H, W), 0..254, in a ramp of colours of matplotlib.

    Nodata is transparent.
    """
    import matplotlib as mpl  # here, because pictures of most jobs have no ramp

    table = mpl.colormaps[ramp](np.arange(256) / FULL, bytes=True)
    table[NODATA] = 0
    picture: Picture = table[shares]
    return picture


def shrink(picture: Picture, *, size: int) -> Picture:
    """The picture with a longer side of at most `size` pixels; colours are averaged."""
    height, width = picture.shape[:2]
    factor = size / max(height, width)
    if factor >= 1:
        return picture
    shape = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(Image.fromarray(picture).resize(shape, Image.Resampling.BOX))


def round_length(length: float) -> float:
    """The greatest 1, 2 or 5 times a power of ten up to `length` (> 0): for a scale bar."""
    power = 10.0 ** np.floor(np.log10(length))
    return float(next(step * power for step in (5, 2, 1) if step * power <= length * (1 + 1e-9)))


def percentile_ranges(pixels: NDArray[Any], valid: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """The 2nd and 98th percentile over valid pixels of the bands (B, H, W) that a picture shows.

    These are the first three, or the first alone where there are fewer. (0, 1) for every band where
    no pixel is valid.
    """
    shown = pixels[:3] if len(pixels) >= 3 else pixels[:1]
    if not valid.any():
        return [(0.0, 1.0)] * len(shown)
    values = shown[:, valid].astype(np.float64)
    return [(float(low), float(high)) for low, high in np.percentile(values, (2, 98), axis=1).T]


def _stretch(band: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    scaled = np.nan_to_num((band.astype(np.float64) - low) / max(high - low, 1e-12))
    return np.rint(np.clip(scaled, 0, 1) * 255).astype(np.uint8)
