"""From polygons near a window to what a detector learns: moved, judged and boxed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import shapely
import torch
from numpy.typing import NDArray
from rasterio.features import rasterize

from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.mending import mend
from rs_seg.algorithms.training.movement import Movement
from rs_seg.values.candidates import Boxes
from rs_seg.values.window_shapes import WindowShapes

STEP = 4.0
"""Longest side of a polygon before elastic deformation, in pixels: longer ones are divided, since
they bend."""


def move_shapes(objects: WindowShapes, movement: Movement, window: int) -> WindowShapes:
    """The objects of a window of the batch where the movement takes them."""
    shapes = objects.shapes
    if movement.warp is not None and movement.warp.displacements is not None:
        shapes = shapely.segmentize(shapes, STEP)
    moved = shapely.transform(shapes, lambda points: movement.move(window, points))
    return replace(objects, shapes=moved)


def judge_visibility(
    objects: WindowShapes, valid_HW: NDArray[np.bool_], *, visible: float
) -> WindowShapes:
    """The objects of which something lies in the window; those that show too little are ignored.

    An object must show `visible` of its area, on pixels that are valid.
    """
    shares = _shares_inside(objects.shapes, *valid_HW.shape)
    inside = shares > 0
    objects, shares = objects.take(inside), shares[inside]
    shares = shares * _mean_in_boxes(valid_HW, objects.boxes)
    # a share that is the limit but for rounding is enough
    return replace(objects, ignored=objects.ignored | (shares < visible - 1e-9))


def _shares_inside(shapes: NDArray[Any], height: int, width: int) -> NDArray[np.float64]:
    """The share (M,) of each area that lies in the window; 0 of shapes without an area."""
    shapes = mend(shapes)  # deformation may fold a thin polygon over itself
    areas = shapely.area(shapes)
    inside = shapely.area(shapely.clip_by_rect(shapes, 0, 0, width, height))
    return np.divide(inside, areas, out=np.zeros(len(shapes)), where=areas > 0)


def _mean_in_boxes(mask_HW: NDArray[np.bool_], boxes: Boxes) -> NDArray[np.float64]:
    """The share (M,) of the pixels of each box, as far as it lies in the mask, that are true."""
    height, width = mask_HW.shape
    sums = np.zeros((height + 1, width + 1), dtype=np.int64)
    sums[1:, 1:] = mask_HW.cumsum(axis=0).cumsum(axis=1)
    left, right = _pixels_of(boxes[:, 0], boxes[:, 2], width)
    top, bottom = _pixels_of(boxes[:, 1], boxes[:, 3], height)
    counts = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    share: NDArray[np.float64] = counts / ((right - left) * (bottom - top))
    return share


def _pixels_of(
    low: NDArray[np.float64], high: NDArray[np.float64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and end of the pixels from `low` to `high` that lie in the window, one at least."""
    first = np.clip(np.floor(low), 0, size - 1).astype(np.int64)
    return first, np.maximum(first + 1, np.clip(np.ceil(high), 0, size).astype(np.int64))


def as_targets(
    objects: WindowShapes, counted_HW: NDArray[np.bool_], *, masks: bool
) -> WindowObjects:
    """The objects as a detector takes them, with their masks where it asks for `masks`."""
    return WindowObjects(
        boxes=torch.from_numpy(objects.boxes.astype(np.float32)),
        classes=torch.from_numpy(objects.classes.astype(np.int64)),
        ignored=torch.from_numpy(objects.ignored.astype(np.bool_)),
        counted=torch.from_numpy(np.ascontiguousarray(counted_HW)),
        masks=_paint(objects.shapes, *counted_HW.shape) if masks else None,
    )


def _paint(shapes: NDArray[Any], height: int, width: int) -> torch.Tensor:
    """Pixels (M, H, W) whose middle lies in each shape."""
    painted = np.zeros((len(shapes), height, width), dtype=np.uint8)
    for mask_HW, shape in zip(painted, shapes, strict=True):
        rasterize([shape], out=mask_HW)
    return torch.from_numpy(painted.astype(np.bool_))
