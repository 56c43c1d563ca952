"""YOLO for windows of any size: every cell of a fine grid has boxes of several prior sizes.

Sources: Redmon and Farhadi 2017, YOLO9000 (section 2: priors from the training boxes, centres bound
to their cell), and 2018, YOLOv3 (section 2.1: one prior for each object; logistic classes).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it
from torchvision.ops import box_iou

from rs_seg.algorithms.detectors.anchored import place_edges
from rs_seg.algorithms.detectors.cells import (
    Placed,
    judge_cells,
    place_objects,
)
from rs_seg.algorithms.detectors.dense import DenseDetector
from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.detectors.neck import CHANNELS, TopDownFeatures
from rs_seg.values.candidates import Candidates

STRIDE = 8
"""Side of a cell in pixels."""
PRIORS = ((8.0, 8.0), (20.0, 20.0), (48.0, 48.0))
"""Widths and heights in pixels where a plan has none from the training boxes."""
NEARLY = 0.5
"""Boxes that share more with an object than this are not learnt as empty (YOLOv3, section 2.1)."""
RARE = 0.02
"""Share of boxes with an object that an untrained network expects: with a class of which it knows
nothing, scores are 0.01 (Lin et al. 2017, section 3.3)."""
MOST_GROWTH = 6.0
"""Logarithm of the largest size as a multiple of a prior: an untrained network must stay finite."""


class Yolo(DenseDetector):
    """Objects in a fine grid of cells, fully convolutional on any encoder.

    Of `plan`: `priors`, widths and heights (A, 2) in pixels, `stride`, the side of a cell in
    pixels, and `channels` of the features.

    An object belongs to the cell of its centre and the prior nearest to its size that is still free
    there, largest objects first. A cell has as many objects as there are priors: `left_out` counts
    those that find no place.
    """

    priors: Tensor

    def __init__(
        self,
        band_count: int,
        class_count: int,
        encoder: nn.Module | str,
        plan: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        plan = plan or {}
        self.class_count, self.left_out = class_count, 0
        self.stride: int = plan.get("stride", STRIDE)
        self.strides = (self.stride,)
        channels: int = plan.get("channels", CHANNELS)
        self.register_buffer("priors", torch.tensor(plan.get("priors", PRIORS)).float())
        self.features = TopDownFeatures(band_count, encoder, stride=self.stride, channels=channels)
        self.head = nn.Conv2d(channels, len(self.priors) * (5 + class_count), 1)
        with torch.no_grad():
            bias = self.head.bias
            assert bias is not None
            bias.view(len(self.priors), -1)[:, 4] = torch.logit(torch.tensor(RARE))

    def forward(self, pixels_NBHW: Tensor) -> tuple[Tensor]:
        """The grid (N, A * (5 + K), rows, columns), all before their logistic function.

        Of each prior: column and row of the centre within the cell, logarithms of width and height
        as multiples of the prior, whether there is an object, and its class.
        """
        return (self.head(self.features(pixels_NBHW)),)

    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        """The sum of all mistakes by the number of objects of the batch, or 1 without any."""
        (grid_NCHW,) = self(pixels_NBHW)
        grid = torch.unflatten(grid_NCHW.float(), 1, (len(self.priors), -1))
        rows, columns = grid.shape[-2:]
        wanted = place_objects(objects, cell=self.stride, rows=rows, columns=columns)
        prior = _deal_priors(wanted.cells(rows, columns), wanted.boxes, self.priors)
        has_place = prior >= 0
        self.left_out += int((~has_place).sum())
        wanted, prior = wanted.take(has_place), prior[has_place]
        judged = judge_cells(objects, cell=self.stride, rows=rows, columns=columns)
        empty = judged[:, None].repeat(1, len(self.priors), 1, 1)
        empty &= ~self._shares_much(grid.detach(), objects)
        empty[wanted.window, prior, wanted.row, wanted.column] = False
        total = self._missed(grid, wanted, prior) + F.softplus(grid[:, :, 4])[empty].sum()
        return total / max(1, len(wanted))

    def decode(self, rasters: Sequence[NDArray[np.float32]], *, least: float) -> Candidates:
        """A candidate for each box and class of one window: both probabilities multiplied."""
        grid = rasters[0].reshape(len(self.priors), 5 + self.class_count, *rasters[0].shape[1:])
        scores = expit(grid[:, 4:5]) * expit(grid[:, 5:])
        prior, index, row, column = np.nonzero(scores >= least)
        own = grid[prior, :4, row, column].astype(np.float64)
        # from the middle of the cell, where sigmoid is 1 / 2
        middles = (expit(own[:, :2]) - 0.5) * self.stride
        priors = self.priors.cpu().numpy().astype(np.float64)
        halves = np.exp(own[:, 2:].clip(max=MOST_GROWTH)) * priors[prior] / 2
        edges = np.hstack([middles - halves, middles + halves])
        boxes = place_edges(edges, row, column, self.stride)
        return Candidates(boxes, scores[prior, index, row, column].astype(np.float64), index)

    @property
    def decoding(self) -> dict[str, Any]:
        """Priors (width, height in pixels), and the greatest logarithm of a growth."""
        priors = self.priors.double().cpu().tolist()
        return {"priors": priors, "largest_growth": MOST_GROWTH}

    def _boxes(self, grid: Tensor) -> Tensor:
        """Boxes (N, A, rows, columns, 4) in pixels of the window."""
        rows, columns = grid.shape[-2:]
        row = torch.arange(rows, device=grid.device)[:, None]
        column = torch.arange(columns, device=grid.device)
        x = (column + grid[:, :, 0].sigmoid()) * self.stride
        y = (row + grid[:, :, 1].sigmoid()) * self.stride
        growth = grid[:, :, 2:4].clamp(max=MOST_GROWTH).exp()
        half_width, half_height = (growth * self.priors[:, :, None, None] / 2).unbind(2)
        edges = (x - half_width, y - half_height, x + half_width, y + half_height)
        return torch.stack(edges, dim=-1)

    def _missed(self, grid: Tensor, wanted: Placed, prior: Tensor) -> Tensor:
        """What the boxes that have an object are wrong by: place, size, certainty and class."""
        own = grid[wanted.window, prior, :, wanted.row, wanted.column]
        centre = (wanted.boxes[:, :2] + wanted.boxes[:, 2:]) / 2 / self.stride
        places = centre - torch.stack([wanted.column, wanted.row], dim=1)
        sizes = ((wanted.boxes[:, 2:] - wanted.boxes[:, :2]) / self.priors[prior]).log()
        classes = F.one_hot(wanted.classes, self.class_count).float()
        place = F.binary_cross_entropy_with_logits(own[:, :2], places, reduction="sum")
        size = ((own[:, 2:4] - sizes) ** 2).sum()
        known = F.softplus(-own[:, 4]).sum()
        named = F.binary_cross_entropy_with_logits(own[:, 5:], classes, reduction="sum")
        return place + size + known + named

    def _shares_much(self, grid: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        """Boxes (N, A, rows, columns) that lie nearly as an object does, ignored ones included."""
        much = []
        for boxes, one in zip(self._boxes(grid), objects, strict=True):
            shares = box_iou(boxes.reshape(-1, 4), one.boxes.float())
            much.append((shares > NEARLY).any(dim=1).reshape(boxes.shape[:3]))
        return torch.stack(much)


def _deal_priors(cells: Tensor, boxes: Tensor, priors: Tensor) -> Tensor:
    """The prior (M,) of each object: of those still free in its cell the nearest in size; else -1.

    Nearest is what shares most when both are centred (YOLO9000, section 2). Objects come in the
    order in which they choose.
    """
    sizes = boxes[:, 2:] - boxes[:, :2]
    shared = torch.minimum(sizes[:, None], priors).prod(-1)
    shares = shared / (sizes.prod(-1)[:, None] + priors.prod(-1) - shared)
    wishes = torch.argsort(-shares, dim=1, stable=True).tolist()
    taken: set[tuple[int, int]] = set()
    dealt = []
    for cell, order in zip(cells.tolist(), wishes, strict=True):
        prior = next((choice for choice in order if (cell, choice) not in taken), -1)
        taken.add((cell, prior))
        dealt.append(prior)
    return torch.tensor(dealt, dtype=torch.int64, device=cells.device)
