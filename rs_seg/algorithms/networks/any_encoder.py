"""Networks of segmentation-models-pytorch, with the ways of upsampling that they leave open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import segmentation_models_pytorch as smp
from torch import nn

from rs_seg.algorithms.networks.classic.swin import simplify_masks
from rs_seg.algorithms.networks.classic.upsampling import (
    UpsampledBlock,
    Upsampling,
    upsampling_layer,
)

STRIDE = 32
"""Total stride of Swin transformers."""
SWIN = "tu-swin"
"""What names of Swin transformers begin with."""
INTERPOLATED = ("nearest", "bilinear")
"""What the library upsamples by itself."""


def build_interpolating(
    network: Callable[..., nn.Module], *, upsampling: Upsampling | None = None, **settings: Any
) -> nn.Module:
    """A network of the library whose decoder interpolates as asked for.

    None: as the library has it.
    """
    chosen = {} if upsampling is None else {"decoder_interpolation": upsampling}
    return network(**settings, **chosen)


def build_unet(*, upsampling: Upsampling | None = None, **settings: Any) -> nn.Module:
    """A U-Net of the library whose decoder upsamples as asked for; None: as the library has it."""
    if upsampling is None or upsampling in INTERPOLATED:
        return build_interpolating(smp.Unet, upsampling=upsampling, **settings)
    network = smp.Unet(**settings)
    channels = network.encoder.out_channels[-1]
    for number, block in enumerate(network.decoder.blocks):
        network.decoder.blocks[number] = UpsampledBlock(
            upsampling_layer(upsampling, channels, 2), block
        )
        channels = block.conv1[0].out_channels
    assert isinstance(network, nn.Module)
    return network


def build_swin_unet(*, encoder_name: str, **settings: Any) -> nn.Module:
    """A U-Net with a Swin transformer as the way down and convolutions as the way up.

    It takes tiles of any size in multiples of 32.

    Windows that the tile does not fill are filled with zeros. The residual encoder beside the
    transformer, and the blocks that tie the two, are left out. Source: after He et al. 2022.

    Raises:
        ValueError: the encoder is no Swin transformer.
    """
    if not encoder_name.startswith(SWIN):
        raise ValueError(
            f"the encoder is a Swin transformer of timm, such as {SWIN}_tiny_patch4_window7_224"
        )
    network = build_unet(encoder_name=encoder_name, strict_img_size=False, **settings)
    simplify_masks(network)
    # Patches are merged by other layers than those that stride.
    vars(network)["total_stride"] = STRIDE
    return network
