"""How the places of a random sample were drawn: design.json.

Keys stand in the file in the order of the fields; those of the last base class come first.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import FiniteFloat

from rs_seg.values.document import Document, Part
from rs_seg.values.ground_units import HECTARES, IN_PIXELS, GroundUnits
from rs_seg.values.map_figures import Figure, MapName, NamedClass

DesignName = Literal["stratified", "simple_random", "systematic"]


class SampledScene(Part):
    """The class map of a scene as it was sampled."""

    scene: str
    """Name in the configuration."""
    sha256: str
    """Of the file classes.tif."""
    corner: tuple[FiniteFloat, FiniteFloat] | None = None
    """Of a picture without a place: x and y of its upper left corner in the file of places, where
    pictures lie side by side; null: the scene lies on Earth."""


class DrawnStratum(Part):
    """A stratum: a part of the map in which places are drawn."""

    code: int
    """Number of the stratum in the file of places."""
    name: str
    """Of the class, the buffer or the region that it is."""
    mapped: int | None
    """Code of the class that the map has in all of it; null: several."""
    pixels: int
    """Pixels of the map in it; nodata is in no stratum."""
    area_m2: FiniteFloat
    """On the ground, in square metres."""
    units: int
    """Places that were drawn in it."""
    probability: Figure
    """Probability with which a pixel of it was drawn; null where tiles were drawn first."""


class DrawnClusters(Part):
    """Tiles that were drawn before places were drawn in them."""

    size_m: FiniteFloat
    """Height and width of a tile, in metres on the ground."""
    tiles: int
    """Tiles that hold pixels of the map."""
    drawn: int
    """Those that were drawn."""
    units: int
    """Places in each of them."""


class ExpectedFigure(Part):
    """What simulated samples of this design say of a figure."""

    figure: str
    """overall_accuracy, area_share, users_accuracy, producers_accuracy and so on."""
    of: str | None
    """Name of the class; null: of the map."""
    value: FiniteFloat
    """What was assumed to be true, 0 to 1."""
    half_width: Figure
    """Mean half width of the 95 % interval; null where the figure was never defined."""
    coverage: Figure
    """Share of the samples whose interval holds the value."""
    method: str
    """Of the interval."""
    wald_coverage: Figure
    """The same of the usual interval, value -+ 1.96 standard errors."""


class Proposal(Part):
    """An allocation whose intervals hold."""

    units: dict[str, int]
    """Places by name of the stratum."""


class Design(Document, MapName):
    """How the places of a sample were drawn from a map, and what is expected of them."""

    what: ClassVar[str] = "design of a sample"

    design: DesignName
    """stratified: places were drawn in each stratum; of the others strata are formed afterwards."""
    seed: int
    """Of the draw."""
    classes: tuple[NamedClass, ...]
    """That an interpreter can choose, in the order of the legend."""
    scenes: tuple[SampledScene, ...]
    """The maps that were sampled."""
    strata: tuple[DrawnStratum, ...]
    """In the order of their codes."""
    clusters: DrawnClusters | None
    """null: places were drawn one by one."""
    units: int
    """Places in all."""
    overlap_m2: FiniteFloat
    """Ground that two scenes show: it was counted in the first of them only."""
    assumed: str
    """In words: where the expected accuracies come from."""
    expected: tuple[ExpectedFigure, ...]
    """What the design will give, simulated."""
    weak: tuple[ExpectedFigure, ...]
    """Those of them whose intervals hold the truth in less than 90 of 100 samples."""
    proposal: Proposal | None
    """The nearest allocation without weak figures; null: none is needed, or none was found."""

    @property
    def corners(self) -> dict[str, tuple[float, float]]:
        """Where pictures without a place begin in the file of places; empty of scenes on Earth."""
        return {own.scene: own.corner for own in self.scenes if own.corner is not None}

    @property
    def ground_units(self) -> GroundUnits:
        """What its areas and lengths are told in."""
        return IN_PIXELS if self.corners else HECTARES

    def drew_as(self, other: Design) -> bool:
        """Whether both drew the same places, whatever was expected of them."""
        return all(getattr(self, name) == getattr(other, name) for name in _OF_THE_DRAW)

    @property
    def names(self) -> dict[int, str]:
        """Names of the strata by code."""
        return {stratum.code: stratum.name for stratum in self.strata}


_OF_THE_DRAW = (
    *("network", "refinement", "design", "seed", "scenes", "strata", "clusters", "units"),
    "overlap_m2",
)
