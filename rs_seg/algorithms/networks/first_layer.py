"""Filters of the first layer for other bands than those that they were learnt on."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rs_seg.values.band_names import COLOURS, band_colours, band_key

MEAN = "mean"
"""The filter of a band that the weights do not know: the mean of all filters."""
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Standard deviations of the colours over ImageNet, in units where white is 1."""


def choose_filters(bands: Sequence[str], columns: Sequence[str]) -> tuple[str, ...] | None:
    """The column of the filters that each band gets, or MEAN; None where the names say nothing.

    Bands are found by colour, else by name. A single band sees all filters, as a grey image does.
    """
    known = _meanings(columns)
    wanted = _meanings(bands)
    if len(bands) == 1 or not set(wanted) & set(known):
        return None
    return tuple(meaning if meaning in known else MEAN for meaning in wanted)


def adapt_filters(
    filters_OIHW: Tensor, bands: Sequence[str] | int, columns: Sequence[str]
) -> Tensor:
    """Filters (O, bands, H, W) of filters (O, columns, H, W).

    With C columns and N bands a band gets C/N times the filter of its column, or C/N times the mean
    filter: bands that are all equal then give what equal colours gave, where each colour occurs
    equally often. Where no name tells, bands in the number of the columns get the filters in order,
    and any other number C/N times the mean filter each.
    """
    known = _meanings(columns)
    count = bands if isinstance(bands, int) else len(bands)
    chosen = None if isinstance(bands, int) else choose_filters(bands, columns)
    if chosen is None and count == len(columns):
        return filters_OIHW
    if chosen == known:
        return filters_OIHW
    mean_O1HW = filters_OIHW.mean(dim=1, keepdim=True)
    picked = [
        mean_O1HW if name == MEAN else filters_OIHW[:, known.index(name)].unsqueeze(1)
        for name in chosen or (MEAN,) * count
    ]
    adapted_OIHW = torch.cat(picked, dim=1)
    return adapted_OIHW if count == len(columns) else adapted_OIHW * (len(columns) / count)


def match_standardised(filters_OIHW: Tensor, std: Sequence[float]) -> Tensor:
    """Filters that see standardised colours as they saw pixels divided by `std`.

    Pixels were (p - mean) / std, while ours have the standard deviation 1 over the training area. A
    colour of ImageNet divided by `std` has the standard deviation IMAGENET_STD / std: filters are
    multiplied by that. Ours have the mean 0, theirs up to 0.2 of ours off, more for the few
    networks that see pixels from 0 to 1: that shift is left out, as it would need a constant in all
    valid pixels, and normalisation behind the first layer learns it.
    """
    if tuple(std) == IMAGENET_STD or filters_OIHW.shape[1] != len(COLOURS):
        return filters_OIHW
    factors = [ours / theirs for ours, theirs in zip(IMAGENET_STD, std, strict=True)]
    return filters_OIHW * filters_OIHW.new_tensor(factors).reshape(1, -1, 1, 1)


def _meanings(names: Sequence[str]) -> tuple[str, ...]:
    colours = band_colours(names)
    return tuple(colour or band_key(name) for colour, name in zip(colours, names, strict=True))
