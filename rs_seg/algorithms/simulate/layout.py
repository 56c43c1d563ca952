"""The plan of a town: streets, blocks, traffic.

What stands in the way of something else is dropped.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon, STRtree

from rs_seg.algorithms.simulate.features import Feature, Plan
from rs_seg.algorithms.simulate.landuse import assign_land_uses
from rs_seg.algorithms.simulate.rooftops import furnish_roofs
from rs_seg.algorithms.simulate.site import Site, grow_tree, park_car
from rs_seg.algorithms.simulate.streets import (
    MAIN_STREET,
    Frame,
    Street,
    choose_frame,
    dig_river,
    divide_town,
    pave_streets,
)

SMALL_TOWN = 300.0


def plan_town(bounds: tuple[float, float, float, float], rng: np.random.Generator) -> Plan:
    """Everything on the ground within `bounds` (left, bottom, right, top).

    Features may cross the border.
    """
    left, bottom, right, top = bounds
    frame = choose_frame(((left + right) / 2, (bottom + top) / 2), rng)
    half_size = np.hypot(right - left, top - bottom) / 2 + 40.0
    river = max(right - left, top - bottom) < SMALL_TOWN or rng.random() < 0.65
    streets, blocks = divide_town(half_size, rng, river=river)
    town = shapely.box(*bounds)
    plan = Plan(ground=[Feature(town, "low vegetation", "meadow")])
    if river:
        plan.extend(dig_river(half_size, frame, rng))
    blocks = [
        block
        for block in blocks
        if frame.quadrangle(block.u0, block.v0, block.u1, block.v1).intersects(town)
    ]
    blocks.sort(key=lambda block: float(np.hypot(block.u0 + block.u1, block.v0 + block.v1)))
    for use, block in zip(
        assign_land_uses(len(blocks), rng, lakes=1 if river else 3), blocks, strict=True
    ):
        plan.extend(use(Site(block, frame), rng))
    plan.extend(pave_streets(streets, frame, rng))
    for street in streets:
        plan.extend(_line_street(street, frame, rng))
    plan = _clear_conflicts(_cut_to(plan, town))
    plan.roof_details = furnish_roofs(plan.buildings, rng)
    return plan


def _line_street(street: Street, frame: Frame, rng: np.random.Generator) -> Plan:
    """Cars at the kerb, cars on the lanes of main streets, and trees on the pavement of some."""
    plan = Plan()
    kerb = street.carriageway / 2 - 1.3
    for side in (-1, 1):
        occupancy = rng.uniform(0.15, 0.65)
        trees = rng.random() < 0.3
        for along in np.arange(9.0, street.length - 9, 6.1):
            if rng.random() < occupancy:
                plan.cars.append(park_car(*_place(street, frame, along, side * kerb), rng))
            elif trees and rng.random() < 0.6:
                x, y, _ = _place(street, frame, along, side * (street.carriageway / 2 + 1.2))
                plan.trees.append(grow_tree(x, y, rng.uniform(1.9, 3.0), rng, species="broadleaf"))
        if street.carriageway == MAIN_STREET[0]:
            for along in np.arange(rng.uniform(5, 25), street.length - 5, 26.0):
                spot = along + rng.uniform(-8, 8)
                plan.cars.append(park_car(*_place(street, frame, spot, side * 1.7), rng))
    return plan


def _place(street: Street, frame: Frame, along: float, across: float) -> tuple[float, float, float]:
    return frame.place(*street.point(along, across), along_v=street.along_v)


def _cut_to(plan: Plan, town: Polygon) -> Plan:
    """The plan without what lies wholly outside the town."""
    return Plan(
        ground=[
            plan.ground[i] for i in np.flatnonzero(shapely.intersects(_outlines(plan.ground), town))
        ],
        buildings=[thing for thing in plan.buildings if thing.feature.geometry.intersects(town)],
        trees=[thing for thing in plan.trees if thing.crown.intersects(town)],
        cars=[thing for thing in plan.cars if thing.body.outline.intersects(town)],
    )


def _clear_conflicts(plan: Plan) -> Plan:
    """The plan without conflicts.

    Nothing is in water, no tree in a wall or on a road, no car under a crown, in a wall or in a
    car.
    """
    water = _outlines([feature for feature in plan.ground if feature.cover == "water"])
    roads = _outlines([feature for feature in plan.ground if feature.material == "asphalt"])
    buildings = _outlines([building.feature for building in plan.buildings])
    dry = ~_touches(buildings, water)
    plan.buildings = [plan.buildings[i] for i in np.flatnonzero(dry)]
    buildings = buildings[dry]
    trunks = np.array(
        [
            shapely.Point(tree.x, tree.y).buffer(0.75 * tree.radius, quad_segs=3)
            for tree in plan.trees
        ],
        dtype=object,
    )
    free = ~(_touches(trunks, water) | _touches(trunks, buildings))
    free &= ~_touches(shapely.centroid(trunks), roads)
    plan.trees = [plan.trees[i] for i in np.flatnonzero(free)]
    bodies = shapely.buffer(_outlines([car.feature for car in plan.cars]), 0.4)
    crowns = _outlines([tree.feature for tree in plan.trees])
    free = ~(_touches(bodies, water) | _touches(bodies, buildings) | _touches(bodies, crowns))
    first, second = STRtree(bodies).query(bodies, predicate="intersects")
    free[np.maximum(first, second)[first != second]] = False
    plan.cars = [plan.cars[i] for i in np.flatnonzero(free)]
    return plan


def _outlines(features: Sequence[Feature]) -> NDArray[np.object_]:
    return np.array([feature.geometry for feature in features], dtype=object)


def _touches(geometries: NDArray[np.object_], obstacles: NDArray[np.object_]) -> NDArray[np.bool_]:
    touched = np.zeros(len(geometries), dtype=bool)
    if len(obstacles):
        touched[STRtree(obstacles).query(geometries, predicate="intersects")[0]] = True
    return touched
