"""What a detector takes from the sizes of its training objects, before it is built."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

Floats = NDArray[np.float64]
FINEST, COARSEST = 2, 32
"""Strides that objects are looked for at. None is coarser than 32: tiles begin at multiples of 32,
so that a place gives the same features in every tile."""
CENTRE_STRIDES = (2, 4)
"""Strides of the centre detector above 1."""
CELLS = 6
"""Objects of up to so many cells of a level, along the root of their area, belong to it: of a level
of stride 4 from 12 to 24 pixels."""
SHAPES = 3
"""Anchors of each cell."""
RATIOS = (1.0, 0.5, 2.0)
"""Height by width of anchors that stand in for objects that are missing."""
CHANNELS = 64
"""Channels of the pyramid of features, where the papers have 256: windows of a few classes of
ground need fewer, and with them a step of training on two cores takes 1 to 4 seconds."""
SMALL_SHARE = 0.1
"""Share of objects that must be small to be worth a level of their own."""


def plan_sizes(sizes_M2: Floats, *, class_count: int, window: int) -> dict[str, Any]:  # noqa: ARG001
    """Longest side of all objects and the typical width and height, in pixels."""
    typical = np.exp(np.log(sizes_M2).mean(axis=0))
    return {
        "largest": round(float(sizes_M2.max()), 2),
        "typical": [round(float(side), 2) for side in typical],
    }


def plan_centre(sizes_M2: Floats, *, class_count: int, window: int) -> dict[str, Any]:
    """As `plan_sizes`, and the `stride` of the rasters: 1, 2 or 4 pixels.

    The coarsest at which nine tenths of the objects have `CELLS` cells or more along the root of
    their area.
    """
    small = np.quantile(np.sqrt(sizes_M2.prod(axis=1)), SMALL_SHARE)
    stride = max([1, *(stride for stride in CENTRE_STRIDES if small >= CELLS * stride)])
    return {**plan_sizes(sizes_M2, class_count=class_count, window=window), "stride": stride}


def plan_levels(
    sizes_M2: Floats, *, class_count: int, window: int, finest: int = FINEST
) -> dict[str, Any]:
    """Strides of the levels that objects are looked for at, and the anchors of each.

    `anchors` are widths and heights in pixels, the same number at each level: the middles of the
    groups that the logarithms of the sizes form (k-means from quantiles of the area, as Redmon and
    Farhadi 2017 do, YOLO9000, section 2). The finest stride is 2 if a tenth of the objects are
    smaller than 12 pixels, otherwise 4. `largest` and `typical` are as `plan_sizes` has them.
    """
    extents = np.sqrt(sizes_M2.prod(axis=1))
    if np.quantile(extents, SMALL_SHARE) >= CELLS * finest:
        finest = max(finest, 2 * FINEST)
    strides = [2**power for power in range(1, 6) if finest <= 2**power <= COARSEST]
    levels = level_of(extents, strides)
    return {
        **plan_sizes(sizes_M2, class_count=class_count, window=window),
        "channels": CHANNELS,
        "strides": strides,
        "anchors": [
            _choose_anchors(sizes_M2[levels == level], stride)
            for level, stride in enumerate(strides)
        ],
    }


plan_coarse_levels = partial(plan_levels, finest=2 * FINEST)
"""Levels for detectors without a pyramid: features of a stride of 2 are one convolution deep."""


def level_of(extents: Floats, strides: Sequence[int]) -> NDArray[np.int64]:
    """The level (M,) of objects from the roots of their areas (M,) in pixels."""
    return np.searchsorted(np.array(strides[:-1]) * CELLS, extents, side="right")


def _choose_anchors(sizes_M2: Floats, stride: int) -> list[list[float]]:
    distinct = np.unique(sizes_M2.round(2), axis=0)
    if len(distinct) < SHAPES:
        extent = np.sqrt(np.median(distinct.prod(axis=1))) if len(distinct) else stride * CELLS / 2
        ratios = np.array(RATIOS)
        shapes = extent * np.stack([1 / np.sqrt(ratios), np.sqrt(ratios)], axis=1)
    else:
        shapes = np.exp(_group(np.log(sizes_M2), np.log(distinct)))
    return [[round(float(side), 2) for side in shape] for shape in shapes]


def _group(logs_M2: Floats, distinct_D2: Floats) -> Floats:
    """The middles (SHAPES, 2) of groups, from small to large."""
    order = np.argsort(distinct_D2.sum(axis=1), kind="stable")
    places = (np.arange(SHAPES) + 0.5) / SHAPES * len(order)
    seeds = distinct_D2[order[places.astype(int)]]
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        # it warns of a group that loses all of its members, which keeps its middle
        middles, _ = kmeans2(logs_M2, seeds, iter=50, minit="matrix", missing="warn")
    return np.asarray(middles, dtype=np.float64)
