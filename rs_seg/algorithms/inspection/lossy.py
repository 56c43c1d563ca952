"""Collars that lossy compression (JPEG) has blurred.

They are nearly black or white, but not one value that a rule can name.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, distance_transform_edt

from rs_seg.algorithms.inspection.collar import touching_border

NEAR = 12
"""Difference from black or white up to which compression moves the values of a collar."""
REACH = 16
"""Pixels that compression carries values across: a block of JPEG, twice where colours are stored at
half the size."""
FLAT, MOST_FLAT = 4, 0.95
"""A collar without a single exact value: nearly all of it is that close to black or white."""
LINED = 0.2
"""Share of the edge of an exact collar that is lined by nearly constant pixels; shadow and water
line less."""
SMALLEST_RIM, SMALLEST_COLLAR = 1e-4, 0.02
"""Shares of the raster from which a rim, and a whole collar, is told."""
SMALLEST_WHITE = 0.01
"""Share of the raster from which exact white at the border may be a collar: clouds and roofs are
white as well."""
FEWEST = 20
"""Pixels of the sample that a rim has at least."""
NEIGHBOURS = np.ones((3, 3), dtype=bool)


class LossyCollar(NamedTuple):
    """Valid pixels at the border, or beside no data there, that are nearly `tone`."""

    tone: str
    """"black" or "white"."""
    share: float
    """Share of the raster."""
    rim: bool
    """Whether they are the rim of a collar of one value, or of no data; else the whole collar has
    no single value."""


def find_lossy_collar(
    pixels: NDArray[Any], valid: NDArray[np.bool_], *, step: float = 1.0
) -> LossyCollar | None:
    """The nearly constant part of a collar in 8-bit pixels (B, H, W), or None.

    Of three bands or more.

    Of pixels that are no further than compression reaches from an exact collar or from no data,
    those are counted that are nearly as dark (or bright) and not exactly so: shadow and water go on
    further. `step` is the side of a pixel of the sample in pixels of the raster.
    """
    if pixels.dtype != np.uint8 or len(pixels) < 3:
        return None
    nowhere = np.zeros_like(valid)
    collars = [
        _find("black", pixels.max(axis=0), valid, ~valid, step),
        _find("white", 255 - pixels.min(axis=0), valid, nowhere, step),
    ]
    return max(
        (collar for collar in collars if collar is not None),
        key=lambda collar: collar.share,
        default=None,
    )


def _find(
    tone: str,
    depth: NDArray[np.uint8],
    valid: NDArray[np.bool_],
    outside: NDArray[np.bool_],
    step: float,
) -> LossyCollar | None:
    """The collar of one tone; `depth` (H, W) is the largest difference of any band from it.

    `outside` is what has no data because it was of this tone: it belongs to the exact collar.
    """
    area = touching_border((depth <= NEAR) & valid | outside, NEIGHBOURS)
    solid = area & ((depth == 0) | outside)
    blurred = area & ~solid
    if not blurred.any():
        return None
    if solid.mean() > (SMALLEST_WHITE if tone == "white" else 0):
        near = distance_transform_edt(~solid) * step <= REACH + step
        edge = binary_dilation(solid, NEIGHBOURS) & ~solid
        rim, beyond = int((blurred & near).sum()), int((blurred & ~near).sum())
        lined = (edge & blurred).sum() > LINED * edge.sum()
        if rim >= max(FEWEST, SMALLEST_RIM * depth.size) and beyond < rim and lined:
            return LossyCollar(tone, rim / depth.size, rim=True)
    flat = float((depth[blurred] <= FLAT).mean())
    if blurred.mean() > SMALLEST_COLLAR and flat > MOST_FLAT:
        return LossyCollar(tone, float(blurred.mean()), rim=False)
    return None
