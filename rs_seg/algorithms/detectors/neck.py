"""Features of an encoder at one stride, with what the deeper stages know."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from rs_seg.algorithms.detectors.pyramid import build_encoder

DEPTH = 5
"""Stages of an encoder; stage n has a stride of 2^n."""
CHANNELS = 128
"""Channels of the features that heads read."""


class TopDownFeatures(nn.Module):
    """Pixels (N, B, H, W) -> features (N, C, H / stride, W / stride).

    Each deeper stage is upsampled and added to the one above it, as in a feature pyramid of which
    only the finest level is read. Source: Lin et al. 2017, Feature Pyramid Networks, figure 2b.
    """

    def __init__(
        self, band_count: int, encoder: nn.Module | str, *, stride: int, channels: int = CHANNELS
    ) -> None:
        super().__init__()
        self.finest = stride.bit_length() - 1
        assert stride == 2**self.finest <= 2**DEPTH, "strides are powers of two up to 32"
        built: Any = make_encoder(band_count, encoder)
        self.encoder = built
        self.laterals = nn.ModuleList(
            nn.Conv2d(width, channels, 1) for width in built.out_channels[self.finest :]
        )
        self.smooth = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.LeakyReLU(0.1),
        )

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        """Features (N, C, H / stride, W / stride)."""
        stages = self.encoder(pixels_NBHW)[self.finest :]
        merged_NCHW: Tensor | None = None
        for stage_NCHW, lateral in zip(reversed(stages), reversed(self.laterals), strict=True):
            level_NCHW = lateral(stage_NCHW)
            if merged_NCHW is not None:
                size = level_NCHW.shape[-2:]
                level_NCHW = level_NCHW + F.interpolate(merged_NCHW, size=size, mode="nearest")
            merged_NCHW = level_NCHW
        features_NCHW: Tensor = self.smooth(merged_NCHW)
        return features_NCHW


def make_encoder(band_count: int, encoder: nn.Module | str) -> nn.Module:
    """An encoder of the library by name, with random values, or the encoder that is given."""
    return (
        encoder if isinstance(encoder, nn.Module) else build_encoder(encoder, band_count=band_count)
    )
