"""The dates of an image: its bands taken apart, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from rs_seg.errors import UserError
from rs_seg.values.band_groups import BandGroup

PRESENT = 0.5
"""A pixel has a date where the band of its day is above this: days are whole numbers from 1."""


SEASON = ("season_sine", "season_cosine")
"""Names of the bands for the time of the year."""
YEAR = 365.25


@dataclass(frozen=True)
class Dates:
    """What there is of each date.

    `pixels` (N, T, C, H, W) are the bands of each date, those of sources without dates behind them;
    0 where a date is missing. `days` (N, T) are numbers of days, 0 of a date that is missing
    everywhere. `present` (N, T, H, W) is 1 where there is a date, else 0.
    """

    pixels: Tensor
    days: Tensor
    present: Tensor

    def encode(self, encoder: Callable[[Tensor], list[Tensor]], *, training: bool) -> list[Tensor]:
        """Features (N, T, C, h, w) of each level, of dates that are seen one by one.

        Dates that are missing in the whole window are left out, so that they take no time and no
        part in normalisations over a batch; their features are 0. An exported network computes
        them: what it does must not depend on the values. Outside of training, one date after the
        other saves the memory that layers need in between.
        """
        count, dates = self.pixels.shape[:2]
        images = self.pixels.flatten(0, 1)
        if torch.onnx.is_in_onnx_export() or torch.compiler.is_exporting():
            return [_unfold(features, count, dates) for features in encoder(images)]
        chosen = (self.days.flatten() > 0).nonzero().flatten()
        if len(chosen) == 0:
            chosen = torch.arange(min(2, count * dates), device=images.device)
        seen = images if len(chosen) == count * dates else images[chosen]
        if training or torch.is_grad_enabled():
            levels = encoder(seen)
        else:
            levels = [
                torch.cat(own) for own in zip(*map(encoder, torch.split(seen, count)), strict=True)
            ]
        if len(chosen) == count * dates:
            return [_unfold(features, count, dates) for features in levels]
        placed = []
        for features in levels:
            whole = features.new_zeros(count * dates, *features.shape[1:])
            placed.append(_unfold(whole.index_copy(0, chosen, features), count, dates))
        return placed

    def with_season(self) -> Dates:
        """The same with two more bands for the time of the year: sine and cosine, from -1 to 1."""
        angles = self.days * (2 * math.pi / YEAR)
        season = torch.stack([torch.sin(angles), torch.cos(angles)], dim=2)[..., None, None]
        pixels = torch.cat([self.pixels, season * self.present[:, :, None]], dim=2)
        return replace(self, pixels=pixels)

    def shares(self, height: int, width: int) -> Tensor:
        """Share (N, T, h, w) of the pixels behind each feature that have the date."""
        rows, columns = self.present.shape[-2:]
        if (rows, columns) == (height, width):
            return self.present
        return functional.avg_pool2d(self.present, (int(rows // height), int(columns // width)))


@dataclass(frozen=True)
class DatesLayout:
    """Where the dates lie in an image: behind `before` bands and in front of `behind` others.

    A date has `band_count` bands and that of its day.
    """

    source: str
    band_count: int
    before: int
    behind: int

    @property
    def width(self) -> int:
        """Bands of one date, with those of the sources that have no dates."""
        return self.band_count + self.before + self.behind

    def count_dates(self, band_count: int) -> int:
        """Dates that an image of so many bands has room for."""
        dates, rest = divmod(band_count - self.before - self.behind, self.band_count + 1)
        assert rest == 0, f"{band_count} bands are no whole number of dates"
        return dates

    def split(self, pixels_NBHW: Tensor) -> Dates:
        """The dates of normalised images, in which bands of days are as in the image."""
        count, band_count, height, width = pixels_NBHW.shape
        end = band_count - self.behind
        dates = self.count_dates(int(band_count))  # tracing gives sizes as tensors
        series = pixels_NBHW[:, self.before : end].reshape(count, dates, -1, height, width)
        others = torch.cat([pixels_NBHW[:, : self.before], pixels_NBHW[:, end:]], dim=1)
        # nothing is learnt from days being there or not, and the field of view does not go by them
        days = series[:, :, -1].detach()
        present = (days > PRESENT).to(pixels_NBHW.dtype)
        parts = [series[:, :, :-1] * present[:, :, None]]
        if others.shape[1]:
            parts.append(others[:, None].expand(-1, dates, -1, -1, -1))
        whole = torch.cat(parts, dim=2) if len(parts) > 1 else parts[0]
        return Dates(whole, (days * present).amax(dim=(2, 3)), present)


def dates_layout(groups: Sequence[BandGroup]) -> DatesLayout:
    """Where the dates lie in images that have these groups one after the other.

    Raises:
        UserError: not exactly one source has dates.
    """
    dated = [position for position, group in enumerate(groups) if group.slots]
    if len(dated) != 1:
        names = ", ".join(groups[position].source for position in dated)
        raise UserError(
            "a network for several dates takes one source with dates",
            found=f"{len(dated)} sources with dates{f' ({names})' if names else ''}",
            expected="one source whose path holds {date}",
            remedy="write {date} in the path of one source, or choose another architecture",
        )
    (position,) = dated
    before, behind = groups[:position], groups[position + 1 :]
    return DatesLayout(
        source=groups[position].source,
        band_count=len(groups[position].bands),
        before=sum(len(group.names) for group in before),
        behind=sum(len(group.names) for group in behind),
    )


def _unfold(features: Tensor, count: int, date_count: int) -> Tensor:
    return features.reshape(count, date_count, *features.shape[1:])
