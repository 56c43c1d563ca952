"""RetinaNet: anchors on a pyramid of features, learnt by focal loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.detection.retinanet import RetinaNetHead
from torchvision.ops import sigmoid_focal_loss

from rs_seg.algorithms.detectors.anchored import AnchoredDetector, Floats
from rs_seg.algorithms.detectors.anchors import NOT_JUDGED, Shapes
from rs_seg.algorithms.detectors.pyramid import Pyramid, build_pyramid


class RetinaNet(AnchoredDetector):
    """Scores of each class and moves of each anchor, from two stacks of four convolutions.

    Source: Lin et al. 2017, Focal Loss for Dense Object Detection.
    """

    high, low = 0.5, 0.4

    def __init__(
        self, pyramid: Pyramid, *, strides: Sequence[int], anchors: Shapes, class_count: int
    ) -> None:
        super().__init__(strides=strides, anchors=anchors, scores=class_count)
        self.pyramid = pyramid
        self.head = RetinaNetHead(pyramid.channels, len(anchors[0]), class_count)
        spread_filters(self.head.classification_head.conv)
        spread_filters(self.head.regression_head.conv)

    def forward(self, pixels_NBHW: Tensor) -> tuple[Tensor, ...]:
        """Rasters of logits and moves (N, A (K + 4), H / stride, W / stride), one a level."""
        scoring, moving = self.head.classification_head, self.head.regression_head
        return tuple(
            torch.cat(
                [scoring.cls_logits(scoring.conv(level)), moving.bbox_reg(moving.conv(level))],
                dim=1,
            )
            for level in self.pyramid(pixels_NBHW)
        )

    def score(self, logits_ASHW: NDArray[np.float32]) -> Floats:
        """The logistic function of the logits."""
        scores: Floats = expit(logits_ASHW.astype(np.float64))
        return scores

    def judge(self, logits_NAS: Tensor, matched_NA: Tensor, classes_NA: Tensor) -> Tensor:
        """The focal loss of all anchors that are judged."""
        wanted = torch.zeros_like(logits_NAS)
        has_object = matched_NA >= 0
        wanted[has_object, classes_NA[has_object]] = 1.0
        judged = matched_NA != NOT_JUDGED
        loss: Tensor = sigmoid_focal_loss(logits_NAS[judged], wanted[judged], reduction="sum")
        return loss

    def judge_moves(self, moves_M4: Tensor, wanted_M4: Tensor) -> Tensor:
        """The absolute differences."""
        return functional.l1_loss(moves_M4, wanted_M4, reduction="sum")


def spread_filters(layers: nn.Module) -> None:
    """Draw filters that keep the spread of features (He et al. 2015).

    The deviation of 0.01 that heads are published with suits their 256 channels; thin ones would
    make features a thousand times smaller and learn nothing for hundreds of steps.
    """
    for layer in layers.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")


def build_retinanet(
    *,
    encoder: str,
    decoder: str | None,  # noqa: ARG001
    weights: str | None,
    bands: Sequence[str],
    class_count: int,
    plan: dict[str, Any],
) -> RetinaNet:
    """RetinaNet on any encoder, with the levels and anchors of the plan."""
    pyramid = build_pyramid(plan, encoder=encoder, weights=weights, bands=bands)
    return RetinaNet(
        pyramid, strides=plan["strides"], anchors=plan["anchors"], class_count=class_count
    )
