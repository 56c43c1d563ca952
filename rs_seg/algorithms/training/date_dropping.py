"""Dates that training leaves out of its windows at random, as clouds would."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from rs_seg.algorithms.networks.presence import PRESENT
from rs_seg.algorithms.training.draws import draw_between
from rs_seg.algorithms.training.losses import UNLABELLED
from rs_seg.values.band_groups import BandGroup


def drop_dates(
    pixels_NBHW: Tensor,
    target_NHW: Tensor,
    groups: Sequence[BandGroup],
    *,
    share: float,
    generator: Generator,
) -> tuple[Tensor, Tensor]:
    """Normalised windows without dates that are drawn with the probability `share`, and targets.

    The bands and the day of such a date are 0 in the whole window. Of the dates that a window has,
    one stays: the one that was drawn last. Pixels that had a date and have none left are
    unlabelled. Images have the groups one after the other.
    """
    start = 0
    for group in groups:
        end = start + len(group.names)
        if group.slots:
            series_NTCHW = pixels_NBHW[:, start:end].unflatten(1, (group.slots, -1))  # type: ignore[no-untyped-call]  # of torch
            kept_NT = _draw_kept(series_NTCHW[:, :, -1], share, generator)
            left_NTCHW = series_NTCHW * kept_NT[:, :, None, None, None]
            bare = _has_date(series_NTCHW) & ~_has_date(left_NTCHW)
            target_NHW = torch.where(bare, UNLABELLED, target_NHW)
            pixels_NBHW = torch.cat(
                [pixels_NBHW[:, :start], left_NTCHW.flatten(1, 2), pixels_NBHW[:, end:]], dim=1
            )
        start = end
    return pixels_NBHW, target_NHW


def _draw_kept(days_NTHW: Tensor, share: float, generator: Generator) -> Tensor:
    """1 for the dates that stay (N, T), else 0."""
    count, dates = days_NTHW.shape[:2]
    draws = draw_between(count * dates, 0.0, 1.0, generator).reshape(count, dates)
    there = days_NTHW.amax(dim=(2, 3)) > PRESENT
    last = torch.where(there, draws, -1.0).amax(dim=1, keepdim=True)
    return ((draws >= share) | (draws == last)).to(days_NTHW.dtype)


def _has_date(series_NTCHW: Tensor) -> Tensor:
    return (series_NTCHW[:, :, -1] > PRESENT).any(dim=1)
