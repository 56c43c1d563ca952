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
