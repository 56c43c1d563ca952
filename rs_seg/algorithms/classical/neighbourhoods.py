"""Local windows whose results do not depend on where a tile begins.

Sums are made anew at each pixel, never carried on.

Windows are squares. Beyond the array they see its mirror image, edge pixels first twice. NaN marks
invalid pixels: they contribute nothing, and stay NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from rs_seg.algorithms.classical.cooccurrence import local_glcm
from rs_seg.algorithms.classical.orientation import local_hog
from rs_seg.algorithms.classical.speckle import lee, refined_lee
from rs_seg.values.formula import GLCM

Values = NDArray[np.float64]
MIRROR = "reflect"
"""What scipy calls d c b a | a b c d | d c b a."""


def local_mean(values: Values, size: int) -> Values:
    """Mean of the valid pixels (H, W) in the window of each valid pixel."""
    valid = ~np.isnan(values)
    return _mean(np.where(valid, values, 0), valid, size)


def local_gauss(values: Values, size: int) -> Values:
    """Mean (H, W) of the valid pixels in the window of each valid pixel, weighted by a Gaussian.

    Its standard deviation is a quarter of the window, which so ends at two of them.
    """
    valid = ~np.isnan(values)
    return np.where(valid, _gauss(np.where(valid, values, 0), valid, size), np.nan)


def local_gradient(values: Values, size: int) -> Values:
    """Slope per pixel (H, W): the length of the gradient of a plane fitted to the window.

    Weighted as `gauss`.

    Invalid pixels count as the weighted mean of the valid ones of the window. Canny 1986
    (derivatives of a Gaussian).
    """
    valid = ~np.isnan(values)
    filled = np.where(valid, values, 0)
    mean = _gauss(filled, valid, size)
    weights, offsets = _bell(size), np.arange(size) - size // 2
    ramp = weights * offsets / (weights @ offsets**2) / weights.sum()
    rows, columns = (
        _correlate(filled, *kernels) - mean * _missing_lever(valid, *kernels)
        for kernels in ((ramp, weights), (weights, ramp))
    )
    return np.where(valid, np.hypot(rows, columns), np.nan)


def local_std(values: Values, size: int) -> Values:
    """Standard deviation (H, W) of the valid pixels in the window of each valid pixel.

    The plainest measure of texture.

    Haralick et al. 1973 (their f4, variance, is that of a co-occurrence matrix).
    """
    valid = ~np.isnan(values)
    filled = np.where(valid, values, 0)
    variance = _mean(filled**2, valid, size) - _mean(filled, valid, size) ** 2
    return np.asarray(np.sqrt(np.maximum(variance, 0)))


def local_range(values: Values, size: int) -> Values:
    """Greatest less least of the valid pixels (H, W) in the window of each valid pixel."""
    valid = ~np.isnan(values)
    return np.where(valid, _highest(values, valid, size) - _lowest(values, valid, size), np.nan)


def grey_opening(values: Values, size: int) -> Values:
    """The lower envelope (H, W) that windows reach from below.

    What is narrower than `size` pixels is taken away.

    Never above the values; of a surface model with buildings and trees, the ground. Serra 1982,
    chapter XII.
    """
    valid = ~np.isnan(values)
    lowest = _lowest(values, valid, size)
    return np.where(valid, _highest(lowest, valid, size), np.nan)


LOCAL: dict[str, Callable[..., Values]] = {
    "mean": local_mean,
    "gauss": local_gauss,
    "gradient": local_gradient,
    "std": local_std,
    "range": local_range,
    "opening": grey_opening,
    **{measure: partial(local_glcm, measure=measure) for measure in GLCM},
    "hog": local_hog,
    "lee": lee,
    "refined_lee": refined_lee,
}
"""Values (H, W), size of the window and, where a function takes them, numbers to values (H, W)."""


def _mean(filled: Values, valid: NDArray[np.bool_], size: int) -> Values:
    counts = (
        np.float64(size * size)
        if valid.all()
        else np.maximum(_sum(valid.astype(np.float64), size), 1)
    )
    return np.where(valid, _sum(filled, size) / counts, np.nan)


def _sum(values: Values, size: int) -> Values:
    ones = np.ones(size)
    return _correlate(values, ones, ones)


def _bell(size: int) -> Values:
    return np.asarray(np.exp(-0.5 * ((np.arange(size) - size // 2) / (size / 4)) ** 2))


def _gauss(filled: Values, valid: NDArray[np.bool_], size: int) -> Values:
    """Weighted mean of the valid pixels; where there is none, anything finite."""
    weights = _bell(size)
    if valid.all():
        # the sum of the weights as the filter rounds it: a tile without invalid pixels gives the
        # same bits
        shares = _correlate(np.ones((1, 1)), weights, weights)
    else:
        shares = np.maximum(
            _correlate(valid.astype(np.float64), weights, weights), np.finfo(np.float64).tiny
        )
    return _correlate(filled, weights, weights) / shares


def _missing_lever(valid: NDArray[np.bool_], along_rows: Values, along_columns: Values) -> Values:
    """The slope that the valid pixels of a window would have if all had the value 1.

    Exactly 0 where none is missing.
    """
    if valid.all():
        return np.zeros((1, 1))
    return _correlate(valid.astype(np.float64), along_rows, along_columns)


def _correlate(values: Values, along_rows: Values, along_columns: Values) -> Values:
    """Sums weighted by a kernel for each axis."""
    rows: Any = ndimage.correlate1d(values, along_rows, axis=0, mode=MIRROR)
    return np.asarray(ndimage.correlate1d(rows, along_columns, axis=1, mode=MIRROR))


def _lowest(values: Values, valid: NDArray[np.bool_], size: int) -> Values:
    return np.asarray(
        ndimage.minimum_filter(np.where(valid, values, np.inf), size=size, mode=MIRROR)
    )


def _highest(values: Values, valid: NDArray[np.bool_], size: int) -> Values:
    return np.asarray(
        ndimage.maximum_filter(np.where(valid, values, -np.inf), size=size, mode=MIRROR)
    )
