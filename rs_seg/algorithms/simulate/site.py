"""A block seen from its longer street.

The coordinates in which land use is planned, and the things placed in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rs_seg.algorithms.simulate.features import (
    Building,
    Car,
    Cover,
    Feature,
    Plan,
    RoofShape,
    Tree,
    Wing,
    grow_blob,
)
from rs_seg.algorithms.simulate.materials import PAINTS
from rs_seg.algorithms.simulate.streets import Frame, Rectangle

PAINT_SHARES = (0.3, 0.26, 0.08, 0.14, 0.13, 0.09)
SPECIES_SHARES = {
    "broadleaf": 0.45,
    "pale broadleaf": 0.2,
    "conifer": 0.15,
    "autumn tree": 0.14,
    "copper beech": 0.06,
}


@dataclass(frozen=True)
class Site:
    """Block coordinates (s, t) in metres from a corner.

    s runs along the longer side, t away from the street at t = 0.

    A turned site looks at the same block from the opposite street.
    """

    block: Rectangle
    frame: Frame
    turned: bool = False

    @property
    def length(self) -> float:
        """Metres along the longer side."""
        return self.block.longest

    @property
    def depth(self) -> float:
        """Metres from street to street."""
        return min(self.block.u1 - self.block.u0, self.block.v1 - self.block.v0)

    def seen_from_behind(self) -> "Site":
        """The same block from the opposite street."""
        return replace(self, turned=not self.turned)

    def street_coordinates(self, s: float, t: float) -> tuple[float, float]:
        """(u, v) in the frame of the town."""
        if self.turned:
            s, t = self.length - s, self.depth - t
        if self.block.is_tall:
            return self.block.u1 - t, self.block.v0 + s
        return self.block.u0 + s, self.block.v0 + t

    def place(self, s: float, t: float) -> tuple[float, float, float]:
        """Ground x, y and the heading of the s direction there."""
        x, y, heading = self.frame.place(*self.street_coordinates(s, t), along_v=self.block.is_tall)
        return x, y, heading + (np.pi if self.turned else 0.0)

    def patch(
        self,
        s0: float,
        t0: float,
        s1: float,
        t1: float,
        *,
        cover: Cover,
        material: str,
        tone: float = 1.0,
        height: float = 0.0,
    ) -> Feature:
        """Ground of one material between two corners."""
        (u0, v0), (u1, v1) = self.street_coordinates(s0, t0), self.street_coordinates(s1, t1)
        outline = self.frame.quadrangle(min(u0, u1), min(v0, v1), max(u0, u1), max(v0, v1))
        return Feature(outline, cover, material, tone, height)

    def wing(self, s: float, t: float, length: float, width: float, *, turn: float = 0.0) -> Wing:
        """Rectangle centred on (s, t), its length along s unless turned by that many radians."""
        x, y, heading = self.place(s, t)
        return Wing(x, y, heading + turn, length, width)


ROOFS: dict[RoofShape, dict[str, float]] = {
    "gable": {"red tile": 0.45, "brown tile": 0.25, "slate": 0.2, "metal": 0.1},
    "hip": {"red tile": 0.45, "brown tile": 0.2, "slate": 0.35},
    "flat": {
        "gravel roof": 0.3,
        "bitumen": 0.2,
        "metal": 0.1,
        "white membrane": 0.2,
        "green roof": 0.2,
    },
}


def draw_name(shares: dict[str, float], rng: np.random.Generator) -> str:
    """One of the names, drawn with the probabilities they map to."""
    return str(rng.choice(list(shares), p=list(shares.values())))


def roof_over(
    wings: Sequence[Wing],
    roof: RoofShape,
    eaves: float,
    rng: np.random.Generator,
    *,
    material: str | None = None,
) -> Building:
    """Building of these wings; without a material, one that is usual for that shape of roof."""
    material = material or draw_name(ROOFS[roof], rng)
    rise = 0.0 if roof == "flat" else wings[0].width / 2 * rng.uniform(0.55, 0.95)
    return Building(tuple(wings), roof, eaves, rise, material, rng.uniform(0.85, 1.15))


def grow_tree(
    x: float, y: float, radius: float, rng: np.random.Generator, *, species: str | None = None
) -> Tree:
    """Tree whose height follows from its radius.

    Without a species, one of the mixture of the town.
    """
    height = max(3.0, radius * rng.uniform(1.7, 2.6) + 1.0)
    material = species or draw_name(SPECIES_SHARES, rng)
    roughness = 0.05 if material == "conifer" else 0.12
    return Tree(
        x,
        y,
        radius,
        height,
        grow_blob(x, y, radius, rng, roughness=roughness),
        material,
        rng.uniform(0.8, 1.2),
    )


def park_car(x: float, y: float, heading: float, rng: np.random.Generator) -> Car:
    """Car of random size and paint; one in ten is a van."""
    van = rng.random() < 0.1
    length, width = (5.6, 2.3) if van else (rng.uniform(4.4, 4.9), rng.uniform(1.95, 2.15))
    direction = heading + rng.normal(0, 0.03) + (np.pi if rng.random() < 0.5 else 0.0)
    paint = str(rng.choice(PAINTS, p=PAINT_SHARES))
    return Car(
        Wing(x, y, direction, length, width), 2.5 if van else 1.7, paint, rng.uniform(0.85, 1.1)
    )


def fill_parking(
    site: Site, s0: float, t0: float, s1: float, t1: float, rng: np.random.Generator
) -> Plan:
    """Parking lot between two corners: rows of bays with lines between them, and lanes of 6 m."""
    material = draw_name({"asphalt": 0.6, "paving": 0.2, "brick": 0.2}, rng)
    plan = Plan(
        ground=[
            site.patch(
                s0, t0, s1, t1, cover="impervious", material=material, tone=rng.uniform(0.85, 1.3)
            )
        ]
    )
    occupancy = rng.uniform(0.55, 0.85)
    for t in _bay_rows(t0 + 0.5, t1 - 0.5):
        for s in np.arange(s0 + 2.0, s1 - 2.0, 2.9):
            x, y, heading = site.place(s, t)
            if rng.random() < occupancy:
                plan.cars.append(park_car(x, y, heading + np.pi / 2, rng))
            line = site.wing(s + 1.45, t, 5.0, 0.4, turn=np.pi / 2).outline
            plan.ground.append(Feature(line, "impervious", "marking", 0.8, detail=True))
    return plan


def _bay_rows(start: float, stop: float) -> list[float]:
    """Middle lines of the rows of 5 m bays: single at the edge, then lane, double row, lane ..."""
    rows, edge = [], start
    while edge + 5.0 <= stop:
        rows.append(edge + 2.5)
        edge += 5.2 if len(rows) % 2 == 0 else 11.0
    return rows


def plant_trees(
    site: Site,
    s0: float,
    t0: float,
    s1: float,
    t1: float,
    rng: np.random.Generator,
    *,
    spacing: float,
    radius: float = 3.5,
) -> Plan:
    """Trees scattered between two corners, one per square of `spacing` metres on average."""
    count = rng.poisson(max(0.0, (s1 - s0) * (t1 - t0)) / spacing**2)
    spots = rng.uniform((s0, t0), (s1, t1), size=(count, 2)) if count else np.empty((0, 2))
    places = [site.place(s, t) for s, t in spots]
    return Plan(trees=[grow_tree(x, y, radius * rng.uniform(0.6, 1.35), rng) for x, y, _ in places])
