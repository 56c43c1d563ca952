"""What stages ask of rasters of probabilities before they use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rs_seg.errors import UserError
from rs_seg.values import ClassNames

if TYPE_CHECKING:
    from rs_seg.io.raster import RasterReader


def check_bands(probabilities: RasterReader, names: ClassNames) -> None:
    """Refuse probabilities that are not those of the legend.

    Raises:
        UserError: the bands are not the classes in their order.
    """
    if probabilities.bands != names.names:
        raise UserError(
            "the probabilities do not fit the legend",
            where=probabilities.path,
            found=f"bands {', '.join(probabilities.bands)}",
            expected=f"one band for each class, in order: {', '.join(names.names)}",
            remedy="predict again with a model trained for this legend",
        )


def check_grid(probabilities: RasterReader, other: RasterReader, *, title: str) -> None:
    """Refuse probabilities that lie elsewhere than the raster they are used with; `title` names both.

    Raises:
        UserError: the grids differ.
    """
    from rs_seg.values.grid import equal

    if not equal(probabilities.grid, other.grid):
        raise UserError(
            f"{title} are on different grids",
            where=probabilities.path,
            found=f"{probabilities.height} x {probabilities.width} pixels",
            expected=f"the grid of {other.path}, {other.height} x {other.width} pixels",
            remedy="predict again, all from one image",
        )
