"""Pixels per class of a whole map, counted by windows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rs_seg.values import ClassNames, Window, partition


def count_classes(
    read: Callable[[Window], NDArray[np.integer]],
    class_names: ClassNames,
    *,
    height: int,
    width: int,
    size: int = 2048,
) -> NDArray[np.int64]:
    """Pixels of each class (K,) in a map of codes of this height and width, without nodata."""
    counts = np.zeros(len(class_names), dtype=np.int64)
    for window in partition(height, width, size=size):
        indices = class_names.decode(read(window))
        counts += np.bincount(indices[indices >= 0], minlength=len(class_names))
    return counts
