"""Areas and accuracy of a map from labelled places: estimates.json.

Keys stand in the file in the order of the fields; those of the last base class come first.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import FiniteFloat

from rs_seg.values.document import Document, Part
from rs_seg.values.map_figures import Figure, MapName, NamedClass


class EstimatedFigure(Part):
    """An estimate with its error and interval; null stands for what is not defined."""

    value: Figure
    """The estimate."""
    error: Figure
    """Its standard error. 0 where the sampled units agree, which is no certainty about others."""
    low: Figure
    """Lower end of the interval."""
    high: Figure
    """Upper end of the interval."""
    method: str
    """Of the interval, or why there is none."""


class EstimatedClass(NamedClass):
    """Estimates of a class."""

    area_m2: EstimatedFigure
    """Area on the ground in the reference, in square metres: the area to report."""
    area_share: EstimatedFigure
    """The same as a share of the whole, 0 to 1."""
    mapped_m2: FiniteFloat
    """Area that the map shows, which errors of the map make wrong."""
    users_accuracy: EstimatedFigure
    """Share of the area mapped as the class that is of it, 0 to 1."""
    producers_accuracy: EstimatedFigure
    """Share of the area of the class that is mapped as it, 0 to 1."""
    f1: EstimatedFigure
    """Harmonic mean of both, 0 to 1."""
    iou: EstimatedFigure
    """Intersection over union of map and reference, 0 to 1."""


class LabelledStratum(Part):
    """How far the labels of a stratum are."""

    name: str
    """Of the stratum."""
    area_m2: FiniteFloat
    """On the ground, in square metres, when it was sampled."""
    units: int
    """Places that were drawn."""
    labelled: int
    """Those that have a label."""


class MapDisagreement(Part):
    """How map and reference disagree, in shares of the area (Pontius and Santacruz 2014)."""

    difference: FiniteFloat
    """Share of the area that has another class in the reference."""
    quantity: FiniteFloat
    """Part of it that comes from areas of classes that differ."""
    allocation: FiniteFloat
    """The rest: right areas in wrong places."""
    exchange: FiniteFloat
    """Part of the allocation between two classes."""
    shift: FiniteFloat
    """Part of the allocation among three classes or more."""


class MapEstimates(Document, MapName):
    """Areas and accuracy of a map, estimated from labelled places."""

    what: ClassVar[str] = "estimates of a sample"

    design: str
    """How places were drawn and what is estimated by, in words."""
    map_state: Literal["as_sampled", "changed", "reread"]
    """Whether the map is the one that was sampled. changed: figures are of the map as it was;
    reread: classes are those of the new map, strata those of the old one."""
    units: int
    """Places that were drawn."""
    labelled: int
    """Those that have a label."""
    strata: tuple[LabelledStratum, ...]
    """In the order of the design."""
    confidence: FiniteFloat
    """Share of samples whose intervals should hold the truth."""
    area_m2: FiniteFloat
    """Area of the whole map, in square metres."""
    overall_accuracy: EstimatedFigure
    """Share of the area whose class is right, 0 to 1."""
    mean_f1: EstimatedFigure
    """Mean over the classes that have it, 0 to 1."""
    mean_iou: EstimatedFigure
    """Mean over the classes that have it, 0 to 1."""
    classes: tuple[EstimatedClass, ...]
    """In the order of the legend."""
    matrix: tuple[tuple[FiniteFloat, ...], ...]
    """Shares of the area by class in the map (rows) and in the reference (columns), both in the
    order of `matrix_classes`."""
    matrix_classes: tuple[str, ...]
    """Names of the classes of the matrix."""
    disagreement: MapDisagreement
    """Of the matrix."""
    plain_accuracy: Figure
    """Share of the labelled places whose class is right, without weights: not that of the map."""
    notes: tuple[str, ...]
    """What is not defined, and why."""
