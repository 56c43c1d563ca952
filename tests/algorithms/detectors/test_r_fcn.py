"""What R-FCN and its relatives pool from regions, against plain loops."""

from __future__ import annotations

import numpy as np
import torch
from torchvision.ops import roi_align

from rs_seg.algorithms.detectors.r_fcn import pool_parts

REGIONS = np.array([[3.0, 2.0, 19.0, 23.0], [0.4, 5.2, 30.9, 9.7], [10.0, 10.0, 12.0, 12.0]])
PARTS, SCALE = 3, 0.5


def maps(channels: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(channels, 14, 17))


def pool_by_loops(values: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Position-sensitive pooling: part (i, j) of a region is a mean of its own map (equation 1)."""
    left, top, right, bottom = np.floor(region * SCALE + 0.5)
    height, width = max(bottom - top, 1) / PARTS, max(right - left, 1) / PARTS
    pooled = np.zeros((len(values) // PARTS**2, PARTS, PARTS))
    for channel, row, column in np.ndindex(*pooled.shape):
        rows = slice(int(top + np.floor(row * height)), int(top + np.ceil((row + 1) * height)))
        columns = slice(
            int(left + np.floor(column * width)), int(left + np.ceil((column + 1) * width))
        )
        own = values[(channel * PARTS + row) * PARTS + column, rows, columns]
        pooled[channel, row, column] = own.mean()
    return pooled


def test_position_sensitive_pooling_is_the_loop():
    """Of regions up to the last row and column of the maps as well."""
    values = maps(2 * PARTS**2)
    regions = np.vstack([REGIONS, [[20.0, 8.0, 34.0, 28.0]]])
    pooled = pool_parts(
        torch.from_numpy(values)[None], [torch.from_numpy(regions)], parts=PARTS, stride=2
    )
    wanted = [pool_by_loops(values, region) for region in regions]
    np.testing.assert_allclose(pooled.numpy(), wanted, atol=1e-12)


def interpolate(values_HW: np.ndarray, y: float, x: float) -> float:
    """Between the middles of pixels; beyond the outermost middles they go on."""
    height, width = values_HW.shape
    if y < -1 or y > height or x < -1 or x > width:
        return 0.0
    y, x = max(y, 0.0), max(x, 0.0)
    top, left = min(int(y), height - 1), min(int(x), width - 1)
    below, right = min(top + 1, height - 1), min(left + 1, width - 1)
    down = y - top if top < height - 1 else 0.0
    across = x - left if left < width - 1 else 0.0
    upper = values_HW[top, left] * (1 - across) + values_HW[top, right] * across
    lower = values_HW[below, left] * (1 - across) + values_HW[below, right] * across
    return float(upper * (1 - down) + lower * down)


def test_aligned_pooling_is_the_loop():
    """The mean of 2 x 2 places in each part, half a pixel off since pixels are areas."""
    values = maps(2)
    rois = torch.from_numpy(np.column_stack([np.zeros(len(REGIONS)), REGIONS]))
    pooled = roi_align(
        torch.from_numpy(values)[None], rois, PARTS, SCALE, sampling_ratio=2, aligned=True
    )
    wanted = np.zeros((len(REGIONS), 2, PARTS, PARTS))
    for index, channel, row, column in np.ndindex(*wanted.shape):
        left, top, right, bottom = REGIONS[index] * SCALE - 0.5
        height, width = (bottom - top) / PARTS, (right - left) / PARTS
        wanted[index, channel, row, column] = np.mean(
            [
                interpolate(
                    values[channel],
                    top + (row + down) * height,
                    left + (column + across) * width,
                )
                for down in (0.25, 0.75)
                for across in (0.25, 0.75)
            ]
        )
    np.testing.assert_allclose(pooled.numpy(), wanted, atol=1e-12)
