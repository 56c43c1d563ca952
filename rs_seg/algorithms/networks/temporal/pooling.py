"""Any encoder for several dates: it sees each, and their features are joined at every level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from rs_seg.algorithms.networks.temporal.attention import DateAttention, mean_by_attention
from rs_seg.algorithms.networks.temporal.dates import DatesLayout

Pooling = Literal["mean", "max", "attention"]
POOLINGS = get_args(Pooling)
HEADS = 16
"""Heads of the attention, or as many as share out the channels evenly."""
LEAST_SHARE = 1e-6


class DatedEncoder(nn.Module):
    """Features of images with dates (N, B, H, W), as the decoder of one image takes them.

    The encoder inside sees each date and its time of the year, with the same weights. Features of
    the dates of a pixel are averaged, or the largest of each channel is taken, or attention joins
    them: its weights come from the deepest features and are enlarged for all others. A date counts
    in a feature by the share of the pixels behind it that it has: what is missing leaves no trace.
    """

    def __init__(self, shared: nn.Module, layout: DatesLayout, *, pooling: Pooling) -> None:
        super().__init__()
        self.shared, self.layout, self.pooling = shared, layout, pooling
        self.out_channels: Sequence[int] = getattr(shared, "out_channels")  # noqa: B009  # untyped
        self.output_stride = int(getattr(shared, "output_stride"))  # noqa: B009  # untyped
        self.attention = None
        if pooling == "attention":
            channels = self.out_channels[-1]
            self.attention = DateAttention(channels, heads=math.gcd(channels, HEADS))

    def forward(self, pixels_NBHW: Tensor) -> list[Tensor]:
        """Features of each level, the normalised pixels of all dates together before them."""
        dates = self.layout.split(pixels_NBHW).with_season()
        levels = dates.encode(self.shared, training=self.training)
        shares = [dates.shares(*level.shape[-2:]) for level in levels]
        if self.attention is None:
            join = max_of_dates if self.pooling == "max" else mean_of_dates
            return [join(level, share) for level, share in zip(levels, shares, strict=True)]
        deepest, attention = self.attention(levels[-1], dates.days, shares[-1])
        finer = [
            mean_by_attention(level, attention, share) if level.shape[2] else level[:, 0]
            for level, share in zip(levels[:-1], shares[:-1], strict=True)
        ]
        return [*finer, deepest]


def mean_of_dates(features_NTCHW: Tensor, shares_NTHW: Tensor) -> Tensor:
    """The mean (N, C, h, w) of features over dates, by their shares; 0 where no date is there."""
    total = (features_NTCHW * shares_NTHW[:, :, None]).sum(dim=1)
    return total / shares_NTHW.sum(dim=1, keepdim=True).clamp(min=LEAST_SHARE)


def max_of_dates(features_NTCHW: Tensor, shares_NTHW: Tensor) -> Tensor:
    """The largest (N, C, h, w) of the features of dates that are there; 0 where none is."""
    missing = shares_NTHW[:, :, None] <= 0
    largest = features_NTCHW.masked_fill(missing, -torch.inf).amax(dim=1)
    return largest.masked_fill(missing.all(dim=1), 0)
