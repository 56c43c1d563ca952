"""Test-time augmentation: the mean over turned, mirrored and resized views of a tile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.prediction.engine import Forward

Symmetries = Literal["none", "flips", "all"]
Tensor4 = NDArray[np.float32]

HALF = np.float32(0.499)
"""Half of the weights, but for rounding: the same pixels are valid however the tile is turned."""


class Symmetry(NamedTuple):
    """One of the eight symmetries of the square: flips, then the exchange of rows and columns."""

    flip_rows: bool
    flip_columns: bool
    transpose: bool

    def apply(self, tile_NCHW: Tensor4) -> Tensor4:
        """The tile in this view; its sides are exchanged where rows and columns are."""
        flipped = tile_NCHW[:, :, :: -1 if self.flip_rows else 1, :: -1 if self.flip_columns else 1]
        return flipped.swapaxes(2, 3) if self.transpose else flipped

    def undo(self, view_NCHW: Tensor4) -> Tensor4:
        """The tile whose view this is."""
        turned = view_NCHW.swapaxes(2, 3) if self.transpose else view_NCHW
        return turned[:, :, :: -1 if self.flip_rows else 1, :: -1 if self.flip_columns else 1]


_BOTH = (False, True)
SYMMETRIES: dict[Symmetries, tuple[Symmetry, ...]] = {
    "none": (Symmetry(False, False, False),),
    "flips": tuple(Symmetry(rows, columns, False) for rows in _BOTH for columns in _BOTH),
    "all": tuple(
        Symmetry(rows, columns, turned) for turned in _BOTH for rows in _BOTH for columns in _BOTH
    ),
}


def augment_forward(
    forward: Forward, *, symmetries: Symmetries, scales: Sequence[float], multiple: int
) -> Forward:
    """A forward that returns the mean over all views of its tiles.

    It is `forward` itself where there is only one view. Each scale is seen in each symmetry.
    Resized tiles have sides that are multiples of `multiple`. Resampling is bilinear and takes
    valid pixels only; a resized pixel is valid where half of the weights are those of valid pixels.
    Where a scale has no valid pixel near, the other scales decide. Symmetries that agree give their
    own values, to the bit. Where `forward` takes tiles of one shape only, they must be square, and
    scales 1.
    """
    assert scales
    assert all(scale > 0 for scale in scales)
    symmetric = _over_symmetries(forward, SYMMETRIES[symmetries])
    return symmetric if tuple(scales) == (1.0,) else _over_scales(symmetric, scales, multiple)


def _over_symmetries(forward: Forward, views: tuple[Symmetry, ...]) -> Forward:
    if len(views) == 1:
        return forward

    def symmetric(pixels_NBHW: Tensor4) -> Tensor4:
        # A running mean: where views agree the difference is 0, and their values stay to the bit.
        # A sum divided by the number of views would round.
        mean_NKHW: Tensor4 = forward(pixels_NBHW).copy()
        for number, view in enumerate(views[1:], start=2):
            seen_NKHW = view.undo(forward(np.ascontiguousarray(view.apply(pixels_NBHW))))
            mean_NKHW += (seen_NKHW - mean_NKHW) / np.float32(number)
        return mean_NKHW

    return symmetric


def _over_scales(forward: Forward, scales: Sequence[float], multiple: int) -> Forward:
    def multiscale(pixels_NBHW: Tensor4) -> Tensor4:
        height, width = pixels_NBHW.shape[2:]
        valid_N1HW = np.logical_not(np.isnan(pixels_NBHW).any(axis=1, keepdims=True))
        mean_NKHW: Tensor4 | None = None
        count_N1HW = np.zeros(valid_N1HW.shape, dtype=np.float32)
        for scale in scales:
            size = (
                (height, width)
                if scale == 1
                else tuple(_scaled(side, scale, multiple) for side in (height, width))
            )
            seen_NKHW, weight_N1HW = _forward_resized(
                forward, pixels_NBHW, valid_N1HW, (size[0], size[1])
            )
            mean_NKHW = np.zeros_like(seen_NKHW) if mean_NKHW is None else mean_NKHW
            # Weights are 0 or 1: where no scale has told anything yet, the mean stays 0.
            count_N1HW += weight_N1HW
            mean_NKHW += (seen_NKHW - mean_NKHW) * (weight_N1HW / np.maximum(count_N1HW, 1))
        assert mean_NKHW is not None
        return np.where(count_N1HW > 0, mean_NKHW, np.float32(1 / mean_NKHW.shape[1]))

    return multiscale


def _forward_resized(
    forward: Forward, pixels_NBHW: Tensor4, valid_N1HW: NDArray[np.bool_], size: tuple[int, int]
) -> tuple[Tensor4, Tensor4]:
    """Probabilities of the tile resized to `size` and back, and where (1, else 0) they hold."""
    if size == pixels_NBHW.shape[2:]:
        return forward(pixels_NBHW), np.ones(valid_N1HW.shape, dtype=np.float32)
    resized_NBHW, share_N1HW = _resample(pixels_NBHW, valid_N1HW, size)
    seen_N1HW = share_N1HW >= HALF
    probabilities_NKHW = forward(np.where(seen_N1HW, resized_NBHW, np.float32(np.nan)))
    back_NKHW, share_N1HW = _resample(
        probabilities_NKHW, seen_N1HW, (pixels_NBHW.shape[2], pixels_NBHW.shape[3])
    )
    sums_N1HW = back_NKHW.sum(axis=1, keepdims=True)
    normalised_NKHW = np.divide(back_NKHW, sums_N1HW, out=back_NKHW, where=sums_N1HW > 0)
    return normalised_NKHW, (share_N1HW > 0).astype(np.float32)


def _resample(
    values_NCHW: Tensor4, valid_N1HW: NDArray[np.bool_], size: tuple[int, int]
) -> tuple[Tensor4, Tensor4]:
    """Bilinear means of the valid pixels, 0 where none is near; and the share of valid weights."""
    # Invalid pixels are 0 in values and weights, so the quotient is a mean of the valid ones alone,
    # and NaN does not spread.
    sums_NCHW = _interpolate(np.where(valid_N1HW, values_NCHW, np.float32(0)), size)
    share_N1HW = _interpolate(valid_N1HW.astype(np.float32), size)
    return np.divide(
        sums_NCHW, share_N1HW, out=np.zeros_like(sums_NCHW), where=share_N1HW > 0
    ), share_N1HW


def _interpolate(values_NCHW: Tensor4, size: tuple[int, int]) -> Tensor4:
    """Bilinear interpolation; pixels are areas, so that the corners of both images coincide."""
    for axis, length in zip((2, 3), size, strict=True):
        last = values_NCHW.shape[axis] - 1
        places = np.clip((np.arange(length) + 0.5) * ((last + 1) / length) - 0.5, 0, last)
        before = np.floor(places).astype(np.intp)
        after = np.minimum(before + 1, last)
        share = (places - before).astype(np.float32).reshape((-1, 1) if axis == 2 else (-1,))
        values_NCHW = (
            values_NCHW.take(before, axis) * (1 - share) + values_NCHW.take(after, axis) * share
        )
    return values_NCHW


def _scaled(length: int, scale: float, multiple: int) -> int:
    return max(1, round(length * scale / multiple)) * multiple
