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
PYRAMID_STRIDE = 8
"""Stride of the features that PSPNet pools (Zhao et al. 2017, section 3.2)."""


def build_interpolating(
    network: Callable[..., nn.Module], *, upsampling: Upsampling | None = None, **settings: Any
) -> nn.Module:
    """A network of the library whose decoder interpolates as asked for; None: as the library has it."""
    chosen = {} if upsampling is None else {"decoder_interpolation": upsampling}
    return network(**settings, **chosen)


def build_fpn(*, dropout: float | None = None, **settings: Any) -> nn.Module:
    """A feature pyramid network of the library with the dropout that is asked for."""
    chosen: dict[str, Any] = {} if dropout is None else {"decoder_dropout": dropout}
    return build_interpolating(smp.FPN, **settings, **chosen)


def build_dpt(**settings: Any) -> nn.Module:
    """A dense prediction transformer for tiles of any size, not only the one of its encoder's training.

    The library keeps the encoder's last normalisation and classifier, which nothing reads
    (segmentation-models-pytorch 0.6.0); here they are left out.
    """
    network: nn.Module = smp.DPT(dynamic_img_size=True, **settings)
    transformer: Any = network.get_submodule("encoder.model")
    transformer.reset_classifier(0)
    transformer.norm = nn.Identity()
    return network


def build_pspnet(*, dropout: float | None = None, **settings: Any) -> nn.Module:
    """PSPNet on all five stages of the encoder, the last two dilated to a stride of 8.

    The library takes the first three stages alone and leaves 92 % of the parameters of a ResNet-50
    unused (segmentation-models-pytorch 0.6.0). Source: Zhao et al. 2017, section 3.2.

    Raises:
        NotImplementedError, TypeError: the encoder cannot be dilated.
    """
    chosen = {} if dropout is None else {"psp_dropout": dropout}
    network: nn.Module = smp.PSPNet(
        encoder_depth=5, output_stride=PYRAMID_STRIDE, **settings, **chosen
    )
    return network


def build_unet(
    *, upsampling: Upsampling | None = None, dropout: float | None = None, **settings: Any
) -> nn.Module:
    """A U-Net of the library whose decoder upsamples as asked for; None: as the library has it.

    Dropout acts on the deepest features, where Ronneberger et al. 2015 (section 3.1) have it.
    """
    network: Any
    if upsampling is None or upsampling in INTERPOLATED:
        network = build_interpolating(smp.Unet, upsampling=upsampling, **settings)
    else:
        network = smp.Unet(**settings)
        _upsample_blocks(network, upsampling)
    if dropout is not None:
        network.decoder.center = nn.Sequential(network.decoder.center, nn.Dropout(dropout))
    assert isinstance(network, nn.Module)
    return network


def _upsample_blocks(network: Any, upsampling: Upsampling) -> None:
    channels = network.encoder.out_channels[-1]
    for number, block in enumerate(network.decoder.blocks):
        network.decoder.blocks[number] = UpsampledBlock(
            upsampling_layer(upsampling, channels, 2), block
        )
        channels = block.conv1[0].out_channels


def build_swin_unet(*, encoder_name: str, **settings: Any) -> nn.Module:
    """A Swin transformer as the way down, convolutions as the way up, for tiles of any size in multiples of 32.

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
    vars(network)["total_stride"] = (
        STRIDE  # patches are merged by other layers than those that stride
    )
    return network
