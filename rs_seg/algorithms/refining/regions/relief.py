"""The gradient of an image, which regions end at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

SOBEL_SCALE = 8
"""What a Sobel filter makes of a slope of one per pixel."""


def fill_missing(bands: NDArray[np.floating], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Bands (B, H, W) with the values of the nearest `valid` pixels in all others.

    0 if no pixel is valid.

    What has no data is then no edge.
    """
    filled = np.nan_to_num(bands.astype(np.float32, copy=False))
    if valid.all():
        return filled
    if not valid.any():
        return np.zeros_like(filled)
    rows, columns = ndimage.distance_transform_edt(
        ~valid, return_distances=False, return_indices=True
    )
    nearest: NDArray[np.float32] = filled[:, rows, columns]
    return nearest


def band_gradients(bands: NDArray[np.floating], *, smoothing: float) -> NDArray[np.float32]:
    """Length of the gradient of each band (B, H, W), per pixel.

    The image is smoothed by a Gaussian of the deviation `smoothing`.

    Source: Sobel and Feldman 1968.
    """
    gradients = np.empty(bands.shape, dtype=np.float32)
    for band, target in zip(bands, gradients, strict=True):
        smooth = ndimage.gaussian_filter(band, smoothing, mode="nearest") if smoothing > 0 else band
        down, right = (ndimage.sobel(smooth, axis=axis, mode="nearest") for axis in (0, 1))
        np.hypot(down, right, out=target)
    return gradients / np.float32(SOBEL_SCALE)


def gradient(bands: NDArray[np.floating], *, smoothing: float, combine: str) -> NDArray[np.float32]:
    """One gradient (H, W) of all bands: the `maximum` over them or their Euclidean `norm`."""
    gradients = band_gradients(bands, smoothing=smoothing)
    combined: NDArray[np.float32] = (
        gradients.max(axis=0) if combine == "maximum" else np.linalg.norm(gradients, axis=0)
    )
    return combined
