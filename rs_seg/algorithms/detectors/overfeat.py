"""OverFeat: a classifier of small windows made dense, with a regression of the box at each place.

Source: Sermanet et al. 2014, OverFeat: Integrated Recognition, Localization and Detection using
Convolutional Networks. Its merging of boxes is `rs_seg.algorithms.objects.merging`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from rs_seg.algorithms.detectors.anchored import place_edges
from rs_seg.algorithms.detectors.cells import counted_objects, judge_cells
from rs_seg.algorithms.detectors.dense import DenseDetector
from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.values.candidates import Candidates, join_candidates

STRIDE = 4
"""Pixels of the scaled window between places."""
CODE = 4
"""Side of the features that the classifier sees at once."""
WIDTH = 24
"""Channels of the first layer."""
SCALES = (1, 2)
"""By which pixels are averaged before they are looked at."""
FITS = (10.0, 40.0)
"""Longest sides of objects in scaled pixels that a scale learns: each scale overlaps the next, as
all of them vote for the same object."""
CENTRAL = 0.25
"""Share of the sides by which a place may be off the centre and still learn the object."""
OFFENDERS, AT_LEAST = 3, 16
"""Places without an object that learn, by those with one and by windows: the most wrong ones
(section 4.1, negative training on the fly)."""
BACKGROUND, NOT_JUDGED = 0, -1


class OverFeat(DenseDetector):
    """Classes and boxes (N, K + 1 + 4 K, H / stride, W / stride) at each of several scales.

    Layers have no padding, so that a place sees its own square of `field` pixels alone, and what
    the convolutions give is what the classifier would give of each square by itself. The paper's
    squares of 231 pixels lie 32 apart; these are for objects of few pixels, and begin every
    4 pixels. Beyond the window are zeros. Of `plan`: `scales` (factors of averaging, powers of two
    up to 8), `code`, the side of the features of a square, and `width`. `encoder` is None: the
    layers are its own.
    """

    def __init__(
        self,
        band_count: int,
        class_count: int,
        encoder: None = None,
        plan: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        assert encoder is None, "OverFeat has layers of its own"
        plan = plan or {}
        self.class_count = class_count
        self.scales: tuple[int, ...] = tuple(plan.get("scales", SCALES))
        self.strides = tuple(STRIDE * scale for scale in self.scales)
        code: int = plan.get("code", CODE)
        width: int = plan.get("width", WIDTH)
        self.field = _field_of(code)
        self.layers = nn.Sequential(
            *_convolve(band_count, width, 3),
            nn.MaxPool2d(2),
            *_convolve(width, 2 * width, 3),
            nn.MaxPool2d(2),
            *_convolve(2 * width, 4 * width, 3),
            *_convolve(4 * width, 4 * width, 3),
            *_convolve(4 * width, 4 * width, 3),
        )
        self.classifier = _head(4 * width, code, 8 * width, class_count + 1)
        self.regressor = _head(4 * width, code, 8 * width, 4 * class_count)

    @property
    def unit(self) -> float:
        """Scaled pixels that edges are told in, from the place: a quarter of its square."""
        return self.field / 4

    def look(self, squares_NBHW: Tensor) -> Tensor:
        """What is in each square of `field` pixels of larger ones, 4 pixels apart.

        Logits (N, K + 1, rows, columns) of background and classes, then the edges of a box for each
        class.
        """
        features_NCHW = self.layers(squares_NBHW)
        return torch.cat([self.classifier(features_NCHW), self.regressor(features_NCHW)], dim=1)

    def forward(self, pixels_NBHW: Tensor) -> tuple[Tensor, ...]:
        """One raster (N, K + 1 + 4 K, H / stride, W / stride) for each scale."""
        beside = (self.field - STRIDE) // 2
        scaled = [
            F.avg_pool2d(pixels_NBHW, scale) if scale > 1 else pixels_NBHW for scale in self.scales
        ]
        return tuple(self.look(F.pad(one, (beside,) * 4)) for one in scaled)

    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        """Of the classes by cross entropy, of the edges squared, each by the places that learn.

        Of places without an object only the most wrong ones learn.
        """
        logits, labels, missed = [], [], []
        for raster, scale in zip(self(pixels_NBHW), self.scales, strict=True):
            values = raster.float().permute(0, 2, 3, 1)
            label, edges = self._draw(objects, scale, values.shape[1:3])
            logits.append(values[..., : self.class_count + 1].reshape(-1, self.class_count + 1))
            labels.append(label.reshape(-1))
            (window, row, column) = torch.nonzero(label > BACKGROUND, as_tuple=True)
            boxes = values[window, row, column, self.class_count + 1 :].reshape(
                -1, self.class_count, 4
            )
            own = boxes[torch.arange(len(boxes)), label[window, row, column] - 1]
            missed.append((own - edges[window, row, column]) ** 2)
        wrong = _weigh_classes(torch.cat(logits), torch.cat(labels), len(objects))
        off = torch.cat(missed)
        return wrong + off.sum() / max(1, len(off))

    def _draw(
        self, objects: Sequence[WindowObjects], scale: int, size: Sequence[int]
    ) -> tuple[Tensor, Tensor]:
        """Labels (N, rows, columns) and edges (N, rows, columns, 4) in units of the place."""
        rows, columns = size
        cell = STRIDE * scale
        judged = judge_cells(objects, cell=cell, rows=rows, columns=columns)
        label = torch.where(judged, BACKGROUND, NOT_JUDGED)
        edges = torch.zeros(*label.shape, 4, device=label.device)
        down, right = (
            (torch.arange(count, device=label.device) + 0.5) * cell for count in (rows, columns)
        )
        y, x = torch.meshgrid(down, right, indexing="ij")
        places = torch.stack([x, y, x, y], dim=-1)
        for window, own_label, own_edges in zip(objects, label, edges, strict=True):
            boxes, classes = counted_objects(window)
            # small objects last: they win where objects lie on each other
            order = torch.argsort(-(boxes[:, 2:] - boxes[:, :2]).prod(1), stable=True)
            order = order[_fits(boxes[order], scale, self.scales)]
            for box, code in zip(boxes[order].float(), classes[order], strict=True):
                inside, central = _find_places(box, places, cell)
                own_label[inside & (own_label == BACKGROUND)] = NOT_JUDGED
                own_label[central] = code + 1
                own_edges[central] = (box - places[central]) / (self.unit * scale)
        return label, edges

    @property
    def decoding(self) -> dict[str, Any]:
        """The unit of the edges of each raster, in pixels."""
        return {"units": [self.unit * scale for scale in self.scales]}

    def decode(self, rasters: Sequence[NDArray[np.float32]], *, least: float) -> Candidates:
        """A candidate for each place, scale and class; its score is the share of the class."""
        return join_candidates(
            [
                self._decode_scale(raster, scale, least)
                for raster, scale in zip(rasters, self.scales, strict=True)
            ]
        )

    def _decode_scale(self, raster: NDArray[np.float32], scale: int, least: float) -> Candidates:
        shares = softmax(raster[: self.class_count + 1].astype(np.float64), axis=0)[1:]
        edges = raster[self.class_count + 1 :].reshape(self.class_count, 4, *raster.shape[1:])
        index, row, column = np.nonzero(shares >= least)
        told = edges[index, :, row, column].astype(np.float64) * self.unit * scale
        # an untrained network tells of left edges that lie right of the right ones
        low, high = np.minimum(told[:, :2], told[:, 2:]), np.maximum(told[:, :2], told[:, 2:])
        boxes = place_edges(np.hstack([low, high]), row, column, STRIDE * scale)
        found = Candidates(boxes, shares[index, row, column], index)
        return found.take(np.all(boxes[:, 2:] > boxes[:, :2], axis=1))


def _weigh_classes(logits: Tensor, labels: Tensor, window_count: int) -> Tensor:
    """Cross entropy of places with an object and of the most wrong ones without."""
    wrong = F.cross_entropy(logits, labels.clamp(min=0), reduction="none")
    has_object, is_empty = labels > BACKGROUND, labels == BACKGROUND
    wanted = max(OFFENDERS * int(has_object.sum()), AT_LEAST * window_count)
    offenders = wrong[is_empty].sort(descending=True, stable=True).values[:wanted]
    count = int(has_object.sum()) + len(offenders)
    return (wrong[has_object].sum() + offenders.sum()) / max(1, count)


def _find_places(box: Tensor, places: Tensor, cell: float) -> tuple[Tensor, Tensor]:
    """Places (rows, columns) on a box, and those that learn it: near its middle.

    The nearest place always learns, however small the object is.
    """
    sides = box[2:] - box[:2]
    off = (places[..., :2] - (box[:2] + box[2:]) / 2).abs()
    central = (off <= (sides * CENTRAL).clamp(min=cell / 2)).all(dim=-1)
    return (off < sides / 2).all(dim=-1), central


def _fits(boxes: Tensor, scale: int, scales: Sequence[int]) -> Tensor:
    """Whether objects (M,) are learnt at a scale: those of `FITS` pixels.

    The finest scale also learns what is too small for all, the coarsest what is too large.
    """
    longest = (boxes[:, 2:] - boxes[:, :2]).max(dim=1).values / scale
    fits = (longest >= FITS[0]) & (longest <= FITS[1])
    if scale == min(scales):
        fits |= longest < FITS[0]
    if scale == max(scales):
        fits |= longest > FITS[1]
    return fits


def _field_of(code: int) -> int:
    """Pixels of the square behind features of `code` x `code` places: layers undone one by one."""
    return ((code + 3 * 2) * 2 + 2) * 2 + 2


def _convolve(channels: int, wider: int, side: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(channels, wider, side, bias=False)
    return convolution, nn.BatchNorm2d(wider), nn.ReLU(inplace=True)


def _head(channels: int, side: int, hidden: int, outputs: int) -> nn.Sequential:
    """Two fully connected layers and the output, as convolutions."""
    return nn.Sequential(
        *_convolve(channels, hidden, side),
        *_convolve(hidden, hidden, 1),
        nn.Conv2d(hidden, outputs, 1),
    )
