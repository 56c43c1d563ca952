"""Attention over the dates of each pixel (L-TAE), and means of features by it.

Source: Garnot and Landrieu 2020 ("Lightweight Temporal Self-Attention"), 2021 (section 3.1).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

PERIOD = 1000.0
"""Longest wave of the encoding of days, in days over 2 pi."""
MISSING = 1e-6
"""What a share of a date counts at least in logarithms."""
EPSILON = 1e-5
HIDDEN_SHARE, HIDDEN_DATES = 0.2, 0.1
"""Dropout of features and of the attention, as published."""


class DateAttention(nn.Module):
    """One feature vector for the dates of each pixel, and how much each date counts in each head.

    Features (N, T, C, h, w), days (N, T) and shares (N, T, h, w) of dates -> features (N, C, h, w)
    and attention (N, heads, T, h, w), which sums to 1 over the dates. Every head has one learnt
    query and attends to its own part of the features. A date counts by the share of a pixel that
    it has: not at all where it is missing, and where all are missing all count the same.
    """

    def __init__(self, channels: int, *, heads: int = 16, width: int = 256, keys: int = 4) -> None:
        super().__init__()
        assert channels % heads == 0, "heads share the channels out"
        assert width % heads == 0, "heads share the channels out"
        self.heads, self.keys, self.width = heads, keys, width
        self.norm_weight = nn.Parameter(torch.ones(channels))
        self.norm_bias = nn.Parameter(torch.zeros(channels))
        self.widen = nn.Conv2d(channels, width, 1)
        self.query = nn.Parameter(torch.empty(heads, keys).normal_(std=math.sqrt(2 / keys)))
        self.key = nn.Conv2d(width, heads * keys, 1)
        nn.init.normal_(self.key.weight, std=math.sqrt(2 / keys))
        self.hide_dates = nn.Dropout(HIDDEN_DATES)
        self.out = nn.Sequential(
            nn.Conv2d(width, channels, 1),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Dropout(HIDDEN_SHARE),
        )
        self.out_norm_weight = nn.Parameter(torch.ones(channels))
        self.out_norm_bias = nn.Parameter(torch.zeros(channels))
        waves = PERIOD ** (-2 * (torch.arange(width // heads) // 2) / (width // heads))
        self.register_buffer("waves", waves, persistent=False)

    waves: Tensor

    def forward(
        self, features_NTCHW: Tensor, days_NT: Tensor, shares_NTHW: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Features of all dates together, and the attention."""
        count, dates = features_NTCHW.shape[:2]
        height, width = features_NTCHW.shape[-2:]
        normed = _normalise(
            features_NTCHW, shares_NTHW, self.heads, self.norm_weight, self.norm_bias
        )
        wide = self.widen(normed.flatten(0, 1)).reshape(count, dates, -1, height, width)
        wide = wide + self._encode_days(days_NT)[..., None, None].to(wide.dtype)
        keys = self.key(wide.flatten(0, 1)).reshape(
            count, dates, self.heads, self.keys, height, width
        )
        scores = (keys * self.query[:, :, None, None]).sum(dim=3) / math.sqrt(self.keys)
        # a date that fills half a pixel counts half as much: exp(log(share) + score)
        scores = scores + shares_NTHW.clamp(min=MISSING).log()[:, :, None]
        scores = scores.masked_fill(shares_NTHW[:, :, None] <= 0, -1e4)
        attention = torch.softmax(scores, dim=1)
        values = wide.reshape(count, dates, self.heads, -1, height, width)
        seen = (self.hide_dates(attention)[:, :, :, None] * values).sum(dim=1)
        joined = self.out(seen.flatten(1, 2))[:, None]
        everywhere = torch.ones_like(shares_NTHW[:, :1])
        normed = _normalise(
            joined, everywhere, self.heads, self.out_norm_weight, self.out_norm_bias
        )
        return normed[:, 0], attention.transpose(1, 2)

    def _encode_days(self, days_NT: Tensor) -> Tensor:
        """Waves of several lengths (N, T, width), the same in every head: sines, then cosines."""
        angles = days_NT[..., None] * self.waves.to(days_NT.dtype)
        even = torch.arange(angles.shape[-1], device=angles.device) % 2 == 0
        waves = torch.sin(angles).masked_fill(~even, 0) + torch.cos(angles).masked_fill(even, 0)
        return waves.repeat(1, 1, self.heads)


def mean_by_attention(
    features_NTCHW: Tensor, attention_NGTHW: Tensor, shares_NTHW: Tensor
) -> Tensor:
    """The mean (N, C, h, w) of features over dates, by an attention of another size.

    Channels are shared out among the heads; where that does not come out even, all get the mean of
    the heads. Dates count by their share of each pixel too. 0 where no date is there.
    """
    count, dates, channels, height, width = features_NTCHW.shape
    heads = attention_NGTHW.shape[1]
    if int(channels) % heads:
        attention_NGTHW, heads = attention_NGTHW.mean(dim=1, keepdim=True), 1
    attention = attention_NGTHW.flatten(0, 1)
    if attention.shape[-2:] != (height, width):
        attention = functional.interpolate(
            attention, size=(height, width), mode="bilinear", align_corners=False
        )
    weights = attention.reshape(count, heads, dates, height, width) * shares_NTHW[:, None]
    weights = weights / weights.sum(dim=2, keepdim=True).clamp(min=MISSING)
    grouped = features_NTCHW.reshape(count, dates, heads, -1, height, width)
    mean = (grouped * weights.transpose(1, 2)[:, :, :, None]).sum(dim=1)
    return mean.reshape(count, channels, height, width)


def _normalise(
    features_NTCHW: Tensor, shares_NTHW: Tensor, groups: int, weight_C: Tensor, bias_C: Tensor
) -> Tensor:
    """Features whose groups of channels have mean 0 and variance 1 over the dates of each pixel.

    Only dates that are there count: how much room an image has for others changes nothing.
    """
    count, dates, _, height, width = features_NTCHW.shape
    grouped = features_NTCHW.reshape(count, dates, groups, -1, height, width)
    there = (shares_NTHW > 0).to(features_NTCHW.dtype)[:, :, None, None]
    number = (there.sum(dim=1, keepdim=True) * grouped.shape[3]).clamp(min=1)
    mean = (grouped * there).sum(dim=(1, 3), keepdim=True) / number
    centred = grouped - mean
    variance = (centred.square() * there).sum(dim=(1, 3), keepdim=True) / number
    normed = (centred * torch.rsqrt(variance + EPSILON)).reshape(features_NTCHW.shape)
    return normed * weight_C[:, None, None] + bias_C[:, None, None]
