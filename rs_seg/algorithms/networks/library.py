"""Networks of segmentation-models-pytorch, with the ways of upsampling that they leave open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import segmentation_models_pytorch as smp
from torch import nn

from rs_seg.algorithms.networks.classic.upsampling import UpsampledBlock, Upsampling, upsampling_layer

INTERPOLATED = ("nearest", "bilinear")
"""What the library upsamples by itself."""


def build_interpolating(
    network: Callable[..., nn.Module], *, upsampling: Upsampling | None = None, **settings: Any
) -> nn.Module:
    """A network of the library whose decoder interpolates as asked for; None: as the library has it."""
    chosen = {} if upsampling is None else {"decoder_interpolation": upsampling}
    return network(**settings, **chosen)


def build_unet(*, upsampling: Upsampling | None = None, **settings: Any) -> nn.Module:
    """A U-Net of the library whose decoder upsamples as asked for; None: as the library has it."""
    if upsampling is None or upsampling in INTERPOLATED:
        return build_interpolating(smp.Unet, upsampling=upsampling, **settings)
    network = smp.Unet(**settings)
    channels = network.encoder.out_channels[-1]
    for number, block in enumerate(network.decoder.blocks):
        network.decoder.blocks[number] = UpsampledBlock(upsampling_layer(upsampling, channels, 2), block)
        channels = block.conv1[0].out_channels
    return network
