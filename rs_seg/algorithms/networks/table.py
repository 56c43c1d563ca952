"""The closed table of architectures; every member passes the contract tests."""

from __future__ import annotations

from dataclasses import dataclass

import segmentation_models_pytorch as smp
from torch import nn

STRIDE = 32
"""Heights and widths of windows and tiles are multiples of this, the total stride of the encoders."""


@dataclass(frozen=True)
class Architecture:
    """How a network of the table is built."""

    network: type[nn.Module]
    decoder_stages: int | None = None
    """Number of `decoder_channels` that it takes, deep to shallow; None: it takes none."""


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
}
