"""The architectures of networks, and which choices each leaves open."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

Architecture = Literal[
    "unet",
    "unetplusplus",
    "linknet",
    "manet",
    "fpn",
    "pspnet",
    "pan",
    "deeplabv3",
    "deeplabv3plus",
    "upernet",
    "segformer",
    "dpt",
    "swin_unet_convolutional",
    "fcn32s",
    "fcn16s",
    "fcn8s",
    "hypercolumns",
    "parsenet",
    "deconvnet",
    "segnet",
    "swin_unet",
    "torchvision_fcn_resnet50",
    "torchvision_fcn_resnet101",
    "torchvision_deeplabv3_resnet50",
    "torchvision_deeplabv3_resnet101",
    "torchvision_deeplabv3_mobilenet_v3_large",
    "torchvision_lraspp_mobilenet_v3_large",
    "patch_classifier",
    "unet_original",
    "unet_original_padded",
    "fc_densenet56",
    "fc_densenet67",
    "fc_densenet103",
]
UNTRAINED = (
    "patch_classifier",
    "unet_original",
    "unet_original_padded",
    "fc_densenet56",
    "fc_densenet67",
    "fc_densenet103",
)
"""Networks with layers of their own, for which nobody offers weights."""
TORCHVISION = (
    "torchvision_fcn_resnet50",
    "torchvision_fcn_resnet101",
    "torchvision_deeplabv3_resnet50",
    "torchvision_deeplabv3_resnet101",
    "torchvision_deeplabv3_mobilenet_v3_large",
    "torchvision_lraspp_mobilenet_v3_large",
)
"""Networks of torchvision, which offers weights for all of their layers."""
PUBLISHED = (
    *("fcn32s", "fcn16s", "fcn8s", "hypercolumns", "parsenet", "deconvnet", "segnet", "swin_unet"),
    *TORCHVISION,
    *UNTRAINED,
)
"""Networks that bring their encoder with them."""
Upsampling = Literal["nearest", "bed_of_nails", "bilinear", "transposed"]
SMOOTH = ("nearest", "bilinear", "transposed")
UPSAMPLINGS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("unet", "swin_unet_convolutional", "unet_original", "unet_original_padded"),
        get_args(Upsampling),
    ),
    **dict.fromkeys(("unetplusplus", "manet", "fpn"), ("nearest", "bilinear")),
    **dict.fromkeys(("fcn32s", "fcn16s", "fcn8s", "hypercolumns", "parsenet"), SMOOTH),
}
"""Networks that leave their way of upsampling open, and the ways that each can be asked for."""

ATROUS = ("deeplabv3", "deeplabv3plus")
"""Networks whose output stride and atrous rates can be chosen."""
DROPPING = ("unet", "unet_original", "unet_original_padded", "fpn", "pspnet", *ATROUS)
"""Networks whose dropout can be chosen."""
Activation = Literal["relu", "leaky_relu", "elu", "gelu", "silu"]
Rate = Annotated[int, Field(ge=1, le=256)]
BUILD_OPTIONS = (
    *("encoder", "weights", "decoder_channels", "width", "upsampling"),
    *("output_stride", "atrous_rates", "dropout", "activation"),
)
"""Settings that say what a network is, besides its architecture."""
