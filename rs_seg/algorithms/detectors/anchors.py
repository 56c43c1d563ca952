"""Anchors: where they lie, how boxes are told relative to them, and which object each is to find.

Anchors are in the order of rows, columns and shapes of a level, level after level.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision.ops import box_iou

from rs_seg.algorithms.detectors.detector import WindowObjects

BACKGROUND, NOT_JUDGED = -1, -2
"""In place of the index of an object: an anchor that is to find nothing, and one without a loss."""
LARGEST_GROWTH = 4.135
"""Greatest logarithm of a side by that of its anchor, log(1000 / 16): the exponential of an
untrained network must stay finite (Girshick et al. 2018, Detectron)."""
COVERED = 0.5
"""Share of an anchor that lies on an ignored object from which on it is not judged."""
AT_ONCE = 64
"""Objects that are compared with all anchors at once: of a town the whole table takes gigabytes."""
Shapes = Sequence[Sequence[Sequence[float]]]
"""Widths and heights of the anchors of a cell, for each level."""


def place_anchors(
    shapes: Shapes, strides: Sequence[int], size_HW: tuple[int, int], device: torch.device
) -> Tensor:
    """All anchors (A, 4) of a window, about the middles of the cells."""
    levels = []
    for of_level, stride in zip(shapes, strides, strict=True):
        rows, columns = (
            (torch.arange(-(-side // stride), device=device) + 0.5) * stride for side in size_HW
        )
        half = torch.tensor(of_level, dtype=torch.float32, device=device) / 2
        y, x = torch.meshgrid(rows, columns, indexing="ij")
        middles = torch.stack([x, y], dim=-1)[:, :, None]
        boxes = torch.cat([middles - half, middles + half], dim=-1)
        levels.append(boxes.reshape(-1, 4))
    return torch.cat(levels)


def flatten(rasters: Sequence[Tensor], columns: int) -> Tensor:
    """Values (N, A, columns) of the anchors from rasters (N, shapes * columns, H, W), by level."""
    levels = []
    for raster in rasters:
        count, _, height, width = raster.shape
        parted = raster.view(count, -1, columns, height, width).permute(0, 3, 4, 1, 2)
        levels.append(parted.reshape(count, -1, columns))
    return torch.cat(levels, dim=1).float()


def encode_boxes(boxes_A4: Tensor, anchors_A4: Tensor, weights: Sequence[float]) -> Tensor:
    """Boxes relative to anchors (A, 4): moves of the middle, and logarithms of the growth.

    Source: Girshick et al. 2014, R-CNN, appendix C.
    """
    middles, sides = _middles(boxes_A4)
    from_middles, from_sides = _middles(anchors_A4)
    told = torch.cat([(middles - from_middles) / from_sides, (sides / from_sides).log()], dim=1)
    return told * told.new_tensor(weights)


def decode_boxes(told_A4: Tensor, anchors_A4: Tensor, weights: Sequence[float]) -> Tensor:
    """Boxes (A, 4) from what is told relative to anchors: `encode_boxes` undone."""
    told_A4 = told_A4 / told_A4.new_tensor(weights)
    middles, sides = _middles(anchors_A4)
    middles = middles + told_A4[:, :2] * sides
    half = sides * told_A4[:, 2:].clamp(max=LARGEST_GROWTH).exp() / 2
    return torch.cat([middles - half, middles + half], dim=1)


def _middles(boxes_A4: Tensor) -> tuple[Tensor, Tensor]:
    return (boxes_A4[:, :2] + boxes_A4[:, 2:]) / 2, boxes_A4[:, 2:] - boxes_A4[:, :2]


def match_anchors(
    anchors_A4: Tensor, window: WindowObjects, *, high: float, low: float, force: bool = True
) -> Tensor:
    """The object (A,) that each anchor is to find: its index among the wanted ones.

    An anchor finds the object that it shares most with, from `high` on (intersection over union);
    below `low` it is BACKGROUND, between the two NOT_JUDGED. With `force` the best anchors of an
    object find it however little they share. On ignored objects, and where the window is not
    counted, anchors are NOT_JUDGED. Source: Ren et al. 2015, Faster R-CNN, section 3.1.2.
    """
    boxes, _ = window.wanted
    count = len(anchors_A4)
    most = anchors_A4.new_zeros(count)
    matched = torch.full((count,), BACKGROUND, device=anchors_A4.device)
    forced = matched.clone()
    for begin in range(0, len(boxes), AT_ONCE):
        shares = box_iou(boxes[begin : begin + AT_ONCE], anchors_A4)
        values, indices = shares.max(dim=0)
        is_more = values > most
        matched = torch.where(is_more, indices + begin, matched)
        most = torch.where(is_more, values, most)
        best = shares.max(dim=1, keepdim=True).values
        owners, places = torch.where((shares == best) & (best > 0))
        # of two objects with one best anchor the later one, whatever the number of threads
        forced.scatter_reduce_(0, places, owners + begin, "amax")
    matched[most < high] = NOT_JUDGED
    matched[most < low] = BACKGROUND
    if force:
        matched = torch.where(forced >= 0, forced, matched)
    matched[(matched < 0) & _is_on_ignored(anchors_A4, window, low)] = NOT_JUDGED
    middles, _ = _middles(anchors_A4)
    matched[~is_counted(middles, window)] = NOT_JUDGED
    return matched


def _is_on_ignored(anchors_A4: Tensor, window: WindowObjects, low: float) -> Tensor:
    """Whether an anchor (A,) lies on an ignored object, or would find it."""
    is_on = torch.zeros(len(anchors_A4), dtype=torch.bool, device=anchors_A4.device)
    area = (anchors_A4[:, 2:] - anchors_A4[:, :2]).prod(dim=1)
    for boxes in torch.split(window.boxes[window.ignored], AT_ONCE):
        begin = torch.maximum(boxes[:, None, :2], anchors_A4[:, :2])
        end = torch.minimum(boxes[:, None, 2:], anchors_A4[:, 2:])
        shared = (end - begin).clamp(min=0).prod(dim=2)
        shares = box_iou(boxes, anchors_A4)
        is_on |= ((shared >= COVERED * area) | (shares >= low)).any(dim=0)
    return is_on


def is_counted(points_A2: Tensor, window: WindowObjects) -> Tensor:
    """Whether the window is counted at points (A, 2), those beyond it at its nearest pixel."""
    height, width = window.counted.shape
    columns = points_A2[:, 0].long().clamp(0, width - 1)
    rows = points_A2[:, 1].long().clamp(0, height - 1)
    return window.counted[rows, columns]
