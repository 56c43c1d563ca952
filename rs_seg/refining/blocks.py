"""One block of a scene, refined.

A function of arrays alone, so that blocks can be refined side by side.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from rs_seg.config import (
    RefinementConfig,
)
from rs_seg.values import Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METHODS = {
    "argmax": "argmax",
    "densecrf": "densecrf",
    "markov": "markov",
    "superpixels": "regions",
    "watershed": "regions",
    "edges": "regions",
    "region_growing": "regions",
}
"""The module of `rs_seg.refining.methods` that has the function of each method: only that one is
loaded."""


class Block(NamedTuple):
    """The input of a refinement: one block."""

    core: Window
    """Pixels that the map takes, in the scene."""
    window: Window
    """Pixels that are refined, in the scene: the core and the overlap around it."""
    probabilities: NDArray[np.float32]
    """(K, H, W), NaN where there are none."""
    valid: NDArray[np.bool_]
    """(H, W) whether each pixel has probabilities and imagery."""
    bands: NDArray[np.float32] | None
    """(C, H, W) what the refinement compares (see `fit_contrast`), where it looks at the image."""

    @property
    def inner(self) -> tuple[slice, slice]:
        """Rows and columns of the core in the block."""
        return self.core.relative_to(self.window).slices

    @property
    def origin(self) -> tuple[int, int]:
        """Row and column of the first pixel in the scene."""
        return self.window.row, self.window.column


class Refined(NamedTuple):
    """The result of a refinement for one block."""

    labels: NDArray[np.int64]
    """(H, W) class indices, -1 where not valid."""
    confidence: NDArray[np.float32]
    """(H, W) probability of the class, NaN where not valid."""
    energy: tuple[float, float] | None = None
    """Energy of the core in nats for the most probable classes and for `labels`, where the method
    has one."""


def refine_block(refinement: RefinementConfig, block: Block) -> Refined:
    """Classes of a block, by the method of the refinement; only these arguments decide."""
    module = import_module(f"rs_seg.refining.methods.{METHODS[refinement.method]}")
    refined: Refined = getattr(module, refinement.method)(refinement, block)
    return refined


def window_around(refinement: RefinementConfig, core: Window, *, height: int, width: int) -> Window:
    """The core and the overlap around it, inside a scene of this size."""
    window = core.expand(getattr(refinement, "overlap", 0)).clip(height, width)
    assert window is not None
    row, column = refinement.align_start(window.row, window.column)
    return Window(row, column, window.row_end - row, window.column_end - column)
