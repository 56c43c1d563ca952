"""From reflectance to the numbers that a camera writes.

Light, haze, lens, noise and the footprint of a flight strip.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from rs_seg.algorithms.simulate.features import LocalGrid
from rs_seg.algorithms.simulate.materials import make_noise

SKYLIGHT = np.array([0.17, 0.24, 0.31], dtype=np.float32)


@dataclass(frozen=True)
class Exposure:
    """Exposure of the bands (NIR, red, green).

    `gain` in counts per unit of radiance, `haze` in radiance, `blur` in metres, `noise` in counts.
    """

    gain: NDArray[np.float32]
    haze: NDArray[np.float32]
    blur: float
    noise: float
    falloff: tuple[float, float]


def choose_exposure(rng: np.random.Generator) -> Exposure:
    """Light, haze and camera of one flight."""
    brightness = rng.uniform(0.92, 1.08)
    colour = rng.uniform(0.94, 1.06, size=3)
    return Exposure(
        gain=(np.array([350.0, 430.0, 430.0]) * brightness * colour).astype(np.float32),
        haze=(np.array([0.010, 0.022, 0.035]) * rng.uniform(0.5, 1.6)).astype(np.float32),
        blur=rng.uniform(0.25, 0.33),
        noise=rng.uniform(1.8, 2.8),
        falloff=(rng.uniform(-0.07, 0.07), rng.uniform(-0.07, 0.07)),
    )


def expose(
    reflectance: NDArray[np.float32],
    irradiance: NDArray[np.float32],
    exposure: Exposure,
    pixel_size: float,
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """Counts (3, H, W) from 1 to 255.

    `irradiance` is that of the sun relative to level ground, 0 in shadow.
    """
    height, width = irradiance.shape
    falloff = 1 + np.linspace(-1, 1, height, dtype=np.float32)[:, None] * np.float32(
        exposure.falloff[0]
    )
    falloff = falloff + np.linspace(-1, 1, width, dtype=np.float32)[None, :] * np.float32(
        exposure.falloff[1]
    )
    counts = np.empty(reflectance.shape, dtype=np.uint8)
    for band, values in enumerate(reflectance):
        radiance = (
            values * (irradiance * (1 - SKYLIGHT[band]) + SKYLIGHT[band]) * falloff
            + exposure.haze[band]
        )
        seen = ndimage.gaussian_filter(radiance * exposure.gain[band], exposure.blur / pixel_size)
        shot = np.sqrt(0.4 + 0.6 * np.clip(seen, 0, 255) / 128)
        seen += exposure.noise * shot * rng.standard_normal(seen.shape, dtype=np.float32)
        counts[band] = np.clip(np.rint(seen), 1, 255).astype(np.uint8)
    return counts


def ripple_water(
    shape: tuple[int, int], pixel_size: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Reflectance that water adds by mirroring the sun and the sky.

    Faint ripples, and a few patches of glint.
    """
    waves = make_noise(shape, 1.5 / pixel_size, rng)
    wind = make_noise(shape, 30.0 / pixel_size, rng)
    glint: NDArray[np.float32] = 0.006 * np.abs(waves) + 0.05 * np.clip(
        wind - 1.0, 0, 1.5
    ) * np.clip(waves, 0, 3)
    return glint.astype(np.float32)


def fly_strip(grid: LocalGrid, rng: np.random.Generator, *, overhang: float) -> NDArray[np.bool_]:
    """Valid pixels of a rotated flight strip with frayed edges.

    It reaches `overhang` metres beyond the grid half way along each side.
    """
    x, y = grid.centres
    left, bottom, right, top = grid.bounds
    dx, dy = x[None, :] - (left + right) / 2, y[:, None] - (bottom + top) / 2
    angle = rng.uniform(0.035, 0.065) * rng.choice([-1, 1])
    along, across = (
        np.cos(angle) * dx + np.sin(angle) * dy,
        -np.sin(angle) * dx + np.cos(angle) * dy,
    )
    fray = 1.2 * make_noise((grid.height, grid.width), 12 / grid.pixel_size, rng)
    inside_along = np.abs(along) < (right - left) / 2 + overhang + fray
    valid: NDArray[np.bool_] = inside_along & (
        np.abs(across) < (top - bottom) / 2 + overhang + fray
    )
    return valid
