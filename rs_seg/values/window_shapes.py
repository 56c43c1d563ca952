"""Objects of the reference near a window, before they become what a detector learns from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray


@dataclass(frozen=True)
class WindowShapes:
    """Objects (M,) in the pixels of a window: columns and rows from its upper left corner.

    `shapes` are polygons with fractions, which may reach beyond the window; `classes` are class
    indices. What is `ignored` is neither to be found nor background; `groups`, some of the ignored,
    stand for several objects.
    """

    shapes: NDArray[Any]
    classes: NDArray[np.int64]
    ignored: NDArray[np.bool_]
    groups: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def boxes(self) -> NDArray[np.float64]:
        """Left, top, right and bottom (M, 4)."""
        return shapely.bounds(self.shapes).reshape(-1, 4)

    def take(self, chosen: NDArray[Any]) -> WindowShapes:
        """The objects that an index or a mask names."""
        return WindowShapes(
            self.shapes[chosen], self.classes[chosen], self.ignored[chosen], self.groups[chosen]
        )
