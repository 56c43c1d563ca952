"""What the detectors of the textbook take from the sizes of their training objects."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

from rs_seg.algorithms.detectors.levels import CHANNELS, plan_sizes

Floats = NDArray[np.float64]
PRIORS = 5
"""Sizes of boxes of each cell of YOLO (Redmon and Farhadi 2017, YOLO9000, section 2)."""
ANCHORS = 9
"""Anchors of each place of R-FCN (Ren et al. 2015, Faster R-CNN, section 3.1.1)."""
CELLS, FEWEST_PIXELS = 7, 8
"""Cells along a window of YOLO v1 as published, and pixels of the side of the smallest cell."""
WIDTH = 16
"""Channels of the first layer of YOLO v1, where the paper has 64: training on two cores."""
DROPOUT = 0.0
"""Of the layer in front of the grid: the paper's half is for 4,096 values, this is for 1,024, which
learn half as fast with it."""
FINE, COARSE = 4, 8
"""Strides of features, for objects smaller and larger than SMALL_OBJECT."""
SMALL_OBJECT = 16.0
"""Pixels of the root of the area."""
LARGEST_OF_SCALE = 40.0
"""Pixels that OverFeat looks at in one square without what lies beside the object."""
MOST_SCALES = 4


def plan_yolo(sizes_M2: Floats, *, class_count: int, window: int) -> dict[str, Any]:
    """Sizes of the boxes of a cell, and the cell: 4 pixels for small objects, otherwise 8."""
    return {
        **plan_sizes(sizes_M2, class_count=class_count, window=window),
        "channels": CHANNELS,
        "stride": _choose_stride(sizes_M2),
        "priors": group_sizes(sizes_M2, PRIORS),
    }


def plan_r_fcn(sizes_M2: Floats, *, class_count: int, window: int) -> dict[str, Any]:
    """Anchors of one level, and its stride: 4 pixels for small objects, otherwise 8."""
    return {
        **plan_sizes(sizes_M2, class_count=class_count, window=window),
        "channels": CHANNELS,
        "stride": _choose_stride(sizes_M2),
        "anchors": group_sizes(sizes_M2, ANCHORS),
    }


def plan_yolo_v1(sizes_M2: Floats, *, class_count: int, window: int) -> dict[str, Any]:
    """The square that is looked at, and cells along it: 7, or more where objects are smaller.

    A cell has one object, so that cells are about as large as a typical one, from 8 pixels on.
    """
    sizes = plan_sizes(sizes_M2, class_count=class_count, window=window)
    wanted = round(window / float(np.sqrt(np.prod(sizes["typical"]))))
    most = max(1, window // FEWEST_PIXELS)
    return {
        **sizes,
        "window": window,
        "cells": min(most, max(CELLS, wanted)),
        "width": WIDTH,
        "dropout": DROPOUT,
    }


def plan_overfeat(sizes_M2: Floats, *, class_count: int, window: int) -> dict[str, Any]:
    """The scales at which every object fits into the square that is looked at: 1, 2, 4 or 8."""
    sizes = plan_sizes(sizes_M2, class_count=class_count, window=window)
    scales = [1]
    while sizes["largest"] / scales[-1] > LARGEST_OF_SCALE and len(scales) < MOST_SCALES:
        scales.append(2 * scales[-1])
    return {**sizes, "scales": scales}


def plan_regions(
    sizes_M2: Floats, *, class_count: int, window: int, with_features: bool
) -> dict[str, Any]:
    """The smallest region of selective search: a third of the area of nearly all objects."""
    areas = sizes_M2.prod(axis=1)
    plan = {
        **plan_sizes(sizes_M2, class_count=class_count, window=window),
        "smallest": max(4, round(float(np.quantile(areas, 0.05)) / 3)),
    }
    if with_features:
        plan |= {"channels": CHANNELS, "stride": _choose_stride(sizes_M2)}
    return plan


plan_fast_rcnn = partial(plan_regions, with_features=True)
plan_rcnn = partial(plan_regions, with_features=False)


def group_sizes(sizes_M2: Floats, count: int) -> list[list[float]]:
    """Widths and heights of at most `count` groups of objects, smallest area first.

    The middles of the logarithms by k-means, from parts of equal number along the area: the result
    follows from the sizes alone.
    """
    logs = np.log(sizes_M2)
    ordered = logs[np.lexsort((logs[:, 0], logs.sum(axis=1)))]
    seeds = [part.mean(axis=0) for part in np.array_split(ordered, count) if len(part)]
    with warnings.catch_warnings():
        # groups without a member keep the middle that they begin with
        warnings.filterwarnings("ignore", "One of the clusters is empty")
        middles, _ = kmeans2(ordered, np.array(seeds), iter=30, minit="matrix", missing="warn")
    shapes = np.unique(np.exp(middles).round(2), axis=0)
    by_area = shapes[np.argsort(shapes.prod(axis=1), kind="stable")]
    return [[float(side) for side in shape] for shape in by_area]


def _choose_stride(sizes_M2: Floats) -> int:
    extents = np.sqrt(sizes_M2.prod(axis=1))
    return FINE if np.quantile(extents, 0.25) < SMALL_OBJECT else COARSE
