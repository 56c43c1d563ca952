"""YOLO as first published: one look at a window of fixed size, fully connected to a coarse grid.

Source: Redmon et al. 2016, You Only Look Once: Unified, Real-Time Object Detection.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from rs_seg.algorithms.detectors.cells import (
    Placed,
    judge_cells,
    paired_iou,
    place_objects,
)
from rs_seg.algorithms.detectors.dense import RasterDetector
from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.values.candidates import Candidates

WINDOW, CELLS, PREDICTORS, WIDTH = 448, 7, 2, 64
"""Side in pixels, cells along it, boxes of each cell, and channels of the first layer (section 2).
"""
COORDINATES, NO_OBJECT = 5.0, 0.5
"""Weights lambda_coord and lambda_noobj of the loss (equation 3)."""
SLOPE = 0.1
"""Of the leaky rectifier below 0 (equation 2)."""
STRIDE = 64
"""Of the last convolution."""
UNCERTAIN = 0.1
"""Confidence that an untrained network begins with."""
GROUP = 16
"""Channels that are normalised together, where their number allows."""
POOL = "pool"
LAYERS: tuple[tuple[int, int, int] | str, ...] = (
    (7, 64, 2),
    POOL,
    (3, 192, 1),
    POOL,
    *((1, 128, 1), (3, 256, 1), (1, 256, 1), (3, 512, 1)),
    POOL,
    *((1, 256, 1), (3, 512, 1)) * 4,
    *((1, 512, 1), (3, 1024, 1)),
    POOL,
    *((1, 512, 1), (3, 1024, 1)) * 2,
    *((3, 1024, 1), (3, 1024, 2), (3, 1024, 1), (3, 1024, 1)),
)
"""Side of the filters, channels and stride of each of the 24 convolutions (figure 3)."""


class YoloV1(RasterDetector):
    """Pixels (N, B, H, W) -> grid (N, rows, columns, P * 5 + K), one look at each square of pixels.

    Of `plan`: `window`, the side of that square, `cells` along it, `predictors` of each cell,
    `width` of the first layer (all others in proportion), `dropout`, and the `typical` width and
    height of an object; as published where they are missing. A larger window is cut into squares,
    with zeros beyond its edge; each is looked at by itself. `encoder` is None: its 24 convolutions
    are its own. Group normalisation (Wu and He 2018) stands for the batch normalisation of the
    authors' configuration file: the last features of a small window are few, and those of a batch
    would differ from those of the scene.

    A cell has one object, as published: of several with centres in one cell the largest is learnt,
    and `left_out` counts the others.
    """

    def __init__(
        self,
        band_count: int,
        class_count: int,
        encoder: None = None,
        plan: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        assert encoder is None, "YOLO v1 has layers of its own"
        plan = plan or {}
        self.class_count, self.left_out = class_count, 0
        self.side: int = plan.get("window", WINDOW)
        self.cells: int = plan.get("cells", CELLS)
        self.predictors: int = plan.get("predictors", PREDICTORS)
        self.strides = (self.cell,)
        width: int = plan.get("width", WIDTH)
        self.layers, channels = _build_layers(band_count, width)
        places = -(-self.side // STRIDE)
        outputs = self.cells**2 * (self.predictors * 5 + class_count)
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Linear(channels * places**2, 64 * width),
            nn.LeakyReLU(SLOPE),
            nn.Dropout(plan.get("dropout", 0.5)),
            nn.Linear(64 * width, outputs),
        )
        self._expect(plan.get("typical", [self.cell, self.cell]))

    def _expect(self, typical: Sequence[float]) -> None:
        """Begin with a typical object in the middle of each cell, hardly certain, of any class."""
        roots = [(size / self.side) ** 0.5 for size in typical]
        predictor = [0.5, 0.5, *roots, UNCERTAIN]
        expected = predictor * self.predictors + [1 / self.class_count] * self.class_count
        bias = self.head[-1].bias
        assert isinstance(bias, Tensor)
        with torch.no_grad():
            bias.copy_(torch.tensor(expected * self.cells**2))

    @property
    def cell(self) -> float:
        """Side of a cell in pixels."""
        return self.side / self.cells

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        """The grid (N, rows, columns, P * 5 + K), cells * cells for each square.

        Of each predictor: column and row of the centre within its cell (0 to 1), the square roots
        of width and height as shares of the square's side, and the confidence; then the
        probabilities of the classes. All are linear.
        """
        height, width = pixels_NBHW.shape[-2:]
        side, cells = self.side, self.cells
        padded = F.pad(pixels_NBHW, (0, -width % side, 0, -height % side))
        count, bands = padded.shape[:2]
        down, across = padded.shape[2] // side, padded.shape[3] // side
        squares = padded.reshape(count, bands, down, side, across, side)
        squares = squares.permute(0, 2, 4, 1, 3, 5).reshape(-1, bands, side, side)
        grid = self.head(self.layers(squares)).reshape(count, down, across, cells, cells, -1)
        whole: Tensor = grid.permute(0, 1, 3, 2, 4, 5)
        return whole.reshape(count, down * cells, across * cells, -1)

    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        """The mean of the windows' losses (equation 3)."""
        grid = self(pixels_NBHW).float()
        rows, columns = grid.shape[1:3]
        wanted = place_objects(objects, cell=self.cell, rows=rows, columns=columns)
        first = _first_of_each(wanted.cells(rows, columns))
        self.left_out += len(wanted) - int(first.sum())
        judged = judge_cells(objects, cell=self.cell, rows=rows, columns=columns)
        return grid_loss(grid, wanted.take(first), judged, self.predictors, self.side, self.cell)

    def rasters(self, pixels_NBHW: Tensor) -> tuple[Tensor, ...]:
        """The grid as a raster (N, P * 5 + K, rows, columns)."""
        return (self(pixels_NBHW).permute(0, 3, 1, 2),)

    @property
    def decoding(self) -> dict[str, Any]:
        """The square that is looked at, in pixels, and the boxes of each cell."""
        return {"side": self.side, "predictors": self.predictors}

    def decode(self, rasters: Sequence[NDArray[np.float32]], *, least: float) -> Candidates:
        """A candidate for each box and class: confidence times probability, each cut to 0 to 1.

        Boxes without area are left out.
        """
        boxes, classes = np.split(rasters[0].astype(np.float64), [self.predictors * 5])
        told = boxes.reshape(self.predictors, 5, *boxes.shape[1:])
        # each by itself: two factors below 0 are no certainty
        scores = told[:, 4:].clip(0, 1) * classes.clip(0, 1)
        predictor, index, row, column = np.nonzero(scores >= least)
        own = told[predictor, :4, row, column]
        middles = (own[:, :2] + np.stack([column, row], axis=1)) * self.cell
        halves = own[:, 2:] ** 2 * (self.side / 2)
        edges = np.hstack([middles - halves, middles + halves])
        found = Candidates(edges, scores[predictor, index, row, column], index)
        return found.take(np.all(halves > 0, axis=1))


def decode_boxes(grid: Tensor, predictors: int, side: float, cell: float) -> Tensor:
    """Boxes (N, rows, columns, P, 4) in pixels from a grid (N, rows, columns, P * 5 + K)."""
    rows, columns = grid.shape[1:3]
    parts = _of_predictors(grid, predictors)
    row = torch.arange(rows, device=grid.device)[:, None, None]
    column = torch.arange(columns, device=grid.device)[:, None]
    x, y = (column + parts[..., 0]) * cell, (row + parts[..., 1]) * cell
    half_width, half_height = (parts[..., 2:4] ** 2 * (side / 2)).unbind(-1)
    edges = (x - half_width, y - half_height, x + half_width, y + half_height)
    return torch.stack(edges, dim=-1)


def grid_loss(
    grid: Tensor, wanted: Placed, judged: Tensor, predictors: int, side: float, cell: float
) -> Tensor:
    """The loss of a grid (equation 3), a mean over the windows.

    `wanted` has at most one object in each cell. Cells that are not `judged` (N, rows, columns)
    are not learnt as empty.
    """
    at = (wanted.window, wanted.row, wanted.column)
    boxes = decode_boxes(grid.detach(), predictors, side, cell)[at]
    chosen, iou = _choose_predictors(boxes, wanted.boxes)
    confidence = _of_predictors(grid, predictors)[..., 4]
    is_empty = judged[..., None].repeat(1, 1, 1, predictors)
    is_empty[(*at, chosen)] = False
    empty = (confidence**2 * is_empty).sum()
    own = _of_predictors(grid[at], predictors)
    own = own[torch.arange(len(wanted), device=grid.device), chosen]
    centre = (wanted.boxes[:, :2] + wanted.boxes[:, 2:]) / 2 / cell
    places = centre - torch.stack([wanted.column, wanted.row], dim=1)
    roots = ((wanted.boxes[:, 2:] - wanted.boxes[:, :2]) / side).sqrt()
    missed = ((own[:, :2] - places) ** 2).sum() + ((own[:, 2:4] - roots) ** 2).sum()
    unsure = ((own[:, 4] - iou) ** 2).sum()
    given = grid[at][:, predictors * 5 :]
    confused = ((given - F.one_hot(wanted.classes, given.shape[1])) ** 2).sum()
    total: Tensor = COORDINATES * missed + unsure + NO_OBJECT * empty + confused
    return total / len(grid)


def _of_predictors(grid: Tensor, predictors: int) -> Tensor:
    """What each predictor says: (..., P, 5)."""
    return grid[..., : predictors * 5].reshape(*grid.shape[:-1], predictors, 5)


def _choose_predictors(boxes: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """The predictor (M,) whose box (M, P, 4) shares most with the object (M, 4), and that share.

    Where none shares anything, the one whose edges are nearest, as in the authors' program.
    """
    iou = paired_iou(boxes, wanted[:, None])
    distance = ((boxes - wanted[:, None]) ** 2).sum(-1)
    none = iou.max(dim=1, keepdim=True).values == 0
    chosen = torch.where(none, -distance, iou).argmax(dim=1)
    return chosen, iou.gather(1, chosen[:, None])[:, 0]


def _first_of_each(values: Tensor) -> Tensor:
    """Whether a value (M,) has not occurred before."""
    ordered, order = torch.sort(values, stable=True)
    is_new = torch.ones_like(values, dtype=torch.bool)
    is_new[order[1:]] = ordered[1:] != ordered[:-1]
    return is_new


def _build_layers(band_count: int, width: int) -> tuple[nn.Sequential, int]:
    """The convolutions, and the number of channels that come out."""
    layers: list[nn.Module] = []
    channels = band_count
    for layer in LAYERS:
        if isinstance(layer, str):
            # windows that are no multiple of 64 keep their last column and row
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
            continue
        side, published, stride = layer
        wider = max(1, published * width // WIDTH)
        layers += [
            nn.Conv2d(channels, wider, side, stride, side // 2, bias=False),
            nn.GroupNorm(gcd(wider, max(1, wider // GROUP)), wider),
            nn.LeakyReLU(SLOPE, inplace=True),
        ]
        channels = wider
    return nn.Sequential(*layers), channels
