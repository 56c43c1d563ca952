"""Layers that several networks of the textbook share."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

EQUAL = 1e-4
"""Share of a maximum by which values may fall short of it and still count as equal: more than
float32 rounds."""


def convolution(
    inputs: int, outputs: int, *, batch_norm: bool, transposed: bool = False
) -> list[nn.Module]:
    """A 3 x 3 convolution that keeps the size, batch normalisation if asked for, ReLU."""
    kind = nn.ConvTranspose2d if transposed else nn.Conv2d
    norm = [nn.BatchNorm2d(outputs)] if batch_norm else []
    return [kind(inputs, outputs, 3, padding=1), *norm, nn.ReLU(inplace=True)]


def initialise(network: nn.Module) -> None:
    """Draw the weights of all convolutions so that signals keep their size through ReLUs.

    Biases are zero.

    Source: He et al. 2015.
    """
    for layer in network.modules():
        if not isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            continue
        # the weights of transposed convolutions have inputs and outputs the other way round
        mode: Literal["fan_in", "fan_out"] = (
            "fan_out" if isinstance(layer, nn.ConvTranspose2d) else "fan_in"
        )
        nn.init.kaiming_normal_(layer.weight, mode=mode, nonlinearity="relu")
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def bilinear_kernel(factor: int) -> Tensor:
    """Weights (2 factor, 2 factor) of a transposed convolution that interpolates bilinearly.

    For even factors.

    Source: Long et al. 2015, section 3.3.
    """
    assert factor % 2 == 0, "odd factors have kernels of odd size"
    distances = (torch.arange(2 * factor) - (factor - 0.5)).abs() / factor
    return torch.outer(1 - distances, 1 - distances)


def bilinear_upsampling(channels: int, factor: int, *, groups: int = 1) -> nn.ConvTranspose2d:
    """A transposed convolution that begins as bilinear upsampling of each channel.

    It may learn something better.
    """
    layer = nn.ConvTranspose2d(
        channels,
        channels,
        2 * factor,
        stride=factor,
        padding=factor // 2,
        bias=False,
        groups=groups,
    )
    own = [channel % (channels // groups) for channel in range(channels)]
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[range(channels), own] = bilinear_kernel(factor)
    return layer


def pool_with_places(features_NCHW: Tensor) -> tuple[Tensor, Tensor]:
    """Maxima of 2 x 2 pixels (N, C, H/2, W/2), and the place of each among the four.

    Places are 0 to 3, row by row.

    Among values that are equal up to rounding the first one counts: where the image is constant, or
    has no data, other programs and other tiles round differently, and would choose at random.
    """
    pooled_NCHW = F.max_pool2d(features_NCHW, 2)
    least_NCHW = (pooled_NCHW - EQUAL * pooled_NCHW.abs()).detach()
    places_NCHW = torch.full_like(pooled_NCHW, 3.0)
    for place in (2, 1, 0):
        # From the last place to the first, so that the first of equal values stays.
        candidate_NCHW = features_NCHW[..., place // 2 :: 2, place % 2 :: 2].detach()
        places_NCHW = torch.where(candidate_NCHW >= least_NCHW, float(place), places_NCHW)
    return pooled_NCHW, places_NCHW


def unpool(pooled_NCHW: Tensor, places_NCHW: Tensor) -> Tensor:
    """Values (N, C, 2 H, 2 W) put where `pool_with_places` took them from, and zero elsewhere.

    Each pixel asks whether it is the one: max_unpool2d of torch writes to places, and exports to no
    other program.
    Source: Zeiler and Fergus 2014.
    """
    spread_NCHW, wanted_NCHW = (
        F.interpolate(pooled_NCHW, scale_factor=2),
        F.interpolate(places_NCHW, scale_factor=2),
    )
    rows, columns = (
        torch.arange(size, device=pooled_NCHW.device) % 2 for size in spread_NCHW.shape[-2:]
    )
    own_HW = 2 * rows[:, None] + columns
    return torch.where(wanted_NCHW == own_HW, spread_NCHW, 0.0)


class NormalisedFeatures(nn.Module):
    """Features of length `scale` at every pixel, with a learnt factor per channel.

    Source: Liu et al. 2015, section 3.2.
    """

    def __init__(self, channels: int, *, scale: float = 10.0) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((1, channels, 1, 1), scale))

    def forward(self, features_NCHW: Tensor) -> Tensor:
        """Features (N, C, H, W)."""
        return F.normalize(features_NCHW, dim=1) * self.scale
