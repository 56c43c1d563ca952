"""Fully convolutional networks on VGG16: FCN-32s, FCN-16s, FCN-8s."""

from __future__ import annotations

from functools import partial
from typing import Literal

from torch import Tensor, nn

from rs_seg.algorithms.networks.classic.any_size import AnySizeNetwork
from rs_seg.algorithms.networks.classic.layers import bilinear_upsampling, initialise
from rs_seg.algorithms.networks.classic.upsampling import Upsampling, upsampling_layer
from rs_seg.algorithms.networks.classic.vgg import WIDTH, VggEncoder


class Fcn(AnySizeNetwork):
    """Scores of VGG16 at a stride of 32, upsampled by transposed convolutions.

    Skips add the scores of shallower stages, down to the named stride.

    Transposed convolutions begin as bilinear interpolation; the scores of the skips begin at zero,
    so that an FCN-8s starts as the path of its deepest scores. The paper pads the image by 100
    pixels and crops; here fc6 is padded instead, which costs less and keeps pixels and scores
    aligned.
    Source: Long et al. 2015.
    """

    def __init__(
        self,
        *,
        band_count: int,
        class_count: int,
        finest_stride: Literal[8, 16, 32],
        width: int = WIDTH,
        upsampling: Upsampling | None = None,
    ) -> None:
        super().__init__()
        self.encoder = VggEncoder(band_count, width=width, head=True)
        self.score = nn.Conv2d(self.encoder.head_channels, class_count, 1)
        skipped = {32: (), 16: (3,), 8: (3, 2)}[finest_stride]
        self.skipped_stages = skipped
        self.skips = nn.ModuleList(
            nn.Conv2d(self.encoder.channels[stage], class_count, 1) for stage in skipped
        )
        initialise(self)
        for skip in self.skips:
            nn.init.zeros_(skip.get_parameter("weight"))
        enlarge = (
            bilinear_upsampling if upsampling is None else partial(upsampling_layer, upsampling)
        )
        self.doublings = nn.ModuleList(enlarge(class_count, 2) for _ in skipped)
        self.upsampling = enlarge(class_count, finest_stride)

    def classify(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits (N, K, H, W)."""
        pooled = self.encoder.pool_stages(pixels_NBHW)
        scores_NKHW = self.score(self.encoder.classifier(pooled[-1]))
        for stage, skip, double in zip(
            self.skipped_stages, self.skips, self.doublings, strict=True
        ):
            scores_NKHW = double(scores_NKHW) + skip(pooled[stage])
        logits_NKHW: Tensor = self.upsampling(scores_NKHW)
        return logits_NKHW
