"""Simulated fields over a year, as an optical satellite and a radar see them.

Which sensor tells which classes apart is known by construction: crops and meadow by their season
alone, stony from bare ground by the radar alone, meadow from bare ground by the optical image
alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import Affine
from scipy import ndimage

from rs_seg.algorithms.simulate.features import LocalGrid
from rs_seg.algorithms.simulate.materials import make_noise
from rs_seg.algorithms.simulate.radar import sense_radar

SNAP = 1e-3
"""Coordinates of fields are multiples of this, in metres."""
VIGOUR = 0.1
"""Share of leaves by which a field is greener or less green than its class, at most."""
YEAR = 365
"""Days after which the curves of greenness repeat."""


@dataclass(frozen=True)
class Cover:
    """How a class looks.

    `greenness` is the share of green leaves on days of the year, linear between them. The radar's
    power is in decibels, of VV and VH.
    """

    greenness: tuple[tuple[int, float], ...]
    vv: float
    vh: float


SMOOTH = (-12.0, -19.0)
"""Power of all low and even covers, which the radar does not tell apart."""
COVERS: dict[str, Cover] = {
    "meadow": Cover(((1, 0.5), (100, 0.8), (200, 0.8), (300, 0.7)), *SMOOTH),
    "winter crop": Cover(((1, 0.4), (110, 0.8), (170, 0.8), (200, 0.0), (300, 0.0)), *SMOOTH),
    "summer crop": Cover(((1, 0.0), (140, 0.0), (190, 0.8), (250, 0.8), (280, 0.0)), *SMOOTH),
    "forest": Cover(((1, 0.6), (120, 1.2), (280, 1.2), (330, 0.6)), -8.0, -13.0),
    "bare ground": Cover(((1, 0.0),), *SMOOTH),
    "stony ground": Cover(((1, 0.0),), -7.0, -15.0),
}
FIELD_CLASSES = tuple(COVERS)
SOIL = np.array([0.29, 0.22, 0.16], dtype=np.float32)
LEAVES = np.array([0.50, 0.06, 0.10], dtype=np.float32)
"""Reflectance of NIR, red and green; more leaves than 1 are darker and have more shadow."""
CLOUD, BRIGHTER = 6500, 1500
"""Reflectance x 10 000 of the edges of clouds, in all bands, and by how much their middle exceeds
it."""


@dataclass(frozen=True)
class Fields:
    """What satellites deliver, in a local frame in metres; (0, 0) is the lower left corner.

    `optical` is (T, 3, H, W) reflectance x 10 000 of NIR, red and green, from 1 on, one image for
    each date; `clouds` (T, H, W) says where it shows clouds; `radar` (2, H, W) decibels of VV and
    VH. `classes` (H, W) are positions in FIELD_CLASSES; `polygons` tile the image without gaps and
    overlaps, `names` are their classes.
    """

    grid: LocalGrid
    optical: NDArray[np.uint16]
    clouds: NDArray[np.bool_]
    radar: NDArray[np.float32]
    classes: NDArray[np.uint8]
    polygons: NDArray[np.object_]
    names: list[str]


def simulate_fields(
    *,
    seed: int,
    height: int,
    width: int,
    days: Sequence[int],
    pixel_size: float = 10.0,
    looks: float = 4.0,
    clouds: float = 0.0,
    field_size: float = 150.0,
) -> Fields:
    """Fields of about `field_size` metres on days of a year (1 January: 1).

    The same seed gives the same fields to the last bit, and the same classes whatever the days.
    `clouds` is the share of each date that is covered. The radar sees the ground once, through
    clouds, with speckle of `looks`.
    """
    rng = np.random.default_rng(seed)
    grid = LocalGrid(0.0, height * pixel_size, pixel_size, height, width)
    polygons = _divide(grid, field_size, rng)
    drawn = rng.permutation(np.arange(len(polygons)) % len(COVERS))
    transform = Affine(pixel_size, 0, 0, 0, -pixel_size, grid.top)
    numbers: NDArray[np.int32] = rasterize(
        ((polygon, number) for number, polygon in enumerate(polygons)),
        out_shape=(height, width),
        transform=transform,
        dtype="int32",
    )
    classes = drawn[numbers].astype(np.uint8)
    radar = sense_radar(classes, [(own.vv, own.vh) for own in COVERS.values()], looks, rng)
    vigour = rng.uniform(-VIGOUR, VIGOUR, len(polygons)).astype(np.float32)[numbers]
    optical = np.empty((len(days), 3, height, width), dtype=np.uint16)
    covered = np.empty((len(days), height, width), dtype=np.bool_)
    for image, cloudy, day in zip(optical, covered, days, strict=True):
        ground = _photograph(classes, vigour, day, rng)
        thickness = _cover_sky((height, width), clouds, rng)
        cloudy[:] = thickness > 0
        white = CLOUD + np.rint(BRIGHTER * np.tanh(thickness))
        image[:] = np.where(cloudy, white.astype(np.uint16), ground)
    names = [FIELD_CLASSES[own] for own in drawn]
    return Fields(grid, optical, covered, radar, classes, polygons, names)


def _divide(grid: LocalGrid, field_size: float, rng: np.random.Generator) -> NDArray[np.object_]:
    """Fields that tile the image: cells around points in a grid that was shaken."""
    left, bottom, right, top = grid.bounds
    columns, rows = (max(2, round(length / field_size)) for length in (right - left, top - bottom))
    x, y = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    points = np.stack([x.ravel() / columns, y.ravel() / rows], axis=1)
    points += rng.uniform(-0.35, 0.35, points.shape) / (columns, rows)
    points = points * (right - left, top - bottom) + (left, bottom)
    box = shapely.box(*grid.bounds)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=box))
    inside = shapely.set_precision(shapely.intersection(cells, box), SNAP)
    centres = shapely.get_coordinates(shapely.centroid(inside)).round(3)
    return np.asarray(inside[np.lexsort(centres.T)])


def _photograph(
    classes: NDArray[np.uint8],
    vigour: NDArray[np.float32],
    day: int,
    rng: np.random.Generator,
) -> NDArray[np.uint16]:
    """Reflectance x 10 000 (3, H, W) of one day without clouds."""
    shape = (classes.shape[0], classes.shape[1])
    green = np.array([greenness(cover, day) for cover in COVERS.values()], dtype=np.float32)
    leaves = np.clip(green[classes] + vigour * (green[classes] > 0.2), 0, None)
    leaves = np.clip(leaves + 0.05 * make_noise(shape, 3.0, rng), 0, 1.3)
    shade = 1 - 0.6 * np.clip(leaves - 0.9, 0, None)
    share = np.minimum(leaves, 1)
    mixed = SOIL[:, None, None] * (1 - share) + LEAVES[:, None, None] * share
    mixed = mixed * shade * rng.uniform(0.95, 1.05)
    mixed = mixed + 0.008 * rng.standard_normal(mixed.shape, dtype=np.float32)
    counts: NDArray[np.uint16] = np.clip(np.rint(mixed * 10_000), 1, 10_000).astype(np.uint16)
    return counts


def _cover_sky(
    shape: tuple[int, int], share: float, rng: np.random.Generator
) -> NDArray[np.floating]:
    """Thickness of clouds (H, W), above 0 in the given share of the pixels, in a few pieces."""
    field = ndimage.gaussian_filter(rng.standard_normal(shape), min(shape) / 12)
    if share == 0:
        return np.zeros(shape)
    return np.asarray((field - np.quantile(field, 1 - share)) / field.std())


def greenness(cover: Cover, day: int) -> float:
    """The share of green leaves of a cover on a day of the year."""
    days, shares = zip(*cover.greenness, strict=True)
    return float(np.interp(day, days, shares, period=YEAR))
