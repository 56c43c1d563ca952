"""What a refinement changed in a map: the content of changes.json."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from rs_seg.values.document import Document, Part
from rs_seg.values.map_figures import MapName


class ClassChange(Part):
    """Pixels of a class, of those that are mapped."""

    name: str
    before: int
    """Where it is the most probable class."""
    after: int


class EnergyChange(Part):
    """The energy of the map before and after: what a method lowers."""

    name: str
    """What the energy is called, and its unit."""
    before: float
    after: float
    per_pixel_before: float | None = None
    per_pixel_after: float | None = None


class SeamPixels(Part):
    """Pixels beside the seams of blocks, which are refined one by one."""

    pixels: int
    different: int
    """Those on which the blocks on both sides disagree."""


class Changes(Document):
    """What a refinement changed in one map of a scene."""

    what: ClassVar[str] = "what a refinement changed"

    pixels: int
    """Mapped pixels."""
    changed: int
    """Those that have another class than the most probable one; pixels without a class are not
    counted."""
    classes: tuple[ClassChange, ...] = ()
    """In the order of the legend."""
    energy: EnergyChange | None
    """Null where the method has none, or was not asked for it."""
    seams: SeamPixels | None = None
    """Null where every pixel is decided alone."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """The settings of the refinement, those that a search has chosen included."""
    warnings: tuple[str, ...] = ()
    """Of values of the scene that are unlike those of the training."""


class MapChanges(MapName):
    """What a refinement changed in a map, summed over the labelled scenes."""

    pixels: int
    """Mapped pixels."""
    changed: int
    """Those that have another class than the most probable one."""
    energy: EnergyChange | None
    """Null where the method has none in one of the scenes."""
