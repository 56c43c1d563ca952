"""Hypercolumns: every pixel classified by the features of all depths of a network there."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rs_seg.algorithms.networks.classic.any_size import AnySizeNetwork
from rs_seg.algorithms.networks.classic.layers import initialise
from rs_seg.algorithms.networks.classic.upsampling import Upsampling, upsampling_layer
from rs_seg.algorithms.networks.classic.vgg import WIDTH, VggEncoder

TAKEN_STAGES = (1, 3)
"""pool2 and pool4, beside fc7."""
STRIDES = (4, 16, 32)
"""Of these three."""


class Hypercolumns(AnySizeNetwork):
    """A linear classifier of features of VGG16, all upsampled to each pixel.

    The features are pool2, pool4 and fc7, upsampled bilinearly.

    Computed as the paper does: features are scored where they are, and the scores are upsampled and
    summed, which is the same, as both are linear. The grid of classifiers over an object's box
    belongs to detection and is left out.
    Source: Hariharan et al. 2015.
    """

    def __init__(
        self,
        *,
        band_count: int,
        class_count: int,
        width: int = WIDTH,
        upsampling: Upsampling = "bilinear",
    ) -> None:
        super().__init__()
        self.encoder = VggEncoder(band_count, width=width, head=True)
        channels = [
            *(self.encoder.channels[stage] for stage in TAKEN_STAGES),
            self.encoder.head_channels,
        ]
        self.scores = nn.ModuleList(nn.Conv2d(count, class_count, 1) for count in channels)
        initialise(self)
        self.upsamplings = nn.ModuleList(
            upsampling_layer(upsampling, class_count, stride) for stride in STRIDES
        )

    def classify(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits (N, K, H, W)."""
        parts = zip(self.upsamplings, self.scores, self.column_parts(pixels_NBHW), strict=True)
        upsampled = [upsample(score(features_NCHW)) for upsample, score, features_NCHW in parts]
        return torch.stack(upsampled).sum(dim=0)

    def column_parts(self, pixels_NBHW: Tensor) -> list[Tensor]:
        """The features that hypercolumns are made of, each at its own stride."""
        pooled = self.encoder.pool_stages(pixels_NBHW)
        return [*(pooled[stage] for stage in TAKEN_STAGES), self.encoder.classifier(pooled[-1])]
