"""Siamese networks for two dates: FC-Siam-conc and FC-Siam-diff.

Source: Daudt, Le Saux and Boulch 2018 ("Fully Convolutional Siamese Networks for Change
Detection"), section 3.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from rs_seg.algorithms.networks.temporal.dates import DatesLayout
from rs_seg.values.series import check_pair

CONVOLUTIONS = (2, 2, 3, 3)
"""Convolutions of each level, from fine to coarse."""
HIDDEN = 0.2
"""Dropout of whole channels, as published."""

Joining = Literal["concatenation", "difference"]


class FcSiam(nn.Module):
    """Two dates go down with the same weights; on the way up they meet at every level.

    Images with two dates (N, B, H, W) -> logits (N, K, H, W); H and W are multiples of 16. The
    features of both dates are put side by side, or their absolute difference is taken, which is 0
    where the dates are the same. A pixel that lacks one of the dates is empty in both: it says
    nothing about a change. `width` are the channels of the first level.

    Raises:
        UserError: images have another number of dates.
    """

    total_stride = 16

    def __init__(
        self, layout: DatesLayout, *, joining: Joining, class_count: int, width: int = 16
    ) -> None:
        super().__init__()
        self.layout, self.joining = layout, joining
        widths = [width * 2**level for level in range(len(CONVOLUTIONS))]
        self.down = nn.ModuleList(
            _down(before, own, count)
            for (before, own), count in zip(
                pairwise([layout.width, *widths]), CONVOLUTIONS, strict=True
            )
        )
        copies = 2 if joining == "concatenation" else 1
        self.enlarge = nn.ModuleList(
            nn.ConvTranspose2d(own, own, 3, stride=2, padding=1, output_padding=1)
            for own in reversed(widths)
        )
        self.up = nn.ModuleList(
            _up(own * (1 + copies), own, after, count, last=own == width)
            for (own, after), count in zip(
                pairwise([*reversed(widths), class_count]), reversed(CONVOLUTIONS), strict=True
            )
        )

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits of normalised pixels."""
        dates = self.layout.split(pixels_NBHW)
        check_pair(dates.pixels.shape[1])
        both = dates.present.amin(dim=1)[:, None, None]
        pairs = dates.pixels * both
        # one batch for both dates in evaluation mode gives what two give
        features = pairs.flatten(0, 1)
        levels = []
        for block in self.down:
            features = block(features)
            levels.append(_part(features))
            features = functional.max_pool2d(features, 2)
        deepest = _part(features)[:, 1]
        for enlarge, block, level in zip(self.enlarge, self.up, reversed(levels), strict=True):
            deepest = block(torch.cat([enlarge(deepest), self._join(level)], dim=1))
        return deepest

    def _join(self, features_N2CHW: Tensor) -> Tensor:
        if self.joining == "concatenation":
            return features_N2CHW.flatten(1, 2)
        return torch.abs(features_N2CHW[:, 0] - features_N2CHW[:, 1])


def _part(features: Tensor) -> Tensor:
    """Features of windows and dates (N, 2, C, h, w)."""
    # a number of windows in Python would be a constant of an exported network
    return features.reshape(-1, 2, *features.shape[1:])


def _down(channels: int, wider: int, count: int) -> nn.Sequential:
    return nn.Sequential(
        *(
            layer
            for narrow, wide in pairwise([channels, *[wider] * count])
            for layer in (nn.Conv2d(narrow, wide, 3, padding=1), *_behind(wide))
        )
    )


def _up(channels: int, own: int, narrower: int, count: int, *, last: bool) -> nn.Sequential:
    # transposed, as published: the same layers with their weights turned round
    layers = [
        layer
        for narrow, wide in pairwise([channels, *[own] * (count - 1), narrower])
        for layer in (nn.ConvTranspose2d(narrow, wide, 3, padding=1), *_behind(wide))
    ]
    # nothing follows the scores of classes
    return nn.Sequential(*layers[: -len(_behind(narrower))] if last else layers)


def _behind(channels: int) -> tuple[nn.Module, ...]:
    return nn.BatchNorm2d(channels), nn.ReLU(), nn.Dropout2d(HIDDEN)
