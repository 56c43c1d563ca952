"""Ways to bring features to a larger size, where a network leaves the choice."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from rs_seg.algorithms.networks.classic.layers import bilinear_upsampling

Upsampling = Literal["nearest", "bed_of_nails", "bilinear", "transposed"]


def upsampling_layer(kind: Upsampling, channels: int, factor: int) -> nn.Module:
    """A layer (N, C, H, W) -> (N, C, factor H, factor W).

    `transposed` begins as bilinear interpolation of each channel and learns from there; the others
    learn nothing.
    """
    if kind == "transposed":
        return bilinear_upsampling(channels, factor, groups=channels)
    if kind == "bed_of_nails":
        return BedOfNails(factor)
    return nn.Upsample(
        scale_factor=factor, mode=kind, align_corners=False if kind == "bilinear" else None
    )


class BedOfNails(nn.Module):
    """Each value in the upper left corner of its block of pixels, zero elsewhere.

    A block is `factor` x `factor` pixels.
    """

    def __init__(self, factor: int) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """Features (N, C, factor H, factor W)."""
        spread_NCHW = F.interpolate(x_NCHW, scale_factor=self.factor)
        rows, columns = (
            torch.arange(size, device=x_NCHW.device) % self.factor == 0
            for size in spread_NCHW.shape[-2:]
        )
        return torch.where(rows[:, None] & columns, spread_NCHW, 0.0)


class UpsampledBlock(nn.Module):
    """A decoder block of a U-Net behind an upsampling that its library does not have.

    The U-Net is that of segmentation-models-pytorch.

    The block's own interpolation then finds the size that it wants, and changes nothing.
    """

    def __init__(self, upsampling: nn.Module, block: nn.Module) -> None:
        super().__init__()
        self.upsampling, self.block = upsampling, block

    def forward(
        self, feature_map: Tensor, height: int, width: int, skip_connection: Tensor | None = None
    ) -> Tensor:
        """The block's output for the upsampled features and those of the skip connection."""
        out_NCHW: Tensor = self.block(self.upsampling(feature_map), height, width, skip_connection)
        return out_NCHW
