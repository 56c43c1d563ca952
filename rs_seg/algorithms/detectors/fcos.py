"""FCOS: each place inside an object says how far its edges are, without anchors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from timm.layers.norm import LayerNorm2d
from torch import Tensor
from torch.nn import functional
from torchvision.models.detection.fcos import FCOSClassificationHead, FCOSRegressionHead
from torchvision.ops import generalized_box_iou_loss, sigmoid_focal_loss

from rs_seg.algorithms.detectors.anchored import Floats, place_edges
from rs_seg.algorithms.detectors.anchors import (
    AT_ONCE,
    BACKGROUND,
    NOT_JUDGED,
    flatten,
    is_counted,
    place_anchors,
)
from rs_seg.algorithms.detectors.dense import DenseDetector
from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.detectors.levels import CELLS
from rs_seg.algorithms.detectors.pyramid import Pyramid, build_pyramid
from rs_seg.algorithms.detectors.retinanet import spread_filters
from rs_seg.algorithms.detectors.thinning import thin
from rs_seg.values.candidates import Candidates, join_candidates

RADIUS = 1.5
"""Cells from the middle of an object within which a place is to find it (Tian et al. 2020)."""
LARGEST_REACH = 6.0
"""Greatest logarithm of a distance to an edge, in strides: exponentials must stay finite."""


class Fcos(DenseDetector):
    """Scores of each class, distances to four edges, and how central a place is in its object.

    Objects belong to the level of their size (`level_of`). Distances are exponentials, as in the
    paper. Features are normalised over the channels of each place, where it has groups of channels
    of a whole window: what is found at a place would depend on all else in the window. Source: Tian
    et al. 2019, FCOS, section 3, with sampling about middles (2020).
    """

    def __init__(self, pyramid: Pyramid, *, strides: Sequence[int], class_count: int) -> None:
        super().__init__()
        self.strides = tuple(strides)
        self.class_count = class_count
        self.pyramid = pyramid
        self.scoring = FCOSClassificationHead(
            pyramid.channels, 1, class_count, norm_layer=LayerNorm2d
        )
        self.reaching = FCOSRegressionHead(pyramid.channels, 1, norm_layer=LayerNorm2d)
        spread_filters(self.scoring.conv)
        spread_filters(self.reaching.conv)

    def forward(self, pixels_NBHW: Tensor) -> tuple[Tensor, ...]:
        """Rasters (N, K + 5, H / stride, W / stride), one a level.

        They are logits of classes, logarithms of the distances to the left, top, right and bottom
        edge in strides, and the logit of being central.
        """
        rasters = []
        for level in self.pyramid(pixels_NBHW):
            reaching = self.reaching.conv(level)
            parts = [
                self.scoring.cls_logits(self.scoring.conv(level)),
                self.reaching.bbox_reg(reaching),
                self.reaching.bbox_ctrness(reaching),
            ]
            rasters.append(torch.cat(parts, dim=1))
        return tuple(rasters)

    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        """Focal loss of scores, of boxes 1 - their generalised overlap, cross-entropy of middles.

        All are divided by the number of places in the batch that have an object.
        """
        values_NAC = flatten(self(pixels_NBHW), self.class_count + 5)
        height, width = pixels_NBHW.shape[-2:]
        cells = [[[stride, stride]] for stride in self.strides]
        cells_A4 = place_anchors(cells, self.strides, (height, width), values_NAC.device)
        matched_NA = torch.stack([self._match(cells_A4, window) for window in objects])
        boxes = torch.cat(
            [w.wanted[0][row[row >= 0]] for w, row in zip(objects, matched_NA, strict=True)]
        )
        codes = torch.cat(
            [w.wanted[1][row[row >= 0]] for w, row in zip(objects, matched_NA, strict=True)]
        )
        has_object = matched_NA >= 0
        logits = values_NAC[..., : self.class_count]
        wanted = torch.zeros_like(logits)
        wanted[(*torch.where(has_object), codes)] = 1.0
        judged = matched_NA != NOT_JUDGED
        scored = sigmoid_focal_loss(logits[judged], wanted[judged], reduction="sum")
        own_cells = cells_A4.expand(len(objects), -1, -1)[has_object]
        reached = _judge_edges(values_NAC[has_object][:, self.class_count :], own_cells, boxes)
        total: Tensor = (scored + reached) / has_object.sum().clamp(min=1)
        return total

    @property
    def decoding(self) -> dict[str, Any]:
        """The greatest logarithm of a distance to an edge, in strides."""
        return {"largest_growth": LARGEST_REACH}

    def _match(self, cells_A4: Tensor, window: WindowObjects) -> Tensor:
        """The object (A,) of each place: the smallest whose middle is near, on its level."""
        points = (cells_A4[:, :2] + cells_A4[:, 2:]) / 2
        strides = cells_A4[:, 2] - cells_A4[:, 0]
        boxes, _ = window.wanted
        areas = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
        matched = torch.full((len(points),), BACKGROUND, device=points.device)
        smallest = torch.full((len(points),), torch.inf, device=points.device)
        for begin in range(0, len(boxes), AT_ONCE):
            some, own = boxes[begin : begin + AT_ONCE, None], areas[begin : begin + AT_ONCE, None]
            away = (points - (some[..., :2] + some[..., 2:]) / 2).abs().amax(dim=2)
            is_own = _is_inside(points, some) & (away < RADIUS * strides)
            is_own &= self._is_level(own.sqrt(), strides)
            values, indices = own.where(is_own, torch.inf).min(dim=0)
            matched = torch.where(values < smallest, indices + begin, matched)
            smallest = torch.minimum(values, smallest)
        ignored = window.boxes[window.ignored][:, None]
        if len(ignored):
            matched[(matched < 0) & _is_inside(points, ignored).any(dim=0)] = NOT_JUDGED
        matched[~is_counted(points, window)] = NOT_JUDGED
        return matched

    def _is_level(self, extents_M1: Tensor, strides_A: Tensor) -> Tensor:
        """Whether objects (M, 1) belong to the level of a place (A,), as `level_of` says."""
        of_levels = extents_M1.new_tensor(self.strides)
        levels = torch.searchsorted(of_levels[:-1] * CELLS, extents_M1.contiguous(), right=True)
        return of_levels[levels] == strides_A

    def decode(self, rasters: Sequence[NDArray[np.float32]], *, least: float) -> Candidates:
        """Candidates of one window, without those that hardly differ from a better one (`thin`).

        A score is the root of those of class and middle, one by the other.
        """
        levels = [
            self._decode_level(raster.astype(np.float64), stride, least)
            for raster, stride in zip(rasters, self.strides, strict=True)
        ]
        return thin(join_candidates(levels))

    def _decode_level(self, raster_CHW: Floats, stride: int, least: float) -> Candidates:
        logits, reaches, central = np.split(raster_CHW, [self.class_count, self.class_count + 4])
        scores_KHW = np.sqrt(expit(logits) * expit(central))
        codes, rows, columns = np.nonzero(scores_KHW >= least)
        reach = np.exp(np.minimum(reaches[:, rows, columns].T, LARGEST_REACH)) * stride
        boxes = place_edges(reach * [-1, -1, 1, 1], rows, columns, stride)
        return Candidates(boxes, scores_KHW[codes, rows, columns], codes.astype(np.int64))


def _is_inside(points_A2: Tensor, boxes_M14: Tensor) -> Tensor:
    """Whether points lie inside boxes (M, A)."""
    begins, ends = boxes_M14[..., :2], boxes_M14[..., 2:]
    return ((points_A2 > begins) & (points_A2 < ends)).all(dim=2)


def _judge_edges(values_M5: Tensor, cells_M4: Tensor, boxes_M4: Tensor) -> Tensor:
    """The loss of distances and of being central, of places that have an object."""
    points = (cells_M4[:, :2] + cells_M4[:, 2:]) / 2
    strides = cells_M4[:, 2:3] - cells_M4[:, :1]
    reach = values_M5[:, :4].clamp(max=LARGEST_REACH).exp() * strides
    reached = torch.cat([points - reach[:, :2], points + reach[:, 2:]], dim=1)
    overlap: Tensor = generalized_box_iou_loss(reached, boxes_M4, reduction="sum")
    before, behind = points - boxes_M4[:, :2], boxes_M4[:, 2:] - points
    central = (torch.minimum(before, behind) / torch.maximum(before, behind)).prod(dim=1).sqrt()
    middles = functional.binary_cross_entropy_with_logits(values_M5[:, 4], central, reduction="sum")
    return overlap + middles


def build_fcos(
    *,
    encoder: str,
    decoder: str | None,  # noqa: ARG001
    weights: str | None,
    bands: Sequence[str],
    class_count: int,
    plan: dict[str, Any],
) -> Fcos:
    """FCOS on any encoder, with the levels of the plan."""
    pyramid = build_pyramid(plan, encoder=encoder, weights=weights, bands=bands)
    return Fcos(pyramid, strides=plan["strides"], class_count=class_count)
