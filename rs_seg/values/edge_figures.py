"""Figures of pixels beside and away from borders of classes, as they stand in files of evaluate."""

from __future__ import annotations

from rs_seg.values.document import Part
from rs_seg.values.map_figures import Figure


class ErodedFigures(Part):
    """Figures without the pixels of the reference that lie beside another class."""

    pixels: int
    """Pixels that are counted."""
    left_out: Figure
    """Share of the pixels of the full figures that are left out, 0 to 1."""
    overall_accuracy: Figure
    """0 to 1."""
    mean_f1: Figure
    """Of the classes that occur in reference or map, 0 to 1."""
    mean_iou: Figure
    """Of the classes that occur in reference or map, 0 to 1."""
    f1: dict[str, Figure]
    """By name of the class, 0 to 1."""
    iou: dict[str, Figure]
    """By name of the class, 0 to 1."""


class BoundaryIouFigures(Part):
    """Intersection over union of the bands along the borders of map and reference."""

    mean: Figure
    """Of the classes that have a band in reference or map, 0 to 1."""
    iou: dict[str, Figure]
    """By name of the class, 0 to 1."""
