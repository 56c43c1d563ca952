"""The file transitions.json: what became of each class between two dates, by the maps."""

from __future__ import annotations

from typing import ClassVar

from pydantic import FiniteFloat

from rs_seg.values.document import Document, Part
from rs_seg.values.map_figures import Counts, Figure, MapName, NamedClass

Hectares = tuple[tuple[FiniteFloat, ...], ...]
"""Hectares on the ground by class before (rows) and class after (columns)."""


class ImageShift(Part):
    """How far the later image lies from the earlier one, measured on many windows of both."""

    rows: FiniteFloat
    """Median in pixels of the earlier grid: the later image shows a thing so much further down."""
    columns: FiniteFloat
    """The same to the right."""
    pixels: FiniteFloat
    """Length of both together, in pixels."""
    metres: FiniteFloat
    """The same on the ground."""
    spread_pixels: FiniteFloat
    """Robust standard deviation of the shift of one window, in pixels."""
    windows: int
    """Windows that the medians are of."""
    tried: int
    """Windows that were looked at."""
    near_borders: Figure
    """Share of the changed pixels within `pixels` (one at least) of a border between classes of the
    earlier map: change that a shift alone could make. Null where nothing changed."""


class ClassTransition(NamedClass):
    """What became of a class, in hectares on the ground by the maps."""

    before_ha: FiniteFloat
    """At the earlier date."""
    after_ha: FiniteFloat
    """At the later date."""
    unchanged_ha: FiniteFloat
    """At both."""
    gain_ha: FiniteFloat
    """Of the class at the later date only."""
    loss_ha: FiniteFloat
    """Of the class at the earlier date only."""
    net_ha: FiniteFloat
    """Gain less loss; below 0 where the class got less."""
    swap_ha: FiniteFloat
    """Loss that gain elsewhere makes good, both counted: twice the smaller one of the two (Pontius
    et al. 2004)."""


class ChangeKind(NamedClass):
    """A class of kinds.tif: what stayed as it was, or a kind of change."""

    pixels: int
    """Pixels of the earlier grid."""
    hectares: FiniteFloat
    """On the ground."""


class ChangeAccuracy(Part):
    """Change in the maps against change between the labels of both dates, on test ground of both.

    Ratios are null where they are not defined.
    """

    pixels: int
    """Pixels that are test ground at both dates, with labels and maps of both."""
    confusion: Counts
    """Pixels unchanged and changed in the reference (rows) and in the maps (columns)."""
    precision: Figure
    """Share of the change in the maps that is one in the reference, 0 to 1."""
    recall: Figure
    """Share of the change in the reference that is one in the maps, 0 to 1."""
    f1: Figure
    """Harmonic mean of the two, 0 to 1."""
    iou: Figure
    """Intersection over union of change, 0 to 1."""
    from_to_accuracy: Figure
    """Share of the pixels with the right class at both dates, 0 to 1."""
    changed_from_to_accuracy: Figure
    """The same among the pixels that changed in the reference, 0 to 1."""


class Transitions(MapName, Document):
    """Change between two maps, each of one date of a place."""

    what: ClassVar[str] = "file of transitions"

    place: str
    """Name of the place."""
    dates: str
    """Both dates, or the names of the scenes where dates are not told."""
    before: str
    """Scene of the earlier date."""
    after: str
    """Scene of the later date."""
    classes: tuple[NamedClass, ...]
    """In the order of rows and columns."""
    pixels: Counts
    """Pixels of the earlier grid by class before (rows) and class after (columns)."""
    hectares: Hectares
    """On the ground, in the same order."""
    compared_ha: FiniteFloat
    """Ground that has a class at both dates."""
    changed_ha: FiniteFloat
    """Ground whose class differs."""
    changed_share: Figure
    """Of the compared ground, 0 to 1."""
    left_out_pixels: int
    """Pixels of the earlier map with a class and none at the later date."""
    resampled: bool
    """Whether the later map was brought onto another grid, by nearest neighbour."""
    per_class: tuple[ClassTransition, ...]
    """In the order of the legend."""
    kinds: tuple[ChangeKind, ...]
    """In the order of their codes in kinds.tif."""
    shift: ImageShift | None
    """Null where too few windows of the images are alike."""
    accuracy: ChangeAccuracy | None
    """Null where no test ground of both dates is labelled."""

    @property
    def title_of_pair(self) -> str:
        """Place and dates, for people."""
        return f"{self.place}, {self.dates.replace('_', ' to ')}"
