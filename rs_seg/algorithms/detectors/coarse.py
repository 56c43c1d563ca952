"""Networks that end at a stride of a few pixels, for objects that are much larger than one."""

from __future__ import annotations

from typing import Any

from segmentation_models_pytorch.base import SegmentationHead
from torch import nn

PYRAMID_STRIDE = 4
"""Stride that the head of an FPN enlarges from."""


def coarsen(network: nn.Module, decoder: str, *, stride: int, raster_count: int) -> int:
    """Leave out the last layers of a network, so that its rasters have a cell per `stride` pixels.

    The stride that it now has: U-Net and LinkNet take any power of two up to 16, an FPN 4 or 1;
    other decoders stay at the size of the image. The shallow layers are the most expensive ones.
    """
    ended: Any = network
    if decoder in ("unet", "linknet"):
        left_out = stride.bit_length() - 1
        blocks = ended.decoder.blocks
        if left_out:
            ended.decoder.blocks = blocks[: len(blocks) - left_out]
            ended.segmentation_head = SegmentationHead(
                _channels_behind(blocks, left_out), raster_count
            )
        return stride
    if decoder == "fpn" and stride >= PYRAMID_STRIDE:
        ended.segmentation_head[1] = nn.Identity()
        return PYRAMID_STRIDE
    return 1


def _channels_behind(blocks: Any, left_out: int) -> int:
    """Channels of what the last block that stays gives."""
    convolutions = [
        layer for layer in blocks[len(blocks) - left_out - 1].modules() if _convolves(layer)
    ]
    channels: int = convolutions[-1].out_channels
    return channels


def _convolves(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)
