"""Dense detectors with anchors: RetinaNet and SSD differ in their layers, scores and losses."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rs_seg.algorithms.detectors.anchors import (
    LARGEST_GROWTH,
    Shapes,
    encode_boxes,
    flatten,
    match_anchors,
    place_anchors,
)
from rs_seg.algorithms.detectors.dense import DenseDetector
from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.detectors.thinning import thin
from rs_seg.values.candidates import Candidates, join_candidates

Floats = NDArray[np.float64]
GRID = 1024
"""Edges are told in so many parts of a pixel from the middle of their cell: exact in float64
however far the window is from the corner of the scene, so that tiles give equal boxes."""


class AnchoredDetector(DenseDetector):
    """Rasters of a level hold the scores of its anchors, then their four moves (C = A (S + 4)).

    Both are in the order of shapes of anchors, and of classes or moves within a shape.
    """

    high: float
    low: float
    weights: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    """By which moves and growths are multiplied before they are learnt."""

    def __init__(self, *, strides: Sequence[int], anchors: Shapes, scores: int) -> None:
        super().__init__()
        self.strides = tuple(strides)
        self.anchors = anchors
        self.scores = scores

    @abstractmethod
    def score(self, logits_ASHW: NDArray[np.float32]) -> Floats:
        """The scores (A, K, H, W) of the classes, from 0 to 1, from the logits of a level."""

    @abstractmethod
    def judge(self, logits_NAS: Tensor, matched_NA: Tensor, classes_NA: Tensor) -> Tensor:
        """The loss of the scores of all anchors as a sum; classes are those of the objects."""

    @abstractmethod
    def judge_moves(self, moves_M4: Tensor, wanted_M4: Tensor) -> Tensor:
        """The loss of the moves of anchors that have an object, as a sum."""

    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        """The losses of scores and moves by the anchors of the batch that have an object."""
        rasters = self(pixels_NBHW)
        parts = [self._part(raster) for raster in rasters]
        logits_NAS = flatten([scores for scores, _ in parts], self.scores)
        moves_NA4 = flatten([moves for _, moves in parts], 4)
        height, width = pixels_NBHW.shape[-2:]
        anchors_A4 = place_anchors(self.anchors, self.strides, (height, width), logits_NAS.device)
        matches, classes, wanted = [], [], []
        for window in objects:
            matched_A = match_anchors(anchors_A4, window, high=self.high, low=self.low)
            boxes, codes = window.wanted
            has_object = matched_A >= 0
            matches.append(matched_A)
            class_A = torch.zeros_like(matched_A)
            class_A[has_object] = codes[matched_A[has_object]]
            classes.append(class_A)
            own = matched_A[has_object]
            wanted.append(encode_boxes(boxes[own], anchors_A4[has_object], self.weights))
        matched_NA = torch.stack(matches)
        count = (matched_NA >= 0).sum().clamp(min=1)
        scored = self.judge(logits_NAS, matched_NA, torch.stack(classes))
        moved = self.judge_moves(moves_NA4[matched_NA >= 0], torch.cat(wanted))
        return (scored + moved) / count

    @property
    def decoding(self) -> dict[str, Any]:
        """Anchors (width, height in pixels) of each level, and what their moves are told in."""
        return {
            "anchors": [[list(shape) for shape in of_level] for of_level in self.anchors],
            "scores": self.scores,
            "weights": list(self.weights),
            "largest_growth": LARGEST_GROWTH,
        }

    def _part(self, raster_NCHW: Tensor) -> tuple[Tensor, Tensor]:
        """Scores and moves of a level."""
        shapes = raster_NCHW.shape[1] // (self.scores + 4)
        scores, moves = torch.split(raster_NCHW, [shapes * self.scores, shapes * 4], dim=1)
        return scores, moves

    def decode(self, rasters: Sequence[NDArray[np.float32]], *, least: float) -> Candidates:
        """Candidates of one window, without those that hardly differ from a better one (`thin`)."""
        levels = [
            self._decode_level(raster, np.asarray(shapes), stride, least)
            for raster, shapes, stride in zip(rasters, self.anchors, self.strides, strict=True)
        ]
        return thin(join_candidates(levels))

    def _decode_level(
        self, raster_CHW: NDArray[np.float32], shapes_A2: Floats, stride: int, least: float
    ) -> Candidates:
        count, (height, width) = len(shapes_A2), raster_CHW.shape[1:]
        logits, moves = np.split(raster_CHW, [count * self.scores])
        scores_AKHW = self.score(logits.reshape(count, self.scores, height, width))
        shape, codes, rows, columns = np.nonzero(scores_AKHW >= least)
        told = moves.reshape(count, 4, height, width)[shape, :, rows, columns].astype(np.float64)
        told /= self.weights
        sides = shapes_A2[shape]
        middles = told[:, :2] * sides
        half = sides * np.exp(np.minimum(told[:, 2:], LARGEST_GROWTH)) / 2
        edges = np.concatenate([middles - half, middles + half], axis=1)
        boxes = place_edges(edges, rows, columns, stride)
        return Candidates(boxes, scores_AKHW[shape, codes, rows, columns], codes.astype(np.int64))


def place_edges(
    edges_M4: Floats, rows: NDArray[np.int64], columns: NDArray[np.int64], stride: int
) -> Floats:
    """Boxes (M, 4) from edges relative to the middles of cells, in pixels of the window."""
    middles = (np.stack([columns, rows, columns, rows], axis=1) + 0.5) * stride
    placed: Floats = middles + np.round(edges_M4 * GRID) / GRID
    return placed
