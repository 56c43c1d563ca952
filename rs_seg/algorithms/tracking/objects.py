"""Objects of one place at several dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class DatedObjects:
    """Valid polygons `shapes` (N,), the `days` (N,) they are of, and their `ids` (N,).

    Days are whole numbers in order of time. An object keeps its id over time; no id occurs twice on
    a day.
    """

    shapes: NDArray[Any]
    days: Ids
    ids: Ids

    def __post_init__(self) -> None:
        assert len(self.shapes) == len(self.days) == len(self.ids)

    def take(self, chosen: NDArray[Any]) -> DatedObjects:
        """The objects that an index or a mask names."""
        return DatedObjects(self.shapes[chosen], self.days[chosen], self.ids[chosen])

    def on(self, day: int) -> DatedObjects:
        """The objects of a day."""
        return self.take(self.days == day)
