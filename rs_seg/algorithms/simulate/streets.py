"""The street network: a gently bent grid and a river.

The grid is cut into blocks by streets of falling importance.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely import LineString, Polygon

from rs_seg.algorithms.simulate.features import Feature, Plan, oriented_rectangle

MAIN_STREET = (11.0, 2.6)
SIDE_STREET = (7.2, 1.7)


@dataclass(frozen=True)
class Frame:
    """Bent street coordinates (u, v) mapped to ground coordinates.

    They are in metres and centred on the town.
    """

    centre: tuple[float, float]
    heading: float
    amplitudes: tuple[float, float]
    wavelengths: tuple[float, float]
    phases: tuple[float, float]

    def to_ground(self, u: ArrayLike, v: ArrayLike) -> NDArray[np.float64]:
        """(N, 2) ground x, y."""
        u, v = np.asarray(u, np.float64), np.asarray(v, np.float64)
        bent_u = u + self.amplitudes[0] * np.sin(
            2 * np.pi * v / self.wavelengths[0] + self.phases[0]
        )
        bent_v = v + self.amplitudes[1] * np.sin(
            2 * np.pi * u / self.wavelengths[1] + self.phases[1]
        )
        cosine, sine = np.cos(self.heading), np.sin(self.heading)
        x = self.centre[0] + cosine * bent_u - sine * bent_v
        y = self.centre[1] + sine * bent_u + cosine * bent_v
        return np.stack([x, y], axis=-1)

    def place(self, u: float, v: float, *, along_v: bool = False) -> tuple[float, float, float]:
        """Ground x, y and the heading of the u (or v) direction there."""
        step = (0.0, 0.5) if along_v else (0.5, 0.0)
        behind, here, ahead = self.to_ground(
            [u - step[0], u, u + step[0]], [v - step[1], v, v + step[1]]
        )
        return (
            float(here[0]),
            float(here[1]),
            float(np.arctan2(ahead[1] - behind[1], ahead[0] - behind[0])),
        )

    def quadrangle(self, u0: float, v0: float, u1: float, v1: float) -> Polygon:
        """The (u, v) rectangle on the ground, its sides bent."""
        us = np.linspace(u0, u1, max(2, int(abs(u1 - u0) / 5) + 1))
        vs = np.linspace(v0, v1, max(2, int(abs(v1 - v0) / 5) + 1))
        u = np.concatenate([us, np.full_like(vs, u1), us[::-1], np.full_like(vs, u0)])
        v = np.concatenate([np.full_like(us, v0), vs, np.full_like(us, v1), vs[::-1]])
        return Polygon(self.to_ground(u, v))


@dataclass(frozen=True)
class Rectangle:
    """A rectangle in street coordinates."""

    u0: float
    v0: float
    u1: float
    v1: float

    @property
    def is_tall(self) -> bool:
        """Whether v spans more than u."""
        return self.v1 - self.v0 > self.u1 - self.u0

    @property
    def longest(self) -> float:
        """Length of the longer side, in metres."""
        return max(self.u1 - self.u0, self.v1 - self.v0)


@dataclass(frozen=True)
class Street:
    """A strip of street: its `strip` includes both pavements, each `pavement` metres wide."""

    strip: Rectangle
    along_v: bool
    carriageway: float
    pavement: float

    @property
    def length(self) -> float:
        """Metres from end to end."""
        strip = self.strip
        return strip.v1 - strip.v0 if self.along_v else strip.u1 - strip.u0

    def point(self, along: float, across: float) -> tuple[float, float]:
        """Street coordinates of a point.

        It is `along` metres from the start and `across` metres from the axis.
        """
        strip = self.strip
        if self.along_v:
            return (strip.u0 + strip.u1) / 2 + across, strip.v0 + along
        return strip.u0 + along, (strip.v0 + strip.v1) / 2 + across


def choose_frame(centre: tuple[float, float], rng: np.random.Generator) -> Frame:
    """Street grid of random heading, bent by up to some 15 degrees."""
    return Frame(
        centre=centre,
        heading=rng.uniform(-np.pi / 4, np.pi / 4),
        amplitudes=(rng.uniform(8, 16), rng.uniform(8, 16)),
        wavelengths=(rng.uniform(330, 460), rng.uniform(330, 460)),
        phases=(rng.uniform(0, 2 * np.pi), rng.uniform(0, 2 * np.pi)),
    )


def divide_town(
    half_size: float, rng: np.random.Generator, *, river: bool
) -> tuple[list[Street], list[Rectangle]]:
    """Streets and the blocks between them.

    They fill the square of street coordinates up to `half_size`.

    With a river the two sides of `river_corridor` are divided separately, each with a street along
    the bank.
    """
    whole = Rectangle(-half_size, -half_size, half_size, half_size)
    if not river:
        return _divide(whole, 0, rng)
    streets: list[Street] = []
    blocks: list[Rectangle] = []
    corridor = river_corridor(half_size)
    bank_street = sum(MAIN_STREET) + MAIN_STREET[1]
    for bank in (replace(whole, v1=corridor.v0), replace(whole, v0=corridor.v1)):
        near = bank.v1 == corridor.v0
        strip = (
            replace(bank, v0=bank.v1 - bank_street)
            if near
            else replace(bank, v1=bank.v0 + bank_street)
        )
        streets.append(Street(strip, False, *MAIN_STREET))
        rest = replace(bank, v1=strip.v0) if near else replace(bank, v0=strip.v1)
        more_streets, more_blocks = _divide(rest, 1, rng)
        streets += more_streets
        blocks += more_blocks
    return streets, blocks


def river_corridor(half_size: float) -> Rectangle:
    """River and banks; close to the middle, so that the smallest scene contains it."""
    return Rectangle(-half_size, -22.0, half_size, 22.0)


def _divide(
    area: Rectangle, depth: int, rng: np.random.Generator
) -> tuple[list[Street], list[Rectangle]]:
    """Halve `area` by a street across its longer side until the parts are the size of a block."""
    if area.longest < rng.uniform(85, 125):
        return [], [area]
    carriageway, pavement = MAIN_STREET if depth < 2 else SIDE_STREET
    half_strip = carriageway / 2 + pavement
    share = rng.uniform(0.38, 0.62)
    if area.is_tall:
        middle = area.v0 + share * (area.v1 - area.v0)
        strip = replace(area, v0=middle - half_strip, v1=middle + half_strip)
        parts = (replace(area, v1=strip.v0), replace(area, v0=strip.v1))
    else:
        middle = area.u0 + share * (area.u1 - area.u0)
        strip = replace(area, u0=middle - half_strip, u1=middle + half_strip)
        parts = (replace(area, u1=strip.u0), replace(area, u0=strip.u1))
    streets, blocks = [Street(strip, not area.is_tall, carriageway, pavement)], []
    for part in parts:
        more_streets, more_blocks = _divide(part, depth + 1, rng)
        streets += more_streets
        blocks += more_blocks
    return streets, blocks


def pave_streets(streets: list[Street], frame: Frame, rng: np.random.Generator) -> Plan:
    """Pavements, carriageways (running into the street they end at) and centre lines."""
    pavements, carriageways, lines = [], [], []
    for street in streets:
        strip, reach = street.strip, MAIN_STREET[1]
        outline = frame.quadrangle(strip.u0, strip.v0, strip.u1, strip.v1)
        material = str(rng.choice(["paving", "brick", "concrete"], p=(0.5, 0.3, 0.2)))
        pavements.append(Feature(outline, "impervious", material, rng.uniform(0.85, 1.15)))
        corners = (
            street.point(-reach, -street.carriageway / 2),
            street.point(street.length + reach, street.carriageway / 2),
        )
        road = frame.quadrangle(*corners[0], *corners[1])
        carriageways.append(Feature(road, "impervious", "asphalt", rng.uniform(0.75, 1.3)))
        if street.carriageway == MAIN_STREET[0]:
            lines += _mark_lanes(street, frame)
        if rng.random() < 0.6:
            lines += _mark_crossing(street, frame)
    return Plan(ground=pavements + carriageways + lines)


def _mark_lanes(street: Street, frame: Frame) -> list[Feature]:
    dashes = []
    for along in np.arange(8.0, street.length - 10, 9.0):
        ends = [street.point(along, 0), street.point(along + 4, 0)]
        line = LineString(frame.to_ground([u for u, _ in ends], [v for _, v in ends]))
        dashes.append(
            Feature(line.buffer(0.22, cap_style="flat"), "impervious", "marking", detail=True)
        )
    return dashes


def _mark_crossing(street: Street, frame: Frame) -> list[Feature]:
    """Zebra crossing near the start of the street: bars of 3 m along the street, a metre apart."""
    bars = []
    for across in np.arange(-street.carriageway / 2 + 0.6, street.carriageway / 2 - 0.3, 1.1):
        u, v = street.point(5.0, across)
        x, y, heading = frame.place(u, v, along_v=street.along_v)
        bars.append(
            Feature(
                oriented_rectangle(x, y, heading, 3.0, 0.6), "impervious", "marking", detail=True
            )
        )
    return bars


def dig_river(half_size: float, frame: Frame, rng: np.random.Generator) -> Plan:
    """Meadow banks and a river that winds between them."""
    corridor = river_corridor(half_size)
    u = np.arange(corridor.u0, corridor.u1, 6.0)
    axis = 4.0 * np.sin(2 * np.pi * u / rng.uniform(110, 190) + rng.uniform(0, 2 * np.pi))
    half_width = 11.0 + 2.0 * np.sin(
        2 * np.pi * u / rng.uniform(60, 120) + rng.uniform(0, 2 * np.pi)
    )
    shores = np.concatenate(
        [frame.to_ground(u, axis - half_width), frame.to_ground(u, axis + half_width)[::-1]]
    )
    bank = frame.quadrangle(corridor.u0, corridor.v0, corridor.u1, corridor.v1)
    water = Feature(
        Polygon(shores), "water", str(rng.choice(["dark water", "muddy water"])), height=-1.2
    )
    return Plan(ground=[Feature(bank, "low vegetation", "meadow"), water])
