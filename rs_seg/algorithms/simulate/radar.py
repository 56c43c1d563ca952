"""Simulated radar images: the power of each class, with speckle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TOWN_POWER = {
    "impervious": (-15.0, -23.0),
    "building": (-4.0, -11.0),
    "low vegetation": (-12.0, -18.0),
    "tree": (-9.0, -13.0),
    "car": (-3.0, -12.0),
    "water": (-22.0, -29.0),
}
"""Decibels of VV and VH: walls and cars reflect twice, crowns scatter, water reflects away."""


def sense_radar(
    classes: NDArray[np.integer],
    power: Sequence[tuple[float, float]],
    looks: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Decibels (2, H, W) of VV and VH: the power of each class times speckle of mean 1.

    `power` is by class, in decibels. Nothing is laid over or in shadow: the radar looks straight
    down, which no real one does.
    """
    means = np.array(power).T[:, classes]
    speckle = rng.gamma(looks, 1 / looks, means.shape)
    return np.asarray(means + 10 * np.log10(speckle), dtype=np.float32)
