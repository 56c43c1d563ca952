"""What is strange about the place of a raster or a grid, told as warnings."""

from __future__ import annotations

import math

from pyproj import CRS as ProjCRS  # noqa: N811  # two libraries name it alike
from rasterio.crs import CRS

from rs_seg.io.raw.crs import move, name_of
from rs_seg.io.raw.mesh import WORLD, mesh_over
from rs_seg.io.raw.source import SourceRaster
from rs_seg.values.grid import Grid, crs_of

ORIENTATION, UPRIGHT = "EXIF_Orientation", "1"
FOREIGN = 5.0
"""Degrees outside the area of use of a CRS from which a place is worth a warning."""


def find_place_warnings(source: SourceRaster) -> list[str]:
    """Warnings about the place of a raster: outside the area of its CRS, or like degrees.

    Of a picture without a place: that it is stored turned.
    """
    crs = source.georeference.crs
    if not source.georeference.has_place:
        return _find_turn(source)
    left, bottom, right, top = mesh_over(source, crs).bounds
    warnings = []
    if (
        not crs.is_geographic
        and max(map(abs, (left, right))) <= 180
        and max(map(abs, (bottom, top))) <= 90
    ):
        warnings.append(
            f"{source.path}: x {left:.8g} to {right:.8g}, y {bottom:.8g} to {top:.8g} look like "
            f"degrees, but the CRS is {name_of(crs)}; if they are, set override_crs: EPSG:4326 for "
            "this source"
        )
    return [
        *warnings,
        *_find_foreign(crs, (left + right) / 2, (bottom + top) / 2, where=source.path),
    ]


def _find_turn(source: SourceRaster) -> list[str]:
    """That a photograph is shown in another orientation than its pixels are stored in."""
    if source.dataset.tags().get(ORIENTATION, UPRIGHT) == UPRIGHT:
        return []
    warning = (
        f"{source.path}: the camera stored the picture turned or mirrored (EXIF orientation), and "
        "it is mapped as stored: labels that were drawn on the upright picture do not fit; save it "
        "upright (exiftran -a, or export it anew) before it is labelled"
    )
    return [warning]


def find_grid_warnings(grid: Grid) -> list[str]:
    """What is strange about the place of a grid, in sentences."""
    x, y = grid.affine * (grid.width / 2, grid.height / 2)
    return _find_foreign(CRS.from_wkt(crs_of(grid).to_wkt()), x, y, where="align.crs")


def _find_foreign(crs: CRS, x: float, y: float, *, where: object) -> list[str]:
    longitude, latitude = (float(coordinate) for coordinate in move(x, y, crs, WORLD))
    distance = _degrees_outside(crs, longitude, latitude)
    if distance <= FOREIGN:
        return []
    place = f"longitude {longitude:.3f}, latitude {latitude:.3f}"
    away = f"{distance:.0f} degrees outside the area that {name_of(crs)} is made for"
    return [f"{where}: the middle, at {place}, is {away}; check the CRS"]


def _degrees_outside(crs: CRS, longitude: float, latitude: float) -> float:
    """Degrees from a place to the area of use of a CRS; 0 inside, or where the area is unknown."""
    code = crs.to_epsg()
    area = ProjCRS.from_epsg(code).area_of_use if code else None
    if area is None or not (math.isfinite(longitude) and math.isfinite(latitude)):
        return 0.0
    middle, half = (area.west + area.east) / 2, (area.east - area.west) / 2
    if area.west > area.east:  # across 180 degrees
        middle, half = middle + 180, half + 180
    away = abs((longitude - middle + 180) % 360 - 180) - half
    # Landsat is delivered in zones of the northern hemisphere, south of the equator too
    beyond = (
        0.0 if "UTM zone" in name_of(crs) else max(latitude - area.north, area.south - latitude)
    )
    return max(away, beyond, 0.0)
