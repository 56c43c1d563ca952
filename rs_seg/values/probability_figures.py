"""Figures of probabilities, as they stand in the JSON files of evaluate.

Keys stand in the files in the order of the fields; those of the last base class come first.
"""

from __future__ import annotations

from pydantic import FiniteFloat

from rs_seg.values.document import Part
from rs_seg.values.map_figures import Figure, NamedClass


class ThresholdPoint(Part):
    """A point of a curve of precision and recall, to four digits."""

    threshold: FiniteFloat
    """Least probability of the class, 0 to 1."""
    precision: FiniteFloat
    """Share of the pixels from this probability on that are the class."""
    recall: FiniteFloat
    """Share of the pixels of the class that they are."""


class ClassCurve(NamedClass):
    """What the probabilities of a class are worth; figures are null where they are not defined."""

    pixels: int
    """Pixels of the class in the reference with probabilities."""
    average_precision: Figure
    """Sum of (R_n - R_n-1) P_n over all bytes of the probability; null without pixels."""
    threshold: Figure
    """Least probability that counts as the class, whatever the other classes have: that with the
    highest F1 on the validation areas, of equals the highest."""
    precision: Figure
    """Share of the pixels from the threshold on that are the class."""
    recall: Figure
    """Share of the pixels of the class that are from the threshold on."""
    f1: Figure
    """Harmonic mean of both."""
    curve: tuple[ThresholdPoint, ...]
    """The highest probability first; of long curves the points that the shape needs."""


class ProbabilityFigures(Part):
    """What probabilities are worth, before any refinement."""

    mean_average_precision: Figure
    """Mean over the classes that occur in the reference."""
    per_class: tuple[ClassCurve, ...]
    """In the order of the legend."""
