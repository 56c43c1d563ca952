"""Blocks that people live in.

Detached houses with gardens, closed rows around a yard, slabs of flats.
"""

from functools import partial
from typing import Final

import numpy as np

from rs_seg.algorithms.simulate.features import Building, Feature, Plan, RoofShape, Wing
from rs_seg.algorithms.simulate.site import (
    Site,
    draw_name,
    fill_parking,
    grow_tree,
    park_car,
    plant_trees,
    roof_over,
)

GARDENS: Final = {"lawn": 0.6, "dry lawn": 0.2, "meadow": 0.15, "bare soil": 0.05}


def build_houses(site: Site, rng: np.random.Generator) -> Plan:
    """Rows of detached houses along both long streets, back gardens in between."""
    plan = Plan()
    roof: RoofShape = "gable" if rng.random() < 0.7 else "hip"
    for side in (site, site.seen_from_behind()):
        s = rng.uniform(0, 2)
        while s + 14 < site.length:
            width = min(rng.uniform(15, 22), site.length - s)
            plan.extend(_build_parcel(side, s, width, roof, rng))
            s += width
    return plan


def _build_parcel(
    site: Site, s: float, width: float, roof: RoofShape, rng: np.random.Generator
) -> Plan:
    back = site.depth / 2
    garden = site.patch(
        s,
        0,
        s + width,
        back,
        cover="low vegetation",
        material=draw_name(GARDENS, rng),
        tone=rng.uniform(0.85, 1.15),
    )
    plan = Plan(ground=[garden])
    setback, house_depth = rng.uniform(3.5, 6.5), rng.uniform(8.0, 10.5)
    house_width = min(width - 5.5, rng.uniform(9.5, 13.5))
    middle = s + 1.5 + house_width / 2
    wings = [site.wing(middle, setback + house_depth / 2, house_width, house_depth)]
    if house_depth > house_width:
        wings = [
            site.wing(middle, setback + house_depth / 2, house_depth, house_width, turn=np.pi / 2)
        ]
    if rng.random() < 0.35:
        wings.append(site.wing(s + 4.5, setback + house_depth + 1.5, 9.0, 6.0, turn=np.pi / 2))
    modern = rng.random() < 0.15
    plan.buildings.append(roof_over(wings, "flat" if modern else roof, rng.uniform(3.2, 6.0), rng))
    plan.extend(_pave_drive(site, s + width - 2.2, setback, rng))
    plan.extend(_plant_garden(site, s, width, setback + house_depth, rng))
    return plan


def _pave_drive(site: Site, s: float, setback: float, rng: np.random.Generator) -> Plan:
    """Driveway at the side of the house, with a car or a garage at its end."""
    material = draw_name({"paving": 0.35, "brick": 0.25, "gravel": 0.2, "asphalt": 0.2}, rng)
    drive = site.patch(
        s - 1.6,
        0,
        s + 1.6,
        setback + 8,
        cover="impervious",
        material=material,
        tone=rng.uniform(0.85, 1.15),
    )
    plan = Plan(ground=[drive])
    if rng.random() < 0.55:
        plan.buildings.append(
            roof_over([site.wing(s, setback + 8, 6.5, 3.2, turn=np.pi / 2)], "flat", 2.7, rng)
        )
    if rng.random() < 0.6:
        x, y, heading = site.place(s, setback - 0.5)
        plan.cars.append(park_car(x, y, heading + np.pi / 2, rng))
    return plan


def _plant_garden(
    site: Site, s: float, width: float, start: float, rng: np.random.Generator
) -> Plan:
    """Terrace, hedges along the boundary, shed and a few trees behind the house."""
    back, plan = site.depth / 2, Plan()
    if back - start < 4:
        return plan
    if rng.random() < 0.7:
        reach = min(start + rng.uniform(2.5, 4.0), back)
        material = draw_name({"paving": 0.4, "brick": 0.4, "concrete": 0.2}, rng)
        plan.ground.append(
            site.patch(s + 5, start, s + 10, reach, cover="impervious", material=material)
        )
    hedge = partial(
        site.patch, cover="low vegetation", material="hedge", height=rng.uniform(0.9, 1.6)
    )
    if rng.random() < 0.6:
        plan.ground.append(hedge(s + 0.5, back - 1.4, s + width - 0.5, back - 0.2))
    if rng.random() < 0.6:
        plan.ground.append(hedge(s - 0.5, start, s + 0.6, back))
    if rng.random() < 0.3 and back - start > 8:
        shed = roof_over(
            [site.wing(s + width - 4, back - 4, 3.6, 2.8)], "gable", 2.2, rng, material="brown tile"
        )
        plan.buildings.append(shed)
    plan.extend(
        plant_trees(site, s + 2, start + 3, s + width - 2, back - 1, rng, spacing=9.5, radius=2.9)
    )
    return plan


def build_rows(site: Site, rng: np.random.Generator) -> Plan:
    """Old town: houses wall to wall on both long streets.

    Behind them a paved yard with cars, trees and sheds.
    """
    plan = Plan(
        ground=[
            site.patch(
                0,
                0,
                site.length,
                site.depth,
                cover="impervious",
                material=draw_name({"paving": 0.6, "brick": 0.4}, rng),
            )
        ]
    )
    for side in (site, site.seen_from_behind()):
        s = 0.0
        while s + 8 < site.length:
            width = min(rng.uniform(9, 14), site.length - s)
            plan.buildings.append(_build_townhouse(side, s, width, rng))
            s += width + (3.5 if rng.random() < 0.12 else 0.0)
    plan.extend(_fill_yard(site, rng))
    return plan


def _build_townhouse(site: Site, s: float, width: float, rng: np.random.Generator) -> Building:
    depth = rng.uniform(10, 12.5)
    wings = [site.wing(s + width / 2, depth / 2 + 0.3, width + 0.1, depth)]
    roof: RoofShape = "gable" if rng.random() < 0.8 else "flat"
    return roof_over(wings, roof, rng.uniform(6.5, 11.0), rng)


def _fill_yard(site: Site, rng: np.random.Generator) -> Plan:
    near, far, plan = 16.0, site.depth - 16.0, Plan()
    if far - near < 8:
        return plan
    middle = site.length * rng.uniform(0.4, 0.6)
    plan.ground.append(
        site.patch(
            4, near, middle - 2, far, cover="low vegetation", material=draw_name(GARDENS, rng)
        )
    )
    plan.extend(plant_trees(site, 8, near + 3, middle - 5, far - 3, rng, spacing=9.0))
    plan.extend(fill_parking(site, middle, near, site.length - 5, far, rng))
    return plan


def build_slabs(site: Site, rng: np.random.Generator) -> Plan:
    """Flats from the 1960s: slabs across the block with flat roofs.

    Between them lawns with trees, and a parking lot.
    """
    lawn = site.patch(
        0, 0, site.length, site.depth, cover="low vegetation", material=draw_name(GARDENS, rng)
    )
    plan, turn = Plan(ground=[lawn]), rng.uniform(-0.15, 0.15)
    material = draw_name({"gravel roof": 0.45, "green roof": 0.3, "bitumen": 0.25}, rng)
    lot = rng.uniform(17, 24)
    for s in np.arange(14.0, site.length - lot - 8, rng.uniform(27, 34)):
        wing = site.wing(
            s, site.depth / 2, min(site.depth - 12, 44), rng.uniform(11, 13), turn=np.pi / 2 + turn
        )
        plan.buildings.append(roof_over([wing], "flat", rng.uniform(8, 15), rng, material=material))
        plan.ground.append(
            site.patch(s + 9, 0, s + 10.8, site.depth - 6, cover="impervious", material="concrete")
        )
        plan.extend(
            plant_trees(site, s + 14, 6, s + 20, site.depth - 6, rng, spacing=8.0, radius=4.0)
        )
    plan.extend(fill_parking(site, site.length - lot, 3, site.length - 2, site.depth - 3, rng))
    return plan


def build_square(site: Site, rng: np.random.Generator) -> Plan:
    """A paved square with a church, rows of trees and parked cars."""
    material = draw_name({"paving": 0.5, "brick": 0.3, "concrete": 0.2}, rng)
    plan = Plan(
        ground=[site.patch(0, 0, site.length, site.depth, cover="impervious", material=material)]
    )
    s, t = site.length * rng.uniform(0.35, 0.5), site.depth / 2
    nave, transept = site.wing(s, t, 34, 12), site.wing(s + 6, t, 22, 9, turn=np.pi / 2)
    plan.buildings.append(roof_over([nave, transept], "gable", 9.0, rng))
    plan.buildings.append(
        roof_over([Wing(*site.place(s - 19, t), 7, 7)], "hip", 15.0, rng, material="slate")
    )
    for along in np.arange(6, site.length - 6, 9.0):
        x, y, _ = site.place(along, 5)
        plan.trees.append(grow_tree(x, y, rng.uniform(2.4, 3.3), rng, species="broadleaf"))
    plan.extend(fill_parking(site, site.length * 0.72, 12, site.length - 3, site.depth - 4, rng))
    plan.ground.append(_flower_bed(site, rng))
    return plan


def _flower_bed(site: Site, rng: np.random.Generator) -> Feature:
    s = site.length * 0.1
    return site.patch(
        s,
        site.depth * 0.7,
        s + 14,
        site.depth * 0.88,
        cover="low vegetation",
        material=draw_name(GARDENS, rng),
    )
