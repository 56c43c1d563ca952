"""Settings of the figures of maps, and of the choice between them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rs_seg.config.section import Section

Selection = Literal["mean_iou", "polygon_mean_iou", "object_f1", "boundary_f1"]


class EvaluateConfig(Section):
    """What maps are worth on labelled ground."""

    boundary_tolerance: Annotated[float, Field(gt=0, le=64)] = 2.0
    """Pixels up to which boundaries of polygons and of the reference are near each other."""


class CompareConfig(Section):
    """The comparison of all maps of a run."""

    select_by: Selection = "mean_iou"
    """The figure on the validation areas that chooses the best map: mean_iou of the pixels; of the
    polygons, mean IoU, F1 of objects (such as buildings that are found), or F1 of boundaries."""
    crop: Annotated[int, Field(ge=32)] = 512
    """Height and width of the crop that is shown by every method, in pixels."""
    resamples: Annotated[int, Field(ge=100, le=100_000)] = 2000
    """How often the test blocks are drawn again (with replacement) for the confidence intervals of
    the figures."""
