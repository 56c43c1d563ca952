"""The files of a simulated town."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from affine import Affine
from rasterio.features import rasterize

from rs_seg.algorithms.simulate import Town, simulate_town
from rs_seg.algorithms.simulate.radar import TOWN_POWER, sense_radar
from rs_seg.config import SimulateConfig
from rs_seg.stages.simulate.writing import choose_place, georeference, write_polygons, write_raster

if TYPE_CHECKING:
    from numpy.typing import NDArray

SURFACE_NODATA = -9999.0
RADAR_DRAWS = 1
"""Beside the seed of a scene, what the draws of its radar begin with."""


def write_town(
    config: SimulateConfig,
    seed: int,
    *,
    optical: Path,
    height: Path,
    radar: Path | None,
    labels: Path | None,
    objects: Path | None,
) -> None:
    """Optical image and surface model of a town, and what else is asked for."""
    town = simulate_town(
        seed=seed,
        height=config.size,
        width=config.size,
        pixel_size=config.pixel_size,
        surface_pixel_size=config.height_pixel_size,
    )
    place = choose_place(seed, config.size * config.pixel_size)
    ground = georeference(town.optical_grid, place)
    pixels = np.where(town.optical_valid, town.optical, np.uint8(0))
    write_raster(optical, pixels, ground, bands=("nir", "red", "green"), nodata=0)
    surface = np.where(town.surface_valid, town.surface, np.float32(SURFACE_NODATA))[None]
    surface_ground = georeference(town.surface_grid, place)
    write_raster(height, surface, surface_ground, bands=("dsm",), nodata=SURFACE_NODATA)
    if radar is not None:
        write_raster(radar, _sense_town(town, seed, config.looks), ground, bands=("vv", "vh"))
    if labels is not None:
        write_polygons(labels, "labels", town.polygons, town.classes, place)
    if objects is not None:
        write_polygons(objects, "objects", town.objects, town.object_classes, place)


def _sense_town(town: Town, seed: int, looks: float) -> NDArray[np.float32]:
    """The radar image, drawn apart: optical image, surface model and labels do not depend on it."""
    grid, names = town.optical_grid, list(TOWN_POWER)
    codes: NDArray[np.uint8] = rasterize(
        zip(town.polygons, map(names.index, town.classes), strict=True),
        out_shape=(grid.height, grid.width),
        transform=Affine(grid.pixel_size, 0, grid.left, 0, -grid.pixel_size, grid.top),
        dtype="uint8",
    )
    rng = np.random.default_rng([seed % 2**63, RADAR_DRAWS])
    return sense_radar(codes, list(TOWN_POWER.values()), looks, rng)
