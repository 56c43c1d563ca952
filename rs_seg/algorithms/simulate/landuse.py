"""Blocks of work and leisure, and the table that says what a town's blocks are used for."""

from collections.abc import Callable
from typing import Final

import numpy as np
import shapely
from shapely import LineString

from rs_seg.algorithms.simulate.features import Feature, Plan, Wing, grow_blob, oriented_rectangle
from rs_seg.algorithms.simulate.housing import (
    GARDENS,
    build_houses,
    build_rows,
    build_slabs,
    build_square,
)
from rs_seg.algorithms.simulate.site import (
    Site,
    draw_name,
    fill_parking,
    grow_tree,
    plant_trees,
    roof_over,
)


def build_halls(site: Site, rng: np.random.Generator) -> Plan:
    """Shops and workshops: one or two wide halls with flat roofs.

    On asphalt, with a large parking lot.
    """
    yard = draw_name({"asphalt": 0.6, "concrete": 0.4}, rng)
    plan = Plan(
        ground=[
            site.patch(
                0,
                0,
                site.length,
                site.depth,
                cover="impervious",
                material=yard,
                tone=rng.uniform(0.85, 1.2),
            )
        ]
    )
    share = rng.uniform(0.4, 0.52)
    length, width = site.length * share - 12, site.depth - rng.uniform(14, 22)
    hall = site.wing(6 + length / 2, site.depth / 2, length, width)
    wings = [hall]
    if rng.random() < 0.5:
        wings.append(site.wing(6 + length, site.depth / 2 + width / 6, 16, width / 2))
    plan.buildings.append(roof_over(wings, "flat", rng.uniform(5, 9), rng))
    start = 6 + length + 14
    plan.extend(fill_parking(site, start, 6, site.length - 4, site.depth - 5, rng))
    for t in np.arange(8, site.depth - 6, 9.0):
        x, y, _ = site.place(start - 2.5, t)
        plan.trees.append(grow_tree(x, y, rng.uniform(1.8, 2.8), rng))
    plan.ground.append(
        site.patch(
            1, 0.5, site.length - 1, 2.6, cover="low vegetation", material=draw_name(GARDENS, rng)
        )
    )
    return plan


def lay_park(site: Site, rng: np.random.Generator) -> Plan:
    """Lawns and dry meadow, a winding path, a pond, groups of trees and single ones."""
    plan = Plan(
        ground=[site.patch(0, 0, site.length, site.depth, cover="low vegetation", material="lawn")]
    )
    for _ in range(4):
        x, y, _ = site.place(
            rng.uniform(0.15, 0.85) * site.length, rng.uniform(0.2, 0.8) * site.depth
        )
        blob = grow_blob(x, y, rng.uniform(6, 12), rng)
        plan.ground.append(
            Feature(
                blob,
                "low vegetation",
                draw_name({"dry lawn": 0.5, "meadow": 0.3, "bare soil": 0.2}, rng),
            )
        )
    s = np.arange(0, site.length, 4.0)
    t = site.depth * (0.5 + 0.3 * np.sin(2 * np.pi * s / rng.uniform(60, 110) + rng.uniform(0, 6)))
    path = LineString([site.place(*spot)[:2] for spot in zip(s, t, strict=True)]).buffer(1.5)
    plan.ground.append(Feature(path, "impervious", draw_name({"gravel": 0.7, "asphalt": 0.3}, rng)))
    plan.extend(_dig_pond(site, rng, radius=rng.uniform(0.18, 0.27) * site.depth))
    plan.extend(
        plant_trees(site, 4, 4, site.length - 4, site.depth - 4, rng, spacing=13.0, radius=4.2)
    )
    plan.extend(_plant_grove(site, rng))
    return plan


def _dig_pond(site: Site, rng: np.random.Generator, *, radius: float) -> Plan:
    x, y, _ = site.place(site.length * rng.uniform(0.3, 0.7), site.depth * rng.uniform(0.35, 0.65))
    pond = grow_blob(x, y, radius, rng)
    shore = Feature(pond.buffer(2.5), "low vegetation", "meadow")
    return Plan(
        ground=[
            shore,
            Feature(
                pond, "water", draw_name({"dark water": 0.6, "muddy water": 0.4}, rng), height=-0.8
            ),
        ]
    )


def _plant_grove(site: Site, rng: np.random.Generator) -> Plan:
    s, t = site.length * rng.uniform(0, 0.6), site.depth * rng.uniform(0, 0.5)
    return plant_trees(
        site,
        s + 4,
        t + 4,
        s + site.length * 0.35,
        t + site.depth * 0.45,
        rng,
        spacing=5.5,
        radius=4.0,
    )


def lay_lake(site: Site, rng: np.random.Generator) -> Plan:
    """A lake in a meadow with a fringe of trees."""
    plan = Plan(
        ground=[
            site.patch(0, 0, site.length, site.depth, cover="low vegetation", material="meadow")
        ]
    )
    plan.extend(_dig_pond(site, rng, radius=rng.uniform(0.32, 0.4) * site.depth))
    plan.extend(
        plant_trees(site, 3, 3, site.length - 3, site.depth - 3, rng, spacing=14.0, radius=4.0)
    )
    return plan


def lay_sports_ground(site: Site, rng: np.random.Generator) -> Plan:
    """A pitch mown in stripes, courts of red clay, a club house and its parking lot."""
    meadow = site.patch(
        0,
        0,
        site.length,
        site.depth,
        cover="low vegetation",
        material=draw_name({"lawn": 0.5, "dry lawn": 0.5}, rng),
    )
    plan = Plan(ground=[meadow])
    s1 = site.length * 0.62
    plan.ground += _mow_pitch(site.wing(s1 / 2 + 2, site.depth / 2, s1 - 10, site.depth - 14))
    for s in np.arange(s1 + 4, site.length - 18, 18.0):
        plan.ground.append(
            site.patch(s, 6, s + 15, site.depth * 0.5, cover="impervious", material="red clay")
        )
    plan.buildings.append(
        roof_over([site.wing(s1 + 12, site.depth * 0.7, 18, 9)], "flat", 4.0, rng)
    )
    plan.extend(fill_parking(site, s1 + 24, site.depth * 0.6, site.length - 3, site.depth - 3, rng))
    plan.extend(plant_trees(site, 1, site.depth - 5, site.length, site.depth - 1, rng, spacing=6.0))
    return plan


def _mow_pitch(pitch: Wing) -> list[Feature]:
    """Turf in stripes of about 5.5 m, with white lines around it and across the middle."""
    along = np.array([np.cos(pitch.heading), np.sin(pitch.heading)])
    count = int(pitch.length / 5.5)
    stripes = []
    for number in range(count):
        x, y = np.array([pitch.x, pitch.y]) + along * pitch.length * ((number + 0.5) / count - 0.5)
        stripe = oriented_rectangle(x, y, pitch.heading, pitch.length / count, pitch.width)
        stripes.append(Feature(stripe, "low vegetation", "turf", 1.06 if number % 2 else 0.92))
    x, y = np.array([pitch.x, pitch.y]) - along * pitch.length / 4
    half = oriented_rectangle(x, y, pitch.heading, pitch.length / 2, pitch.width)
    lines = shapely.union(
        pitch.outline.buffer(-2).exterior, half.exterior.intersection(pitch.outline.buffer(-2))
    )
    paint = shapely.get_parts(lines.buffer(0.25))
    return stripes + [Feature(line, "low vegetation", "field line", detail=True) for line in paint]


def lay_fields(site: Site, rng: np.random.Generator) -> Plan:
    """Strips of meadow, dry grass and bare soil, hedgerows between them, and a farm track."""
    plan, s = Plan(), 0.0
    while s < site.length - 4:
        width = min(rng.uniform(16, 34), site.length - s)
        material = draw_name({"meadow": 0.4, "dry lawn": 0.25, "bare soil": 0.2, "lawn": 0.15}, rng)
        tone = rng.uniform(0.85, 1.15)
        plan.ground.append(
            site.patch(
                s, 0, s + width, site.depth, cover="low vegetation", material=material, tone=tone
            )
        )
        if rng.random() < 0.35:
            hedge = site.patch(
                s, 3, s + 1.4, site.depth - 3, cover="low vegetation", material="hedge", height=1.4
            )
            plan.ground.append(hedge)
        s += width
    track = site.depth * rng.uniform(0.4, 0.6)
    plan.ground.append(
        site.patch(0, track, site.length, track + 3.2, cover="impervious", material="gravel")
    )
    plan.extend(
        plant_trees(site, 3, 3, site.length - 3, site.depth - 3, rng, spacing=24.0, radius=4.0)
    )
    return plan


def grow_wood(site: Site, rng: np.random.Generator) -> Plan:
    """A small wood with a clearing, crown against crown."""
    plan = Plan(
        ground=[
            site.patch(0, 0, site.length, site.depth, cover="low vegetation", material="meadow")
        ]
    )
    middle = site.length * rng.uniform(0.55, 0.75)
    plan.extend(plant_trees(site, 3, 3, middle, site.depth - 3, rng, spacing=5.0, radius=3.8))
    plan.extend(
        plant_trees(site, middle, 3, site.length - 3, site.depth - 3, rng, spacing=16.0, radius=4.0)
    )
    return plan


LandUse = Callable[[Site, np.random.Generator], Plan]
LAND_USES: Final[dict[LandUse, float]] = {
    build_houses: 0.36,
    build_rows: 0.12,
    build_slabs: 0.12,
    build_halls: 0.11,
    build_square: 0.03,
    lay_park: 0.10,
    lay_sports_ground: 0.04,
    lay_fields: 0.06,
    grow_wood: 0.06,
}


def assign_land_uses(count: int, rng: np.random.Generator, *, lakes: int) -> list[LandUse]:
    """Land use of `count` blocks ordered from the middle of the town outwards.

    Shares follow the table closely (systematic sampling), so no town lacks a kind; `lakes` of the
    first dozen blocks become lakes.
    """
    uses, shares = list(LAND_USES), np.array(list(LAND_USES.values()))
    levels = (np.arange(count) * 0.618034 + rng.random()) % 1.0
    chosen = [uses[min(int(i), len(uses) - 1)] for i in np.searchsorted(np.cumsum(shares), levels)]
    for spot in rng.permutation(min(12, count))[:lakes]:
        chosen[spot] = lay_lake
    return chosen
