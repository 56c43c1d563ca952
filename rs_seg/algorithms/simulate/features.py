"""What a town is made of, as values in a local frame.

Metres, x to the east, y to the north, headings in radians.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

Cover = Literal["impervious", "building", "low vegetation", "tree", "car", "water"]
RoofShape = Literal["gable", "hip", "flat"]


@dataclass(frozen=True)
class Feature:
    """One thing to draw, `height` metres above what it lies on.

    A `detail` is not mapped: it lies on its own class.
    """

    geometry: Polygon
    cover: Cover
    material: str
    tone: float = 1.0
    height: float = 0.0
    detail: bool = False


@dataclass(frozen=True)
class Wing:
    """A rectangle: `length` metres along `heading`, `width` metres across it."""

    x: float
    y: float
    heading: float
    length: float
    width: float

    @property
    def outline(self) -> Polygon:
        """The rectangle on the ground."""
        return oriented_rectangle(self.x, self.y, self.heading, self.length, self.width)


@dataclass(frozen=True)
class Building:
    """Wings under one roof; `eaves` and `rise` (of the ridge above the eaves) in metres."""

    wings: tuple[Wing, ...]
    roof: RoofShape
    eaves: float
    rise: float
    material: str
    tone: float

    @property
    def feature(self) -> Feature:
        """The roof as seen from above."""
        outline = shapely.union_all([wing.outline for wing in self.wings])
        assert isinstance(outline, Polygon), "wings of one building overlap"
        return Feature(outline, "building", self.material, self.tone)


@dataclass(frozen=True)
class Tree:
    """A trunk at (x, y) under a `crown` of about `radius`; `height` of its top in metres."""

    x: float
    y: float
    radius: float
    height: float
    crown: Polygon
    material: str
    tone: float

    @property
    def feature(self) -> Feature:
        """The crown as seen from above."""
        return Feature(self.crown, "tree", self.material, self.tone)


@dataclass(frozen=True)
class Car:
    """A body whose front looks along its heading; `height` of its roof in metres."""

    body: Wing
    height: float
    material: str
    tone: float

    @property
    def feature(self) -> Feature:
        """The body as seen from above."""
        return Feature(self.body.outline, "car", self.material, self.tone)


@dataclass
class Plan:
    """The things of a town, ground and roof details from the lowest layer to the highest."""

    ground: list[Feature] = field(default_factory=list)
    buildings: list[Building] = field(default_factory=list)
    roof_details: list[Feature] = field(default_factory=list)
    trees: list[Tree] = field(default_factory=list)
    cars: list[Car] = field(default_factory=list)

    def extend(self, other: "Plan") -> None:
        """Add another plan's things above one's own."""
        self.ground += other.ground
        self.buildings += other.buildings
        self.roof_details += other.roof_details
        self.trees += other.trees
        self.cars += other.cars

    @property
    def features(self) -> list[Feature]:
        """Everything in drawing order: ground, buildings and what lies on them, trees, cars."""
        buildings = [building.feature for building in self.buildings]
        trees, cars = [tree.feature for tree in self.trees], [car.feature for car in self.cars]
        return [*self.ground, *buildings, *self.roof_details, *trees, *cars]


def oriented_rectangle(x: float, y: float, heading: float, length: float, width: float) -> Polygon:
    """Rectangle centred on (x, y), its length along `heading`."""
    along = np.array([np.cos(heading), np.sin(heading)]) * length / 2
    across = np.array([-np.sin(heading), np.cos(heading)]) * width / 2
    signs = ((1, 1), (-1, 1), (-1, -1), (1, -1))
    return Polygon([np.array([x, y]) + i * along + j * across for i, j in signs])


def grow_blob(
    x: float, y: float, radius: float, rng: np.random.Generator, *, roughness: float = 0.12
) -> Polygon:
    """Closed, star-shaped outline around (x, y) whose radius varies by about `roughness`."""
    angles = np.linspace(0, 2 * np.pi, max(12, min(40, int(4 * radius))), endpoint=False)
    radii = np.ones_like(angles)
    for order in range(2, 6):
        radii += (
            roughness
            / np.sqrt(order)
            * rng.normal()
            * np.cos(order * angles + rng.uniform(0, 2 * np.pi))
        )
    radii = radius * np.clip(radii, 0.6, 1.4)
    return Polygon(np.column_stack([x + radii * np.cos(angles), y + radii * np.sin(angles)]))


@dataclass(frozen=True)
class LocalGrid:
    """North-up pixel grid in the local frame, in metres.

    (left, top) is the outer corner of pixel (0, 0).
    """

    left: float
    top: float
    pixel_size: float
    height: int
    width: int

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top."""
        right = self.left + self.width * self.pixel_size
        return self.left, self.top - self.height * self.pixel_size, right, self.top

    @property
    def centres(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """X of the columns, y of the rows, at pixel centres."""
        x = self.left + (np.arange(self.width, dtype=np.float64) + 0.5) * self.pixel_size
        y = self.top - (np.arange(self.height, dtype=np.float64) + 0.5) * self.pixel_size
        return x, y

    def padded(self, pixels: int) -> "LocalGrid":
        """The grid with that many more pixels on each side."""
        return replace(
            self,
            left=self.left - pixels * self.pixel_size,
            top=self.top + pixels * self.pixel_size,
            height=self.height + 2 * pixels,
            width=self.width + 2 * pixels,
        )

    def window(self, bounds: tuple[float, float, float, float]) -> tuple[slice, slice]:
        """Rows and columns of the pixels that `bounds` touches, cut to the grid; may be empty."""
        left, bottom, right, top = bounds
        columns = _span(left - self.left, right - self.left, self.pixel_size, self.width)
        return _span(self.top - top, self.top - bottom, self.pixel_size, self.height), columns


def _span(start: float, stop: float, step: float, count: int) -> slice:
    first = min(max(int(np.floor(start / step)), 0), count)
    return slice(first, max(first, min(int(np.ceil(stop / step)), count)))
