"""ParseNet: the mean of the whole tile beside the features of each pixel."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from rs_seg.algorithms.networks.classic.any_size import AnySizeNetwork
from rs_seg.algorithms.networks.classic.layers import NormalisedFeatures, initialise
from rs_seg.algorithms.networks.classic.upsampling import Upsampling, upsampling_layer
from rs_seg.algorithms.networks.classic.vgg import STAGES, WIDTH, VggEncoder

POOLINGS = 3
"""Poolings that halve; behind them stride 8 is kept, and windows are widened instead."""


class ParseNet(AnySizeNetwork):
    """VGG16 at stride 8, whose features are joined with their mean over the tile.

    fc6 and fc7 have 1024 channels; features and mean are both normalised.

    The last two poolings are windows of 3 x 3 that keep the size, the convolutions of the last
    stage are dilated by 2, fc6 is a 3 x 3 convolution dilated by 12, as in the DeepLab-LargeFOV
    that the paper starts from. The logits depend on every pixel of the tile. Source: Liu et al.
    2015.
    """

    total_stride = 2**POOLINGS

    def __init__(
        self,
        *,
        band_count: int,
        class_count: int,
        width: int = WIDTH,
        upsampling: Upsampling = "bilinear",
    ) -> None:
        super().__init__()
        self.encoder = VggEncoder(band_count, width=width)
        for layer in self.encoder.features[self.encoder.start(len(STAGES) - 1) :]:
            if isinstance(layer, nn.Conv2d):
                layer.dilation, layer.padding = (2, 2), (2, 2)
        deepest, code = self.encoder.channels[-1], 16 * width
        self.head = nn.Sequential(
            *(
                nn.Conv2d(deepest, code, 3, padding=12, dilation=12),
                nn.ReLU(inplace=True),
                nn.Dropout(),
            ),
            *(nn.Conv2d(code, code, 1), nn.ReLU(inplace=True), nn.Dropout()),
        )
        self.local_scale, self.global_scale = NormalisedFeatures(code), NormalisedFeatures(code)
        self.score = nn.Conv2d(2 * code, class_count, 1)
        initialise(self)
        self.upsample = upsampling_layer(upsampling, class_count, self.total_stride)

    def classify(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits (N, K, H, W)."""
        local_NCHW = self.head(self._encode(pixels_NBHW))
        global_NCHW = self.global_scale(F.adaptive_avg_pool2d(local_NCHW, 1)).expand_as(local_NCHW)
        scores_NKHW = self.score(torch.cat([self.local_scale(local_NCHW), global_NCHW], dim=1))
        logits_NKHW: Tensor = self.upsample(scores_NKHW)
        return logits_NKHW

    def _encode(self, x_NCHW: Tensor) -> Tensor:
        for stage in range(len(STAGES)):
            x_NCHW = self.encoder.convolve(stage, x_NCHW)
            x_NCHW = (
                F.max_pool2d(x_NCHW, 2)
                if stage < POOLINGS
                else F.max_pool2d(x_NCHW, 3, stride=1, padding=1)
            )
        return x_NCHW
