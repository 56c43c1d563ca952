"""Settings of the figures of maps, and of the choice between them."""

from __future__ import annotations

from math import hypot
from typing import Annotated, Literal

from pydantic import Field, field_validator

from rs_seg.config.section import Section

WIDEST_BAND = 256
"""Pixels; windows are read with as many on every side."""
Selection = Literal["mean_iou", "polygon_mean_iou", "object_f1", "boundary_f1"]


class EvaluateConfig(Section):
    """What maps are worth on labelled ground."""

    boundary_tolerance: Annotated[float, Field(gt=0, le=64)] = 2.0
    """Pixels up to which boundaries of polygons and of the reference are near each other."""
    eroded_boundary: Annotated[float, Field(gt=0, le=64)] = 3.0
    """Radius in pixels of the disc around borders between classes of the reference that the eroded
    figures leave out; 3 as in the ISPRS benchmark."""
    boundary_iou: Annotated[float, Field(gt=0, le=WIDEST_BAND)] = 3.0
    """Width of the bands along borders that boundary IoU compares: whole pixels from 1 on, or below
    1 the share of the diagonal of the scene, such as 0.02, at most 256 pixels."""

    without_sources: bool = True
    """Whether networks with fuse: late are also tested without each optional source, on maps of the
    labelled scenes that nothing else uses: what each sensor is worth. Costs a prediction of these
    scenes for each such source."""

    @field_validator("boundary_iou")
    @classmethod
    def _check_band(cls, width: float) -> float:
        if width > 1 and not width.is_integer():
            raise ValueError(f"{width:g} is no whole number of pixels, and no share below 1")
        return width

    def band_of(self, *, height: int, width: int) -> int:
        """Pixels of the bands along borders in a scene of this size."""
        if self.boundary_iou >= 1:
            return int(self.boundary_iou)
        return min(max(round(self.boundary_iou * hypot(height, width)), 1), WIDEST_BAND)


class CompareConfig(Section):
    """The comparison of all maps of a run."""

    select_by: Selection = "mean_iou"
    """The figure on the validation areas that chooses the best map: mean_iou of the pixels; of the
    polygons, mean IoU, F1 of objects (such as buildings that are found), or F1 of boundaries. Of
    maps that it cannot tell apart, objects and then fewer polygons decide (docs/methods.md)."""
    crop: Annotated[int, Field(ge=32)] = 512
    """Height and width of the crop that is shown by every method, in pixels."""
    resamples: Annotated[int, Field(ge=100, le=100_000)] = 2000
    """How often the test blocks are drawn again (with replacement) for the confidence intervals of
    the figures."""
