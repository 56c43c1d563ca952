"""The work of `simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np
from affine import Affine
from rasterio.features import rasterize
from shapely.affinity import translate

from rs_seg.algorithms.simulate import LocalGrid, Town, simulate_town
from rs_seg.algorithms.simulate.radar import TOWN_POWER, sense_radar
from rs_seg.config import SimulateConfig
from rs_seg.errors import UserError
from rs_seg.io.ogr import pyogrio
from rs_seg.io.raster import create_raster
from rs_seg.values import OutPath, Scene
from rs_seg.values.grid import Grid

if TYPE_CHECKING:
    from numpy.typing import NDArray


CRS = "EPSG:32632"
LABELS_CRS = "EPSG:4326"
SURFACE_NODATA = -9999.0
LOOKS = 4.0
RADAR_DRAWS = 1
"""Beside the seed of a scene, what the draws of its radar begin with."""


def simulate(
    config: SimulateConfig,
    scene: Scene,
    *,
    optical: OutPath,
    height: OutPath,
    radar: OutPath | None = None,
    labels: OutPath | None = None,
    objects: OutPath | None = None,
) -> None:
    """See the signature."""
    if scene.simulate is None:
        raise UserError(
            f"scene {scene.name!r} cannot be simulated",
            where="scene table, column simulate",
            found="no seed",
            expected="a whole number",
            remedy="give the scene a seed, or put its own files in place",
        )
    town = simulate_town(
        seed=scene.simulate,
        height=config.size,
        width=config.size,
        pixel_size=config.pixel_size,
        surface_pixel_size=config.height_pixel_size,
    )
    place = _choose_place(scene.simulate, config.size * config.pixel_size)
    pixels = np.where(town.optical_valid, town.optical, np.uint8(0))
    _write(
        optical,
        pixels,
        _georeference(town.optical_grid, place),
        bands=("nir", "red", "green"),
        nodata=0,
    )
    surface = np.where(town.surface_valid, town.surface, np.float32(SURFACE_NODATA))[None]
    _write(
        height,
        surface,
        _georeference(town.surface_grid, place),
        bands=("dsm",),
        nodata=SURFACE_NODATA,
    )
    if radar is not None:
        place_on_ground = _georeference(town.optical_grid, place)
        _write(radar, _sense_town(town, scene.simulate), place_on_ground, bands=("vv", "vh"))
    if labels is not None:
        _write_polygons(labels, "labels", town.polygons, town.classes, place)
    if objects is not None:
        _write_polygons(objects, "objects", town.objects, town.object_classes, place)


def _sense_town(town: Town, seed: int) -> NDArray[np.float32]:
    """The radar image, drawn apart: optical image, surface model and labels do not depend on it."""
    grid, names = town.optical_grid, list(TOWN_POWER)
    codes: NDArray[np.uint8] = rasterize(
        zip(town.polygons, map(names.index, town.classes), strict=True),
        out_shape=(grid.height, grid.width),
        transform=Affine(grid.pixel_size, 0, grid.left, 0, -grid.pixel_size, grid.top),
        dtype="uint8",
    )
    rng = np.random.default_rng([seed % 2**63, RADAR_DRAWS])
    return sense_radar(codes, list(TOWN_POWER.values()), LOOKS, rng)


def _choose_place(seed: int, size: float) -> tuple[float, float]:
    """Easting and northing of the lower left corner, by seed.

    It is that of a cell of a 40 x 40 chessboard in Bavaria. Scenes whose seeds differ by less than
    1600 do not overlap.
    """
    spacing = max(4000.0, 1000.0 * -(-(size + 100.0) // 1000.0))
    row, column = divmod(seed % 1600, 40)
    return 500_600.0 + column * spacing, 5_300_400.0 + row * spacing


def _georeference(grid: LocalGrid, place: tuple[float, float]) -> Grid:
    easting, northing = round(place[0] + grid.left, 3), round(place[1] + grid.top, 3)
    transform: Affine = Affine(grid.pixel_size, 0, easting, 0, -grid.pixel_size, northing)
    return Grid((grid.height, grid.width), transform, CRS)


def _write(
    path: Path,
    pixels: NDArray[Any],
    grid: Grid,
    *,
    bands: tuple[str, ...],
    nodata: float | None = None,
) -> None:
    with create_raster(path, grid, dtype=pixels.dtype, bands=bands, nodata=nodata) as dataset:
        dataset.write(pixels)


def _write_polygons(
    path: Path,
    layer: str,
    local: NDArray[np.object_],
    classes: list[str],
    place: tuple[float, float],
) -> None:
    polygons = [translate(polygon, *place) for polygon in local]
    frame = geopandas.GeoDataFrame({"class": classes}, geometry=polygons, crs=CRS)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"})
    frame.to_crs(LABELS_CRS).to_file(path, layer=layer, driver="GPKG", engine="pyogrio")
