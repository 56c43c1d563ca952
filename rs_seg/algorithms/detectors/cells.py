"""Windows cut into cells: which cell an object belongs to, and which cells are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from rs_seg.algorithms.detectors.anchors import is_counted
from rs_seg.algorithms.detectors.detector import WindowObjects


@dataclass(frozen=True)
class Placed:
    """Objects (M,) of a batch in the cells that hold their centres.

    `window`, `row` and `column` (M,) int64 name the cell; `boxes` (M, 4) are in pixels of their
    window, `classes` (M,).
    """

    window: Tensor
    row: Tensor
    column: Tensor
    boxes: Tensor
    classes: Tensor

    def __len__(self) -> int:
        return len(self.window)

    def take(self, chosen: Tensor) -> Placed:
        """The objects that an index or a mask names."""
        parts = (self.window, self.row, self.column, self.boxes, self.classes)
        return Placed(*(part[chosen] for part in parts))

    def cells(self, rows: int, columns: int) -> Tensor:
        """One number (M,) for each cell of a batch."""
        return (self.window * rows + self.row) * columns + self.column


def place_objects(
    objects: Sequence[WindowObjects], *, cell: float, rows: int, columns: int
) -> Placed:
    """The objects of a batch that are not ignored, largest first, in cells of `cell` pixels.

    Objects with a centre outside the window or on ground that does not count, or without area, are
    left out.
    """
    device = objects[0].boxes.device
    pairs = [counted_objects(one) for one in objects]
    boxes = torch.cat([pair[0] for pair in pairs]).float()
    classes = torch.cat([pair[1] for pair in pairs])
    counts = torch.tensor([len(pair[1]) for pair in pairs], device=device)
    window = torch.repeat_interleave(torch.arange(len(pairs), device=device), counts)
    sizes = boxes[:, 2:] - boxes[:, :2]
    at = torch.floor((boxes[:, :2] + boxes[:, 2:]) / 2 / cell).long()
    column, row = at.unbind(1)
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns) & (sizes > 0).all(1)
    placed = Placed(window, row, column, boxes, classes).take(inside)
    return placed.take(torch.argsort(-sizes[inside].prod(1), stable=True))


def counted_objects(objects: WindowObjects) -> tuple[Tensor, Tensor]:
    """Boxes and classes of objects that are not ignored, with a centre on counted ground."""
    boxes, classes = objects.wanted
    counted = is_counted((boxes[:, :2] + boxes[:, 2:]) / 2, objects)
    return boxes[counted], classes[counted]


def judge_cells(
    objects: Sequence[WindowObjects], *, cell: float, rows: int, columns: int
) -> Tensor:
    """Cells (N, rows, columns) bool that may be learnt as empty.

    All their pixels count, and no ignored object touches them.
    """
    return torch.stack([_judge_window(one, cell, rows, columns) for one in objects])


def _judge_window(objects: WindowObjects, cell: float, rows: int, columns: int) -> Tensor:
    missing_HW = (~objects.counted).float()
    # of the whole grid: what lies beyond the window does not count
    height, width = missing_HW.shape
    right, below = round(columns * cell) - width, round(rows * cell) - height
    missing_HW = F.pad(missing_HW, (0, right, 0, below), value=1.0)
    judged = F.adaptive_max_pool2d(missing_HW[None, None], (rows, columns))[0, 0] == 0
    left, top, right_of, bottom = objects.boxes[objects.ignored].float()[..., None].unbind(1)
    across = torch.arange(columns, device=judged.device) * cell
    down = torch.arange(rows, device=judged.device) * cell
    in_column = (left < across + cell) & (right_of > across)
    in_row = (top < down + cell) & (bottom > down)
    touched = (in_row[:, :, None] & in_column[:, None, :]).any(dim=0)
    return judged & ~touched


def paired_iou(first: Tensor, second: Tensor) -> Tensor:
    """Intersection over union (...) of two boxes (..., 4) each; 0 of boxes without area."""
    low = torch.maximum(first[..., :2], second[..., :2])
    high = torch.minimum(first[..., 2:], second[..., 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    areas = [(boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1) for boxes in (first, second)]
    union = areas[0] + areas[1] - shared
    return torch.where(union > 0, shared / union.clamp(min=1e-12), torch.zeros_like(shared))
