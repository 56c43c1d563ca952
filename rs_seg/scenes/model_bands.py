"""Whether an image has the bands of a model, and as many dates as it can take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rs_seg.algorithms.prediction.applicability import band_order
from rs_seg.values.series import PAIRS, check_pair

if TYPE_CHECKING:
    from rs_seg.io.model_description import ModelDescription


def place_bands(
    model: ModelDescription, image_bands: Sequence[str], *, where: object = None
) -> list[int]:
    """Positions in an image of the bands that a model looks at there.

    Raises:
        UserError: the image lacks a band, or has other than two dates for a siamese network.
    """
    order = band_order(model.bands_of(image_bands), image_bands, where=where)
    if model.network.get("architecture") in PAIRS:
        for group in model.groups:
            if group.slots:
                check_pair(group.with_slots_of(image_bands).slots, where=where)
    return order
