"""FC-DenseNet, the "one hundred layers tiramisu": dense blocks down and up."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rs_seg.algorithms.networks.classic.any_size import AnySizeNetwork
from rs_seg.algorithms.networks.classic.layers import initialise

DROPOUT = 0.2
FIRST_CHANNELS = 48


class FcDenseNet(AnySizeNetwork):
    """Five dense blocks down, one at the bottom, five up; `blocks` are the layers of the first six.

    Each layer adds `growth` channels. On the way up only what a block has added is upsampled, so
    that the number of channels stays bounded.
    Source: Jegou et al. 2017, table 1 and section 3.
    """

    def __init__(
        self, *, band_count: int, class_count: int, blocks: Sequence[int], growth: int
    ) -> None:
        super().__init__()
        assert len(blocks) == 6, "five blocks down and the bottleneck"
        self.first = nn.Conv2d(band_count, FIRST_CHANNELS, 3, padding=1)
        channels, skipped = FIRST_CHANNELS, []
        self.down, self.shrink = nn.ModuleList(), nn.ModuleList()
        for layers in blocks[:-1]:
            self.down.append(DenseBlock(channels, layers=layers, growth=growth))
            channels += layers * growth
            skipped.append(channels)
            self.shrink.append(nn.Sequential(*_layer(channels, channels, size=1), nn.MaxPool2d(2)))
        self.bottleneck = DenseBlock(channels, layers=blocks[-1], growth=growth)
        self.enlarge, self.up = nn.ModuleList(), nn.ModuleList()
        added = blocks[-1] * growth
        for layers, skip in zip(reversed(blocks[:-1]), reversed(skipped), strict=True):
            self.enlarge.append(nn.ConvTranspose2d(added, added, 3, stride=2))
            channels = added + skip
            self.up.append(DenseBlock(channels, layers=layers, growth=growth))
            added = layers * growth
        self.score = nn.Conv2d(channels + added, class_count, 1)
        initialise(self)

    def classify(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits (N, K, H, W)."""
        x_NCHW = self.first(pixels_NBHW)
        skips = []
        for dense, shrink in zip(self.down, self.shrink, strict=True):
            skips.append(torch.cat([x_NCHW, dense(x_NCHW)], dim=1))
            x_NCHW = shrink(skips[-1])
        added_NCHW = self.bottleneck(x_NCHW)
        for enlarge, dense in zip(self.enlarge, self.up, strict=True):
            larger_NCHW = enlarge(added_NCHW)[..., :-1, :-1]  # 2 n + 1 pixels, cropped as published
            x_NCHW = torch.cat([larger_NCHW, skips.pop()], dim=1)
            added_NCHW = dense(x_NCHW)
        logits_NKHW: Tensor = self.score(torch.cat([x_NCHW, added_NCHW], dim=1))
        return logits_NKHW


class DenseBlock(nn.Module):
    """The features that a chain of layers adds: layers x growth channels.

    Each layer sees the input and the results of all layers before it.
    """

    def __init__(self, channels: int, *, layers: int, growth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(*_layer(channels + number * growth, growth, size=3))
            for number in range(layers)
        )

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """The added features (N, layers x growth, H, W)."""
        added: list[Tensor] = []
        for layer in self.layers:
            added.append(layer(torch.cat([x_NCHW, *added], dim=1)))
        return torch.cat(added, dim=1)


def _layer(inputs: int, outputs: int, *, size: int) -> list[nn.Module]:
    return [
        nn.BatchNorm2d(inputs),
        nn.ReLU(inplace=True),
        nn.Conv2d(inputs, outputs, size, padding=size // 2),
        nn.Dropout2d(DROPOUT),
    ]
