"""The shape of the town: terrain, what stands on it, sunlight and shadows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from rs_seg.algorithms.simulate.features import Building, Car, LocalGrid, Tree, Wing
from rs_seg.algorithms.simulate.materials import make_noise

Image = NDArray[np.float32]


@dataclass(frozen=True)
class Sun:
    """Azimuth clockwise from north and elevation, in radians."""

    azimuth: float
    elevation: float

    @property
    def direction(self) -> tuple[float, float, float]:
        """Unit vector towards the sun: east, north, up."""
        level = np.cos(self.elevation)
        return level * np.sin(self.azimuth), level * np.cos(self.azimuth), np.sin(self.elevation)


@dataclass(frozen=True)
class Relief:
    """Height above the terrain in metres, and irradiance relative to level ground.

    `raise_*` fill them in place.
    """

    grid: LocalGrid
    height: Image
    irradiance: Image

    @classmethod
    def level(cls, grid: LocalGrid) -> "Relief":
        """Bare, level ground."""
        shape = (grid.height, grid.width)
        return cls(grid, np.zeros(shape, np.float32), np.ones(shape, np.float32))


def raise_terrain(grid: LocalGrid, rng: np.random.Generator) -> Image:
    """Terrain height in metres above the sea: rolling hills of several metres on a gentle slope."""
    shape = (grid.height, grid.width)
    x, y = grid.centres
    slope = rng.normal(0, 0.008, size=2)
    plane = slope[0] * (x - x.mean())[None, :] + slope[1] * (y - y.mean())[:, None]
    hills = 2.6 * make_noise(shape, 180 / grid.pixel_size, rng) + 0.7 * make_noise(
        shape, 60 / grid.pixel_size, rng
    )
    terrain: Image = (312.0 + rng.uniform(-3, 3) + plane + hills).astype(np.float32)
    return terrain


def raise_building(relief: Relief, building: Building, sun: Sun) -> None:
    """Add the roofs of all wings; where wings meet the higher one counts."""
    for wing in building.wings:
        window = relief.grid.window(wing.outline.buffer(1.0).bounds)
        along, across = _wing_coordinates(relief.grid, window, wing)
        slope = 1 - np.abs(across) / (wing.width / 2)
        if building.roof == "hip":
            slope = np.minimum(slope, (wing.length / 2 - np.abs(along)) / (wing.width / 2))
        roof = building.eaves + building.rise * (slope if building.roof != "flat" else 0 * slope)
        inside = (np.abs(along) <= wing.length / 2) & (np.abs(across) <= wing.width / 2)
        higher = inside & (roof > relief.height[window])
        relief.height[window][higher] = roof[higher]
        if roof.size and min(roof.shape) > 1:
            relief.irradiance[window][higher] = _irradiate(roof, relief.grid.pixel_size, sun)[
                higher
            ]


def raise_tree(
    relief: Relief, tree: Tree, visible: NDArray[np.bool_], bumps: Image, sun: Sun
) -> None:
    """Add a dome with bumps where the crown is `visible`.

    `bumps` are a window of noise as large as the crown's.
    """
    window = relief.grid.window(tree.crown.bounds)
    x, y = relief.grid.centres
    distance = (
        np.hypot(x[window[1]][None, :] - tree.x, y[window[0]][:, None] - tree.y) / tree.radius
    )
    if min(distance.shape) < 2:
        return
    dome = (
        1 - distance
        if tree.material == "conifer"
        else np.sqrt(np.clip(1 - 0.85 * distance**2, 0.05, 1))
    )
    crown = (
        tree.height * (0.5 + 0.5 * np.clip(dome, 0, 1))
        + np.float32(min(0.55, 0.12 * tree.radius)) * bumps
    )
    relief.height[window][visible] = crown[visible]
    relief.irradiance[window][visible] = _irradiate(0.7 * crown, relief.grid.pixel_size, sun)[
        visible
    ]


def raise_car(relief: Relief, car: Car) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """Add bonnet, cabin and boot, darken the ground along the outline.

    A window and its pixels of glass.
    """
    window = relief.grid.window(car.body.outline.buffer(1.0).bounds)
    along, across = _wing_coordinates(relief.grid, window, car.body)
    along, across = along / car.body.length, across / car.body.width
    inside = (np.abs(along) <= 0.5) & (np.abs(across) <= 0.5)
    cabin = inside & (along < 0.2) & (along > -0.42)
    outside = np.maximum(
        (np.abs(along) - 0.5) * car.body.length, (np.abs(across) - 0.5) * car.body.width
    )
    relief.irradiance[window][(outside > 0) & (outside < 0.5)] *= 0.35
    relief.irradiance[window][inside] = 1.0
    relief.height[window][inside] = 0.7 * car.height
    relief.height[window][cabin] = car.height
    glass = (
        inside
        & (((along > 0.1) & (along < 0.21)) | ((along > -0.46) & (along < -0.38)))
        & (np.abs(across) < 0.4)
    )
    return window, glass


def cast_shadows(surface: Image, sun: Sun, pixel_size: float) -> NDArray[np.bool_]:
    """True where the surface is hidden from the sun by a higher part of it."""
    east, north, up = sun.direction
    level = np.hypot(east, north)
    rise = pixel_size * up / level
    tallest = 24.0
    shadow = np.zeros(surface.shape, dtype=bool)
    for step in range(1, int(np.ceil(tallest / rise)) + 1):
        rows, columns = round(-step * north / level), round(step * east / level)
        here, there = _overlap(surface.shape[0], rows), _overlap(surface.shape[1], columns)
        shadow[here[0], there[0]] |= surface[here[1], there[1]] > surface[
            here[0], there[0]
        ] + np.float32(step * rise)
    return shadow


def measure_surface(
    surface: Image, grid: LocalGrid, target: LocalGrid, rng: np.random.Generator
) -> Image:
    """The surface as dense image matching sees it on another grid.

    Edges are rounded; it is interpolated and noisy.
    """
    smooth = ndimage.gaussian_filter(surface, 0.35 / grid.pixel_size)
    x, y = target.centres
    rows = (grid.top - y) / grid.pixel_size - 0.5
    columns = (x - grid.left) / grid.pixel_size - 0.5
    measured = ndimage.map_coordinates(
        smooth, np.meshgrid(rows, columns, indexing="ij"), order=1, mode="nearest"
    )
    noise = 0.04 * make_noise(measured.shape, 1.0, rng) + 0.07 * make_noise(
        measured.shape, 5.0, rng
    )
    noisy: Image = (measured + noise).astype(np.float32)
    return noisy


def _irradiate(surface: NDArray[np.floating], pixel_size: float, sun: Sun) -> Image:
    """Cosine of the angle of incidence relative to level ground, within 0.35 .. 1.5."""
    by_row, by_column = np.gradient(surface, pixel_size)
    east, north, up = sun.direction
    cosine = (-by_column * east + by_row * north + up) / np.sqrt(1 + by_row**2 + by_column**2)
    irradiance: Image = np.clip(cosine / up, 0.35, 1.5).astype(np.float32)
    return irradiance


def _wing_coordinates(
    grid: LocalGrid, window: tuple[slice, slice], wing: Wing
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    x, y = grid.centres
    dx, dy = x[window[1]][None, :] - wing.x, y[window[0]][:, None] - wing.y
    cosine, sine = np.cos(wing.heading), np.sin(wing.heading)
    return cosine * dx + sine * dy, -sine * dx + cosine * dy


def _overlap(length: int, shift: int) -> tuple[slice, slice]:
    """Where pixels are and where their neighbours `shift` further lie, both within 0 .. length."""
    if abs(shift) >= length:
        return slice(0, 0), slice(0, 0)
    if shift >= 0:
        return slice(0, length - shift), slice(shift, length)
    return slice(-shift, length), slice(0, length + shift)
