"""Figures of a map in the ranking of comparison.json.

Keys stand in the file in the order of the fields; those of the last base class come first.
"""

from __future__ import annotations

from rs_seg.values.evaluation import TestGround
from rs_seg.values.map_figures import Figure, MapName, MeanFigures, SeenPixels


class RankedFigures(MeanFigures):
    """Figures of a map on the areas of one role."""

    pixels: int
    """Pixels that are counted."""
    seen: SeenPixels
    """Pixels on ground that the models saw."""
    polygon_mean_iou: Figure
    """Mean IoU of the polygons, 0 to 1; null where no polygons were compared, as the next two."""
    object_f1: Figure
    """0 to 1."""
    boundary_f1: Figure
    """0 to 1."""
    eroded_overall_accuracy: Figure
    """Without the pixels beside another class of the reference, 0 to 1."""
    eroded_mean_iou: Figure
    """Without the same pixels, 0 to 1."""
    boundary_iou: Figure
    """Mean over the classes of the IoU of the bands along borders, 0 to 1."""
    mean_average_precision: Figure
    """Of the probabilities before the refinement, 0 to 1; null where none were given."""


class RankedTestSet(RankedFigures, TestGround):
    """Figures of a map on a further test set."""


class RankedMap(TestGround, MapName):
    """A map in the ranking."""

    validation: RankedFigures
    """Of the validation areas."""
    test: RankedFigures
    """Of the test areas."""
    test_sets: dict[str, RankedTestSet]
    """Further test sets, by name."""
