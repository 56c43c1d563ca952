"""U-TAE: a U-Net of each date, whose dates attention joins.

Source: Garnot and Landrieu 2021 ("Panoptic Segmentation of Satellite Image Time Series with
Convolutional Temporal Attention Networks"), section 3.1.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn

from rs_seg.algorithms.networks.temporal.attention import DateAttention, mean_by_attention
from rs_seg.algorithms.networks.temporal.dates import DatesLayout

GROUPS = 4
"""Groups of channels of the normalisations on the way down."""
HEADS = 16
PADDING: Final = "reflect"


class Utae(nn.Module):
    """U-TAE: images with dates (N, B, H, W) -> logits (N, K, H, W), for any number of dates.

    Each date goes down by itself, with the same weights. At the lowest resolution, attention joins
    the dates; its weights, enlarged, join those of the levels above. H and W are multiples of 8.
    `width` are the channels of the first level, of which all others are multiples.
    """

    total_stride = 8

    def __init__(self, layout: DatesLayout, *, class_count: int, width: int = 64) -> None:
        super().__init__()
        self.layout = layout
        down, up = (width, width, width, 2 * width), (width // 2, width // 2, width, 2 * width)
        self.first = nn.Sequential(
            _convolution(layout.width, down[0], group=True),
            _convolution(down[0], down[0], group=True),
        )
        self.down = nn.ModuleList(Down(*pair) for pair in pairwise(down))
        self.attention = DateAttention(down[-1], heads=HEADS, width=4 * width)
        self.up = nn.ModuleList(
            Up(up[level], up[level - 1], skipped=down[level - 1]) for level in (3, 2, 1)
        )
        # published with a ReLU behind the scores, below which they would carry no gradient
        self.last = nn.Sequential(
            _convolution(up[0], width // 2), *_convolution(width // 2, class_count)[:2]
        )

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits of normalised pixels."""
        dates = self.layout.split(pixels_NBHW)
        *finer, deepest = dates.encode(self._encode, training=self.training)
        shares = dates.shares(*deepest.shape[-2:])
        features_NCHW, attention = self.attention(deepest, dates.days, shares)
        for block, level in zip(self.up, reversed(finer), strict=True):
            joined = mean_by_attention(level, attention, dates.shares(*level.shape[-2:]))
            features_NCHW = block(features_NCHW, joined)
        logits_NKHW: Tensor = self.last(features_NCHW)
        return logits_NKHW

    def _encode(self, images_MCHW: Tensor) -> list[Tensor]:
        levels = [self.first(images_MCHW)]
        for block in self.down:
            levels.append(block(levels[-1]))
        return levels


class Down(nn.Module):
    """Features of half the size."""

    def __init__(self, channels: int, wider: int) -> None:
        super().__init__()
        self.shrink = _convolution(channels, channels, group=True, size=4, stride=2)
        self.widen = _convolution(channels, wider, group=True)
        self.refine = _convolution(wider, wider, group=True)

    def forward(self, features_NCHW: Tensor) -> Tensor:
        """Features of half the size."""
        widened: Tensor = self.widen(self.shrink(features_NCHW))
        refined: Tensor = self.refine(widened)
        return widened + refined


class Up(nn.Module):
    """Features of twice the size, with those that skip the deeper levels."""

    def __init__(self, channels: int, narrower: int, *, skipped: int) -> None:
        super().__init__()
        self.enlarge = nn.Sequential(
            nn.ConvTranspose2d(channels, narrower, 4, stride=2, padding=1),
            nn.BatchNorm2d(narrower),
            nn.ReLU(),
        )
        self.skip = nn.Sequential(
            nn.Conv2d(skipped, skipped, 1), nn.BatchNorm2d(skipped), nn.ReLU()
        )
        self.join = _convolution(narrower + skipped, narrower)
        self.refine = _convolution(narrower, narrower)

    def forward(self, features_NCHW: Tensor, skipped_NCHW: Tensor) -> Tensor:
        """Features of twice the size."""
        both = torch.cat([self.enlarge(features_NCHW), self.skip(skipped_NCHW)], dim=1)
        joined: Tensor = self.join(both)
        refined: Tensor = self.refine(joined)
        return joined + refined


def _convolution(
    channels: int, wider: int, *, group: bool = False, size: int = 3, stride: int = 1
) -> nn.Sequential:
    """A convolution, a normalisation of the window or of the batch, and a ReLU."""
    norm = nn.GroupNorm(GROUPS, wider) if group else nn.BatchNorm2d(wider)
    return nn.Sequential(
        nn.Conv2d(channels, wider, size, stride=stride, padding=1, padding_mode=PADDING),
        norm,
        nn.ReLU(),
    )
