"""Weights of the pixels between objects that nearly touch, so that networks learn to part them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

REACH = 3
"""Standard deviations beyond which a weight is not computed: there the two distances together are
at least this, and the weight is less than a hundredth of its greatest."""


@dataclass(frozen=True)
class BorderWeights:
    """Which gaps weigh more, and how much; see the configuration of `train.loss.border`.

    `classes` are indices of the classes whose areas are objects; `sigma` is in pixels.
    """

    classes: Sequence[int]
    weight: float = 10.0
    sigma: float = 5.0


def weigh_borders(target_NHW: Tensor, settings: BorderWeights) -> Tensor:
    """Factors (N, H, W) of float32, from 1 to 1 + `weight`, for the pixels of class indices.

    1 + weight exp(-(d1 + d2)^2 / (2 sigma^2)) outside of objects, where d1 and d2 are the distances
    to the nearest and the second nearest object in the window, in pixels; 1 inside. Objects are
    areas of one class that hang together by their sides.
    Source: Ronneberger et al. 2015, equation 2.
    """
    gaps = np.stack([_width_of_gaps(target, settings) for target in target_NHW.cpu().numpy()])
    factors = 1 + settings.weight * np.exp(-(gaps**2) / (2 * settings.sigma**2))
    return torch.from_numpy(factors.astype(np.float32)).to(target_NHW.device)


def _width_of_gaps(target: NDArray[np.int64], settings: BorderWeights) -> NDArray[np.float32]:
    """d1 + d2 of each pixel (H, W); infinite inside objects and where fewer than two are near."""
    nearest = np.full(target.shape, np.inf, dtype=np.float32)
    second = nearest.copy()
    inside = np.zeros(target.shape, dtype=bool)
    reach = int(np.ceil(REACH * settings.sigma))
    for index in settings.classes:
        objects, _ = ndimage.label(target == index)
        inside |= objects > 0
        for number, place in enumerate(ndimage.find_objects(objects), start=1):
            # No pixel further than the reach can weigh anything: distances are computed around
            # each object only, which keeps a window of a hundred houses cheap.
            around = tuple(slice(max(0, side.start - reach), side.stop + reach) for side in place)
            distance = ndimage.distance_transform_edt(objects[around] != number)
            first, next_one = nearest[around], second[around]
            np.minimum(next_one, np.maximum(first, distance), out=next_one)
            np.minimum(first, distance, out=first)
    return np.where(inside, np.inf, nearest + second).astype(np.float32)
