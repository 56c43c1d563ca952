"""The closed table of architectures; every member passes the contract tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import get_args

import segmentation_models_pytorch as smp
from torch import nn

from rs_seg.algorithms.networks.any_encoder import (
    INTERPOLATED,
    build_dpt,
    build_fpn,
    build_interpolating,
    build_pspnet,
    build_swin_unet,
    build_unet,
)
from rs_seg.algorithms.networks.atrous import build_deeplab
from rs_seg.algorithms.networks.classic.deconvnet import DeconvNet
from rs_seg.algorithms.networks.classic.fcn import Fcn
from rs_seg.algorithms.networks.classic.hypercolumns import Hypercolumns
from rs_seg.algorithms.networks.classic.parsenet import ParseNet
from rs_seg.algorithms.networks.classic.patches import PatchClassifier
from rs_seg.algorithms.networks.classic.segnet import SegNet
from rs_seg.algorithms.networks.classic.swin import SwinUnet
from rs_seg.algorithms.networks.classic.tiramisu import FcDenseNet
from rs_seg.algorithms.networks.classic.unet import OriginalUnet
from rs_seg.algorithms.networks.classic.upsampling import Upsampling
from rs_seg.algorithms.networks.of_torchvision import TorchvisionNetwork

STRIDE = 32
"""Heights and widths of windows and tiles are multiples of this, the total stride of the encoders.
"""
UPSAMPLINGS = get_args(Upsampling)
SMOOTH = tuple(kind for kind in UPSAMPLINGS if kind != "bed_of_nails")
"""For networks with no layer behind their upsampling, which would leave most pixels without a
score."""


@dataclass(frozen=True)
class Architecture:
    """How a network of the table is built, and which options it takes."""

    network: Callable[..., nn.Module]
    decoder_stages: int | None = None
    """Number of `decoder_channels` that it takes, deep to shallow; None: it takes none."""
    own_encoder: str | None = None
    """The encoder that it was published with and that cannot be changed, ours; None: any of the
    library's."""
    default_encoder: str = "resnet18"
    """The encoder where none is asked for and it has none of its own."""
    pretrained: bool = True
    """Whether its encoder takes weights: those of torchvision, or of timm, where it is its own."""
    width: int | None = None
    """Channels of the first layers as published, where a thinner twin can be asked for."""
    width_multiple: int = 1
    """Widths are multiples of this, the number of heads that attend to parts of them."""
    upsampling: tuple[str, ...] = ()
    """Ways of upsampling that can be chosen; none: it has one of its own."""
    output_stride: int | None = None
    """Stride of its deepest features as published, where that and the rates of its atrous
    convolutions can be chosen; None: it has none."""
    dropout: bool = False
    """Whether the share of features that training leaves out can be chosen."""

    @property
    def takes_features(self) -> bool:
        """Whether the decoder takes the features of any encoder, and nothing else of it.

        Vision transformers hand on tokens besides.
        """
        return self.own_encoder is None and self.network is not build_dpt


ARCHITECTURES: dict[str, Architecture] = {
    "unet": Architecture(build_unet, decoder_stages=5, upsampling=UPSAMPLINGS, dropout=True),
    "unetplusplus": Architecture(
        partial(build_interpolating, smp.UnetPlusPlus), decoder_stages=5, upsampling=INTERPOLATED
    ),
    "linknet": Architecture(smp.Linknet),
    "manet": Architecture(
        partial(build_interpolating, smp.MAnet), decoder_stages=5, upsampling=INTERPOLATED
    ),
    "fpn": Architecture(build_fpn, upsampling=INTERPOLATED, dropout=True),
    "pspnet": Architecture(build_pspnet, dropout=True),
    "pan": Architecture(smp.PAN),
    "deeplabv3": Architecture(
        partial(build_deeplab, smp.DeepLabV3, 8), output_stride=8, dropout=True
    ),
    "deeplabv3plus": Architecture(
        partial(build_deeplab, smp.DeepLabV3Plus, 16), output_stride=16, dropout=True
    ),
    "upernet": Architecture(smp.UPerNet),
    "segformer": Architecture(smp.Segformer),
    "dpt": Architecture(build_dpt, default_encoder="tu-vit_tiny_patch16_224"),
    "swin_unet_convolutional": Architecture(
        build_swin_unet,
        decoder_stages=5,
        default_encoder="tu-swin_tiny_patch4_window7_224",
        upsampling=UPSAMPLINGS,
    ),
    "fcn32s": Architecture(
        partial(Fcn, finest_stride=32), own_encoder="vgg16", width=64, upsampling=SMOOTH
    ),
    "fcn16s": Architecture(
        partial(Fcn, finest_stride=16), own_encoder="vgg16", width=64, upsampling=SMOOTH
    ),
    "fcn8s": Architecture(
        partial(Fcn, finest_stride=8), own_encoder="vgg16", width=64, upsampling=SMOOTH
    ),
    "hypercolumns": Architecture(Hypercolumns, own_encoder="vgg16", width=64, upsampling=SMOOTH),
    "parsenet": Architecture(ParseNet, own_encoder="vgg16", width=64, upsampling=SMOOTH),
    "deconvnet": Architecture(DeconvNet, own_encoder="vgg16_bn", width=64),
    "segnet": Architecture(SegNet, own_encoder="vgg16_bn", width=64),
    "swin_unet": Architecture(
        SwinUnet, own_encoder="swin_tiny_patch4_window7_224", width=96, width_multiple=3
    ),
    "torchvision_fcn_resnet50": Architecture(
        partial(TorchvisionNetwork, "fcn_resnet50"), own_encoder="resnet50"
    ),
    "torchvision_fcn_resnet101": Architecture(
        partial(TorchvisionNetwork, "fcn_resnet101"), own_encoder="resnet101"
    ),
    "torchvision_deeplabv3_resnet50": Architecture(
        partial(TorchvisionNetwork, "deeplabv3_resnet50"), own_encoder="resnet50"
    ),
    "torchvision_deeplabv3_resnet101": Architecture(
        partial(TorchvisionNetwork, "deeplabv3_resnet101"), own_encoder="resnet101"
    ),
    "torchvision_deeplabv3_mobilenet_v3_large": Architecture(
        partial(TorchvisionNetwork, "deeplabv3_mobilenet_v3_large"),
        own_encoder="mobilenet_v3_large",
    ),
    "torchvision_lraspp_mobilenet_v3_large": Architecture(
        partial(TorchvisionNetwork, "lraspp_mobilenet_v3_large"), own_encoder="mobilenet_v3_large"
    ),
    "patch_classifier": Architecture(
        PatchClassifier, own_encoder="windows", pretrained=False, width=48
    ),
    "unet_original": Architecture(
        partial(OriginalUnet, padded=False),
        own_encoder="plain",
        pretrained=False,
        width=64,
        upsampling=UPSAMPLINGS,
        dropout=True,
    ),
    "unet_original_padded": Architecture(
        partial(OriginalUnet, padded=True),
        own_encoder="plain",
        pretrained=False,
        width=64,
        upsampling=UPSAMPLINGS,
        dropout=True,
    ),
    "fc_densenet56": Architecture(
        partial(FcDenseNet, blocks=(4,) * 6, growth=12), own_encoder="dense", pretrained=False
    ),
    "fc_densenet67": Architecture(
        partial(FcDenseNet, blocks=(5,) * 6, growth=16), own_encoder="dense", pretrained=False
    ),
    "fc_densenet103": Architecture(
        partial(FcDenseNet, blocks=(4, 5, 7, 10, 12, 15), growth=16),
        own_encoder="dense",
        pretrained=False,
    ),
}
