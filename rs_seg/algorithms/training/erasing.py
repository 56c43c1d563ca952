"""Random erasing of rectangles (Zhong et al. 2020; DeVries and Taylor 2017)."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from rs_seg.algorithms.training.augmentation import Magnitudes
from rs_seg.algorithms.training.draws import draw_between, draw_windows_to_change
from rs_seg.algorithms.training.losses import UNLABELLED

LEAST = 0.02
"""Least share of the window's area that is erased."""
ELONGATION = 3.0
"""Longest side over shortest side, at most."""


def erase_rectangles(
    pixels_NBHW: Tensor,
    valid_NHW: Tensor,
    target_NHW: Tensor,
    settings: Magnitudes,
    *,
    generator: Generator,
) -> tuple[Tensor, Tensor, Tensor]:
    """Windows with a rectangle at a random place set to 0.

    `settings` are those of `train.augment.erase`. Labels under it stay, or else the pixels become
    invalid and unlabelled.
    """
    if settings is None:
        return pixels_NBHW, valid_NHW, target_NHW
    count, _, height, width = pixels_NBHW.shape
    areas = (
        draw_between(count, min(LEAST, settings["share"]), settings["share"], generator)
        * height
        * width
    )
    limit = math.log(ELONGATION)
    ratios = draw_between(count, -limit, limit, generator).exp()
    rows_NH = _run((areas * ratios).sqrt(), height, generator)
    columns_NW = _run((areas / ratios).sqrt(), width, generator)
    erased_NHW = rows_NH[:, :, None] & columns_NW[:, None, :]
    chosen = draw_windows_to_change(count, settings["probability"], generator)
    if chosen is not None:
        erased_NHW = erased_NHW & chosen[:, None, None]
    pixels_NBHW = torch.where(erased_NHW[:, None], 0.0, pixels_NBHW)
    if settings["keep_labels"]:
        return pixels_NBHW, valid_NHW, target_NHW
    return pixels_NBHW, valid_NHW & ~erased_NHW, torch.where(erased_NHW, UNLABELLED, target_NHW)


def _run(lengths_N: Tensor, size: int, generator: Generator) -> Tensor:
    """True (N, size) on runs of about these lengths, one pixel at least, wholly inside."""
    lengths = lengths_N.round().clamp(1, size)
    starts = (draw_between(len(lengths_N), 0.0, 1.0, generator) * (size - lengths + 1)).floor()
    places = torch.arange(size, device=generator.device)[None]
    return (places >= starts[:, None]) & (places < (starts + lengths)[:, None])
