"""The closed table of architectures; every member passes the contract tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import segmentation_models_pytorch as smp
from torch import nn

from rs_seg.algorithms.networks.classic.deconvnet import DeconvNet
from rs_seg.algorithms.networks.classic.fcn import Fcn
from rs_seg.algorithms.networks.classic.hypercolumns import Hypercolumns
from rs_seg.algorithms.networks.classic.parsenet import ParseNet
from rs_seg.algorithms.networks.classic.segnet import SegNet
from rs_seg.algorithms.networks.classic.tiramisu import FcDenseNet
from rs_seg.algorithms.networks.classic.unet import OriginalUnet

STRIDE = 32
"""Heights and widths of windows and tiles are multiples of this, the total stride of the encoders."""


@dataclass(frozen=True)
class Architecture:
    """How a network of the table is built, and which options it takes."""

    network: Callable[..., nn.Module]
    decoder_stages: int | None = None
    """Number of `decoder_channels` that it takes, deep to shallow; None: it takes none."""
    own_encoder: str | None = None
    """The encoder that it was published with and that cannot be changed, ours; None: any of the library's."""
    default_encoder: str = "resnet18"
    """The encoder where none is asked for and it has none of its own."""
    pretrained: bool = True
    """Whether its encoder takes weights: those of torchvision where it is its own."""
    width: int | None = None
    """Channels of the first layers as published, where a thinner twin can be asked for."""


ARCHITECTURES: dict[str, Architecture] = {
    "unet": Architecture(smp.Unet, decoder_stages=5),
    "unetplusplus": Architecture(smp.UnetPlusPlus, decoder_stages=5),
    "linknet": Architecture(smp.Linknet),
    "manet": Architecture(smp.MAnet, decoder_stages=5),
    "fpn": Architecture(smp.FPN),
    "pspnet": Architecture(smp.PSPNet),
    "pan": Architecture(smp.PAN),
    "deeplabv3": Architecture(smp.DeepLabV3),
    "deeplabv3plus": Architecture(smp.DeepLabV3Plus),
    "upernet": Architecture(smp.UPerNet),
    "segformer": Architecture(smp.Segformer),
    # tiles of any size, not only the one that the encoder was trained with
    "dpt": Architecture(partial(smp.DPT, dynamic_img_size=True), default_encoder="tu-vit_tiny_patch16_224"),
    "fcn32s": Architecture(partial(Fcn, finest_stride=32), own_encoder="vgg16", width=64),
    "fcn16s": Architecture(partial(Fcn, finest_stride=16), own_encoder="vgg16", width=64),
    "fcn8s": Architecture(partial(Fcn, finest_stride=8), own_encoder="vgg16", width=64),
    "hypercolumns": Architecture(Hypercolumns, own_encoder="vgg16", width=64),
    "parsenet": Architecture(ParseNet, own_encoder="vgg16", width=64),
    "deconvnet": Architecture(DeconvNet, own_encoder="vgg16_bn", width=64),
    "segnet": Architecture(SegNet, own_encoder="vgg16_bn", width=64),
    "unet_original": Architecture(partial(OriginalUnet, padded=False), own_encoder="plain", pretrained=False, width=64),
    "unet_original_padded": Architecture(
        partial(OriginalUnet, padded=True), own_encoder="plain", pretrained=False, width=64
    ),
    "fc_densenet56": Architecture(
        partial(FcDenseNet, blocks=(4,) * 6, growth=12), own_encoder="dense", pretrained=False
    ),
    "fc_densenet67": Architecture(
        partial(FcDenseNet, blocks=(5,) * 6, growth=16), own_encoder="dense", pretrained=False
    ),
    "fc_densenet103": Architecture(
        partial(FcDenseNet, blocks=(4, 5, 7, 10, 12, 15), growth=16), own_encoder="dense", pretrained=False
    ),
}
