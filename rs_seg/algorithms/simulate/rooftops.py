"""What stands and lies on roofs.

Plant rooms and skylights on flat roofs, chimneys and solar panels on pitched ones.
"""

from collections.abc import Sequence

import numpy as np

from rs_seg.algorithms.simulate.features import Building, Feature, oriented_rectangle


def furnish_roofs(buildings: Sequence[Building], rng: np.random.Generator) -> list[Feature]:
    """Details whose height is that above the roof."""
    details: list[Feature] = []
    for building in buildings:
        details += (
            _equip_flat_roof(building, rng)
            if building.roof == "flat"
            else _equip_pitched_roof(building, rng)
        )
    return details


def _equip_flat_roof(building: Building, rng: np.random.Generator) -> list[Feature]:
    wing = building.wings[0]
    count = int(wing.length * wing.width / 110)
    boxes = []
    for along, across in rng.uniform(-0.4, 0.4, size=(count, 2)):
        x, y = _point_on(building, along * wing.length, across * wing.width)
        length, width, height = rng.uniform((1.5, 1.2, 0.3), (4.5, 3.0, 2.0))
        box = oriented_rectangle(x, y, wing.heading, length, width)
        boxes.append(
            Feature(box, "building", "plant room", rng.uniform(0.7, 1.1), height, detail=True)
        )
    return boxes


def _equip_pitched_roof(building: Building, rng: np.random.Generator) -> list[Feature]:
    """Solar panels and chimneys of a pitched roof.

    One roof in four carries panels on the side that faces south, every second a chimney beside the
    ridge.
    """
    wing, things = building.wings[0], []
    if min(wing.length, wing.width) < 6:
        return []
    if rng.random() < 0.25:
        south = -1.0 if np.cos(wing.heading) > 0 else 1.0
        x, y = _point_on(building, rng.uniform(-0.1, 0.1) * wing.length, south * 0.27 * wing.width)
        panel = oriented_rectangle(
            x, y, wing.heading, wing.length * rng.uniform(0.35, 0.6), wing.width * 0.28
        )
        things.append(Feature(panel, "building", "solar panel", detail=True))
    if rng.random() < 0.5:
        x, y = _point_on(building, rng.uniform(-0.25, 0.25) * wing.length, 0.1 * wing.width)
        chimney = oriented_rectangle(x, y, wing.heading, 1.0, 1.0)
        things.append(Feature(chimney, "building", "red tile", 0.8, 1.3, detail=True))
    return things


def _point_on(building: Building, along: float, across: float) -> tuple[float, float]:
    wing = building.wings[0]
    cosine, sine = np.cos(wing.heading), np.sin(wing.heading)
    return wing.x + cosine * along - sine * across, wing.y + sine * along + cosine * across
