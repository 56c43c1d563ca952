"""TempCNN: convolutions over the dates of each pixel by itself.

Source: Pelletier, Webb and Petitjean 2019 ("Temporal Convolutional Neural Network for the
Classification of Satellite Image Time Series"), section 4.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from rs_seg.algorithms.networks.temporal.dates import Dates, DatesLayout

SIZE, LAYERS = 5, 3
"""Steps that a convolution sees, and how many there are, as published."""
HIDDEN = 0.5
"""Dropout, as published."""
FAR = 1e6
"""A day that no series has."""


class TempCnn(nn.Module):
    """TempCNN: images with dates (N, B, H, W) -> logits (N, K, H, W), each pixel by itself.

    Dates are brought to `steps` days from the first to the last of `days`, evenly, by straight
    lines between the dates that a pixel has; before the first and behind the last of these, their
    values go on. So any number of dates at any days will do.
    """

    total_stride = 1

    def __init__(
        self,
        layout: DatesLayout,
        *,
        class_count: int,
        width: int = 64,
        steps: int,
        days: tuple[int, int],
    ) -> None:
        super().__init__()
        self.layout = layout
        self.register_buffer("steps", torch.linspace(days[0], days[1], steps), persistent=False)
        widths = (layout.width, *(width,) * LAYERS)
        # of four axes the convolutions see the third one alone: the steps
        self.convolutions = nn.Sequential(
            *(
                layer
                for narrow, wide in pairwise(widths)
                for layer in (
                    nn.Conv2d(narrow, wide, (SIZE, 1), padding=(SIZE // 2, 0)),
                    nn.BatchNorm2d(wide),
                    nn.ReLU(),
                    nn.Dropout(HIDDEN),
                )
            )
        )
        self.dense = nn.Sequential(
            nn.Conv2d(width * steps, 4 * width, 1),
            nn.BatchNorm2d(4 * width),
            nn.ReLU(),
            nn.Dropout(HIDDEN),
            nn.Conv2d(4 * width, class_count, 1),
        )

    steps: Tensor

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits of normalised pixels."""
        height, width = pixels_NBHW.shape[-2:]
        filled = resample_dates(self.layout.split(pixels_NBHW), self.steps)
        convolved = self.convolutions(filled.flatten(3))
        logits_NKHW: Tensor = self.dense(convolved.flatten(1, 2).unflatten(2, (height, width)))
        return logits_NKHW


def resample_dates(dates: Dates, days_S: Tensor) -> Tensor:
    """Values (N, C, S, H, W) on other days, on straight lines between the dates of each pixel.

    Before the first and behind the last date of a pixel its value goes on; 0 where it has none.
    Dates of the same day are averaged.
    """
    days = dates.days[:, :, None, None]
    present = dates.present > 0
    # a loop over the days: all at once would take as much memory again for each
    return torch.stack(
        [
            (_weigh_dates(days, present, day)[:, :, None] * dates.pixels).sum(dim=1)
            for day in days_S
        ],
        dim=2,
    )


def _weigh_dates(days_NT11: Tensor, present_NTHW: Tensor, day: Tensor) -> Tensor:
    """How much each date counts (N, T, H, W) on a day: the last before it, and the next."""
    earlier = present_NTHW & (days_NT11 <= day)
    later = present_NTHW & (days_NT11 >= day)
    days = days_NT11.expand(present_NTHW.shape)
    last = days.masked_fill(~earlier, -FAR).amax(dim=1, keepdim=True)
    following = days.masked_fill(~later, FAR).amin(dim=1, keepdim=True)
    before = _share_out(earlier & (days == last), days.dtype)
    behind = _share_out(later & (days == following), days.dtype)
    gap = following - last
    part = (day - last) / gap.masked_fill(gap <= 0, 1.0)
    part = part.masked_fill(last == -FAR, 1.0).masked_fill(following == FAR, 0.0)
    return before * (1 - part) + behind * part


def _share_out(chosen_NTHW: Tensor, dtype: torch.dtype) -> Tensor:
    """1 for the date that is chosen in each pixel, or equal parts where several are."""
    chosen = chosen_NTHW.to(dtype)
    number = chosen.sum(dim=1, keepdim=True)
    return chosen / number.masked_fill(number == 0, 1.0)
