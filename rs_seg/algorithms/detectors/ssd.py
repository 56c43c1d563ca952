"""SSD and SSDLite: anchors on the features of the encoder themselves, learnt from hard negatives.

The features of a stride of 4 are a few convolutions deep: small objects are learnt later than large
ones. Of cars of 7 to 11 pixels 95 in 100 have an anchor that shares half of its union with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.detection.ssd import SSDHead
from torchvision.models.detection.ssdlite import SSDLiteHead

from rs_seg.algorithms.detectors.anchored import AnchoredDetector, Floats
from rs_seg.algorithms.detectors.anchors import BACKGROUND, Shapes
from rs_seg.algorithms.detectors.centre import RARE
from rs_seg.algorithms.detectors.pyramid import Stages, build_encoder, place_encoder

NEGATIVES = 3
"""Anchors on background that learn for each that has an object, those with the greatest loss."""
LEAST_NEGATIVES = 16
"""Of windows without objects, so that they teach something too; a window each."""
LITE_NORM = partial(nn.BatchNorm2d, eps=0.001, momentum=0.03)
"""Normalisation of SSDLite (Sandler et al. 2018, section 6.2, as torchvision has it)."""


class Ssd(AnchoredDetector):
    """Scores of K classes and the background, and moves, from one layer a level.

    `features` gives the features of the strides, of `widths` channels; `lite` makes the layers
    depthwise separable. Negatives are chosen from the whole batch. Sources: Liu et al. 2016, SSD;
    Sandler et al. 2018, MobileNetV2, section 6.2 (lite).
    """

    high, low = 0.5, 0.5
    weights = (10.0, 10.0, 5.0, 5.0)

    def __init__(
        self,
        features: nn.Module,
        *,
        widths: Sequence[int],
        strides: Sequence[int],
        anchors: Shapes,
        class_count: int,
        lite: bool = False,
    ) -> None:
        super().__init__(strides=strides, anchors=anchors, scores=class_count + 1)
        self.features = features
        shapes = [len(of_level) for of_level in anchors]
        build = partial(SSDLiteHead, norm_layer=LITE_NORM) if lite else SSDHead
        self.head = build(list(widths), shapes, class_count + 1)
        for layer in self.head.classification_head.module_list:
            last = layer[-1] if lite else layer
            with torch.no_grad():
                last.bias.copy_(
                    expect_background(class_count).repeat(len(last.bias) // (class_count + 1))
                )

    def forward(self, pixels_NBHW: Tensor) -> tuple[Tensor, ...]:
        """Rasters of logits and moves (N, A (K + 5), H / stride, W / stride), one a level.

        The first logit of an anchor is that of the background.
        """
        scoring = self.head.classification_head.module_list
        moving = self.head.regression_head.module_list
        levels = self.features(pixels_NBHW)
        return tuple(
            torch.cat([score(level), move(level)], dim=1)
            for score, move, level in zip(scoring, moving, levels, strict=True)
        )

    def score(self, logits_ASHW: NDArray[np.float32]) -> Floats:
        """The shares of the classes, without that of the background."""
        shares: Floats = softmax(logits_ASHW.astype(np.float64), axis=1)
        return shares[:, 1:]

    def judge(self, logits_NAS: Tensor, matched_NA: Tensor, classes_NA: Tensor) -> Tensor:
        """The cross-entropy of anchors with an object, and of the hardest of the background."""
        has_object = matched_NA >= 0
        wanted_NA = torch.where(has_object, classes_NA + 1, 0)
        losses_NA = functional.cross_entropy(logits_NAS.mT, wanted_NA, reduction="none")
        negatives = losses_NA[matched_NA == BACKGROUND]
        count = NEGATIVES * int(has_object.sum()) + LEAST_NEGATIVES * len(matched_NA)
        hardest = negatives.topk(min(count, len(negatives))).values
        return losses_NA[has_object].sum() + hardest.sum()

    def judge_moves(self, moves_M4: Tensor, wanted_M4: Tensor) -> Tensor:
        """The smooth absolute differences."""
        return functional.smooth_l1_loss(moves_M4, wanted_M4, reduction="sum")


def expect_background(class_count: int) -> Tensor:
    """Logits (K + 1,) of an untrained network, by which objects are as rare as `RARE` says.

    Without them it would find an object at every anchor, and its decoding would take a minute.
    """
    logits = torch.zeros(class_count + 1)
    logits[0] = np.log(class_count * (1 - RARE) / RARE)
    return logits


def build_ssd(
    *,
    encoder: str,
    decoder: str | None,  # noqa: ARG001
    weights: str | None,
    bands: Sequence[str],
    class_count: int,
    plan: dict[str, Any],
    lite: bool = False,
) -> Ssd:
    """SSD on any encoder, with the levels and anchors of the plan."""
    strides = plan["strides"]
    features = Stages(build_encoder(encoder, band_count=len(bands)), strides=strides)
    place_encoder(features, weights, encoder=encoder, bands=bands)
    return Ssd(
        features,
        widths=features.out_channels,
        strides=strides,
        anchors=plan["anchors"],
        class_count=class_count,
        lite=lite,
    )


build_ssdlite = partial(build_ssd, lite=True)
