"""Simulated aerial survey of a small town."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import Affine
from scipy import ndimage

from rs_seg.algorithms.simulate.features import Building, Car, Feature, LocalGrid, Plan, Tree
from rs_seg.algorithms.simulate.layout import plan_town
from rs_seg.algorithms.simulate.materials import make_noise, paint_materials
from rs_seg.algorithms.simulate.relief import (
    Relief,
    Sun,
    cast_shadows,
    measure_surface,
    raise_building,
    raise_car,
    raise_terrain,
    raise_tree,
)
from rs_seg.algorithms.simulate.sensor import choose_exposure, expose, fly_strip, ripple_water
from rs_seg.algorithms.simulate.tiling import tile_plane

CLASS_NAMES = ("impervious", "building", "low vegetation", "tree", "car", "water")
MARGIN = 24.0
LABEL_MARGIN = 4.0


@dataclass(frozen=True)
class Town:
    """What the survey delivers, in a local frame in metres.

    (0, 0) is the lower left corner of the optical image.

    `optical` is (3, H, W) NIR, red, green, 1 .. 255; `surface` is in metres above the sea. Values
    are defined everywhere; the footprint of each sensor is its mask. `polygons` tile the optical
    image and 4 m around it, without gaps and overlaps. `objects` are whole buildings, crowns of
    single trees and cars that touch this area; they may overlap, and `object_classes` are theirs.
    """

    optical: NDArray[np.uint8]
    optical_grid: LocalGrid
    optical_valid: NDArray[np.bool_]
    surface: NDArray[np.float32]
    surface_grid: LocalGrid
    surface_valid: NDArray[np.bool_]
    polygons: NDArray[np.object_]
    classes: list[str]
    objects: NDArray[np.object_]
    object_classes: list[str]


def simulate_town(
    *, seed: int, height: int, width: int, pixel_size: float, surface_pixel_size: float = 0.8
) -> Town:
    """A town of height x width pixels of `pixel_size` metres.

    The same seed gives the same town to the last bit.

    The surface model has another pixel size, another origin and reaches a few metres beyond the
    image.
    """
    rng = np.random.default_rng(seed)
    optical_grid = LocalGrid(0.0, height * pixel_size, pixel_size, height, width)
    surface_grid = _choose_surface_grid(optical_grid, surface_pixel_size, rng)
    margin = int(np.ceil(MARGIN / pixel_size))
    canvas = optical_grid.padded(margin)
    plan = plan_town(canvas.bounds, rng)
    sun = Sun(azimuth=np.radians(rng.uniform(145, 215)), elevation=np.radians(rng.uniform(40, 54)))
    index, relief = _build(plan, canvas, sun, rng)
    surface = raise_terrain(canvas, rng) + relief.height
    inner = slice(margin, margin + height), slice(margin, margin + width)
    reflectance = _paint(index, plan.features, canvas, rng)
    shadow = ndimage.gaussian_filter(
        cast_shadows(surface, sun, pixel_size).astype(np.float32), 0.3 / pixel_size
    )
    light = relief.irradiance * (1 - shadow)
    optical = expose(reflectance[:, *inner], light[inner], choose_exposure(rng), pixel_size, rng)
    labelled = shapely.box(*optical_grid.bounds).buffer(LABEL_MARGIN, join_style="mitre")
    polygons, classes = tile_plane(plan.features, labelled)
    objects, object_classes = _list_objects(plan, labelled)
    return Town(
        optical=optical,
        optical_grid=optical_grid,
        optical_valid=fly_strip(optical_grid, rng, overhang=0.0),
        surface=measure_surface(surface, canvas, surface_grid, rng),
        surface_grid=surface_grid,
        surface_valid=fly_strip(surface_grid, rng, overhang=-2.0),
        polygons=polygons,
        classes=classes,
        objects=objects,
        object_classes=object_classes,
    )


def _list_objects(plan: Plan, area: shapely.Polygon) -> tuple[NDArray[np.object_], list[str]]:
    """Whole things that stand on the ground and touch the area, from the lowest, and classes."""
    things: list[Building | Tree | Car] = [*plan.buildings, *plan.trees, *plan.cars]
    touching = [thing.feature for thing in things if thing.feature.geometry.intersects(area)]
    shapes = np.array([feature.geometry for feature in touching], dtype=object)
    return shapes, [feature.cover for feature in touching]


def _choose_surface_grid(
    optical: LocalGrid, pixel_size: float, rng: np.random.Generator
) -> LocalGrid:
    left, bottom, right, top = optical.bounds
    start_x, start_y = left - rng.uniform(2, 7), top + rng.uniform(2, 7)
    height, width = (
        int((start_y - bottom + 4) / pixel_size),
        int((right - start_x + 4) / pixel_size),
    )
    return LocalGrid(start_x, start_y, pixel_size, height, width)


def _build(
    plan: Plan, grid: LocalGrid, sun: Sun, rng: np.random.Generator
) -> tuple[NDArray[np.int32], Relief]:
    """Index of the uppermost feature of each pixel, and the relief of all things.

    The index of glass is one more than that of the last feature.
    """
    features = plan.features
    index = _rasterize(features, grid)
    relief = Relief.level(grid)
    lift = np.array([feature.height for feature in features], dtype=np.float32)
    for building in plan.buildings:
        raise_building(relief, building, sun)
    relief.height[...] += lift[index]
    bumps = make_noise((grid.height, grid.width), 1.4 / grid.pixel_size, rng)
    first_tree = len(features) - len(plan.cars) - len(plan.trees)
    for number, tree in enumerate(plan.trees, start=first_tree):
        window = grid.window(tree.crown.bounds)
        raise_tree(relief, tree, index[window] == number, bumps[window], sun)
    for car in plan.cars:
        window, glass = raise_car(relief, car)
        index[window][glass] = len(features)
    return index, relief


def _rasterize(features: list[Feature], grid: LocalGrid) -> NDArray[np.int32]:
    transform = Affine(grid.pixel_size, 0, grid.left, 0, -grid.pixel_size, grid.top)
    shapes = ((feature.geometry, number) for number, feature in enumerate(features))
    index: NDArray[np.int32] = rasterize(
        shapes, out_shape=(grid.height, grid.width), transform=transform, dtype="int32"
    )
    return index


def _paint(
    index: NDArray[np.int32], features: list[Feature], grid: LocalGrid, rng: np.random.Generator
) -> NDArray[np.float32]:
    """(3, H, W) reflectance of all features, water mirroring the sky."""
    tones = np.array([*(feature.tone for feature in features), 1.0], dtype=np.float32)
    reflectance = paint_materials(
        index, [*(feature.material for feature in features), "glass"], tones, grid.pixel_size, rng
    )
    water = np.array([*(feature.cover == "water" for feature in features), False])[index]
    reflectance += water * ripple_water((grid.height, grid.width), grid.pixel_size, rng)
    return reflectance
