"""Features at several strides, from any encoder, for detectors that look at each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from segmentation_models_pytorch.encoders import get_encoder
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import Conv2dNormActivation, FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool, LastLevelP6P7

from rs_seg.algorithms.networks.building import find_weights
from rs_seg.algorithms.networks.pretrained import place_weights
from rs_seg.errors import UserError

DEEPEST = 32
"""Stride of the deepest features of the encoders."""
STEM_CHANNELS = 32
"""Channels of features of a stride of 2, where the encoder has none."""
SCALE = 20.0
"""What the normalised features of the finest level are multiplied by before anything is learnt (Liu
et al. 2016, SSD, section 3.1)."""


class Pyramid(nn.Module):
    """Features of `channels` channels at each of the strides, finest first.

    Encoders that begin at a stride of 4 get a convolution beside them where 2 is asked for. One
    stride beyond 32 comes by leaving out every other cell, two by convolutions. Source: Lin et al.
    2017, Feature Pyramid Networks; RetinaNet, section 4.
    """

    def __init__(
        self, encoder: nn.Module, *, band_count: int, strides: Sequence[int], channels: int
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.strides = tuple(strides)
        self.channels = channels
        depths = [stride.bit_length() - 1 for stride in strides if stride <= DEEPEST]
        self.depths = depths
        of_encoder: Any = encoder.out_channels
        widths = [of_encoder[depth] for depth in depths]
        self.stem: nn.Module | None = None
        if widths[0] == 0:
            self.stem = Conv2dNormActivation(band_count, STEM_CHANNELS, stride=2)
            widths[0] = STEM_CHANNELS
        extra = {
            0: lambda: None,
            1: LastLevelMaxPool,
            2: lambda: LastLevelP6P7(channels, channels),
        }[len(strides) - len(depths)]()
        self.fpn = FeaturePyramidNetwork(widths, channels, extra_blocks=extra)

    def forward(self, pixels_NBHW: Tensor) -> list[Tensor]:
        """Features (N, channels, H / stride, W / stride), finest first."""
        stages = self.encoder(pixels_NBHW)
        features = {str(depth): stages[depth] for depth in self.depths}
        if self.stem is not None:
            features[str(self.depths[0])] = self.stem(pixels_NBHW)
        return list(self.fpn(features).values())


class Stages(nn.Module):
    """The features of an encoder as they are, at each of the strides, finest first.

    The finest ones, which vary most, are brought to a length of `SCALE` at each place, and that
    learns. Source: Liu et al. 2016, SSD, section 3.1.
    """

    def __init__(self, encoder: nn.Module, *, strides: Sequence[int]) -> None:
        super().__init__()
        self.encoder = encoder
        self.depths = [stride.bit_length() - 1 for stride in strides]
        of_encoder: Any = encoder.out_channels
        self.out_channels = [of_encoder[depth] for depth in self.depths]
        self.scale = nn.Parameter(torch.full((self.out_channels[0], 1, 1), SCALE))

    def forward(self, pixels_NBHW: Tensor) -> list[Tensor]:
        """Features (N, C, H / stride, W / stride), finest first."""
        stages = self.encoder(pixels_NBHW)
        finest, *others = (stages[depth] for depth in self.depths)
        return [functional.normalize(finest) * self.scale, *others]


def build_pyramid(
    plan: Mapping[str, Any], *, encoder: str, weights: str | None, bands: Sequence[str]
) -> Pyramid:
    """The pyramid with the strides and channels of a plan, on an encoder with its weights.

    Raises:
        UserError: the encoder does not suit a detector, or its weights do not exist.
    """
    part = build_encoder(encoder, band_count=len(bands))
    pyramid = Pyramid(
        part, band_count=len(bands), strides=plan["strides"], channels=plan["channels"]
    )
    place_encoder(pyramid, weights, encoder=encoder, bands=bands)
    return pyramid


def build_encoder(encoder: str, *, band_count: int) -> nn.Module:
    """An encoder (N, bands, H, W) -> features at strides of 1 to 32, with random values.

    Raises:
        UserError: it cannot give features at these strides.
    """
    try:
        network: nn.Module = get_encoder(encoder, in_channels=band_count, depth=5, weights=None)
    except (KeyError, TypeError, ValueError, RuntimeError, AssertionError) as error:
        raise _unsuitable(encoder, " ".join(str(error).split())[:300]) from error
    strides = _measure_strides(network, encoder, band_count)
    if strides != [2, 4, 8, 16, 32]:
        raise _unsuitable(encoder, f"features at strides of {', '.join(map(str, strides))}")
    return network


def _measure_strides(network: nn.Module, encoder: str, band_count: int) -> list[int]:
    side = 2 * DEEPEST
    was_training = network.training
    try:
        with torch.no_grad():
            stages = network.eval()(torch.zeros(1, band_count, side, side))
    except (RuntimeError, ValueError, AssertionError) as error:
        raise _unsuitable(encoder, " ".join(str(error).split())[:300]) from error
    network.train(was_training)
    return [side // stage.shape[-1] for stage in stages[1:]]


def _unsuitable(encoder: str, found: str) -> UserError:
    return UserError(
        "the encoder does not suit a detector",
        where=encoder,
        found=found,
        expected="an encoder with features at strides of 4, 8, 16 and 32, for windows of any size",
        remedy="choose another encoder, or the detector centre with a decoder that takes this one",
    )


def place_encoder(
    part: nn.Module, weights: str | None, *, encoder: str, bands: Sequence[str]
) -> None:
    """Put weights into the encoder of a part of a detector; None: it stays as it is.

    Raises:
        UserError: the weights do not exist, or are those of another encoder.
    """
    if weights is not None:
        found = find_weights(encoder, weights, published=False)
        place_weights(part, found, encoder=encoder, bands=bands)
