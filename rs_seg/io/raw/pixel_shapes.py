"""Labels drawn in pixels of images, as their formats hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class LabelledImage:
    """An image that a file of labels names; its size in pixels where the file says it."""

    name: str
    height: int | None = None
    width: int | None = None


@dataclass(frozen=True)
class PixelShapes:
    """Shapes (N,) in pixels of an image: columns and rows from its upper left corner.

    `features` are their numbers in the file, from 0; `values` those of the class, None without;
    `others` has the other attributes.
    """

    features: NDArray[np.int64]
    values: list[object]
    others: pd.DataFrame
    geometries: NDArray[Any]
