"""The grid of a scene, proposed from its reference raster and the configuration, and checked."""

from __future__ import annotations

import math

import numpy as np
from affine import Affine
from pyproj import CRS as ProjCRS  # noqa: N811  # two libraries name it alike
from rasterio.crs import CRS

from rs_seg.errors import UserError
from rs_seg.io.raw.crs import move, name_of, parse_crs
from rs_seg.io.raw.mesh import WORLD, Mesh, mesh_over
from rs_seg.io.raw.source import SourceRaster
from rs_seg.values.grid import PIXELS, Grid, crs_of, ground_pixel_size

SNAP = 1e-3
"""Share of a pixel by which an extent may exceed a whole number of pixels."""
FINEST, COARSEST = 1 / 32, 1000
"""Bounds of the grid's pixel side, in those of the reference raster."""
SMALLEST_PIXEL = 1e-3
"""Ground metres; smaller pixels are degrees that are taken for metres."""
LONGEST_SIDE = 2**31 - 1
"""Rows or columns that GDAL can count."""


def propose_grid(
    source: SourceRaster, *, crs: str | None = None, resolution: float | None = None
) -> Grid:
    """The north-up grid over the whole source.

    It is the source's own grid where that is north-up and neither a CRS nor a resolution is asked
    for, and of every picture without a place.

    In another CRS, or from a rotated raster or ground control points, pixels are squares with the
    area of the source's middle pixel. A stated resolution puts pixel edges on its multiples.

    Raises:
        UserError: `crs` is unknown, the source lies nowhere on Earth or cannot be placed in the CRS
            as one piece, or pixels are far smaller or larger than those of the source.
    """
    georeference = source.georeference
    if not georeference.has_place:
        return Grid((source.height, source.width), PIXELS, georeference.crs.to_wkt())
    _check_place(source)
    target = georeference.crs if crs is None else _parse_align_crs(crs)
    own = georeference.transform
    if (
        own is not None
        and target == georeference.crs
        and own.b == own.d == 0
        and resolution is None
    ):
        grid = _flip_north_up(source, own)
    else:
        grid = _lay_over(source, target, resolution)
    ground = ground_pixel_size(grid)
    if not (math.isfinite(ground) and ground >= SMALLEST_PIXEL):
        raise _not_on_earth(source, f"pixels of {ground:g} m on the ground")
    return grid


def _lay_over(source: SourceRaster, target: CRS, resolution: float | None) -> Grid:
    mesh = mesh_over(source, target)
    if not mesh.placed.any():
        raise _no_place(source, target)
    if target != source.georeference.crs:
        _check_one_piece(mesh, source, target)
    left, bottom, right, top = mesh.bounds
    side = _middle_pixel_side(source, target)
    if side is None and resolution is None:
        raise _no_pixel_size(source, target)
    if resolution is not None:
        _check_resolution(
            source, target, resolution, side or resolution, (right - left, top - bottom)
        )
        left = math.floor(left / resolution + SNAP) * resolution
        top = math.ceil(top / resolution - SNAP) * resolution
    size = resolution or side or math.nan
    height = max(1, math.ceil((top - bottom) / size - SNAP))
    width = max(1, math.ceil((right - left) / size - SNAP))
    return Grid((height, width), Affine(size, 0, left, 0, -size, top), target.to_wkt())


def _parse_align_crs(crs: str) -> CRS:
    try:
        return parse_crs(crs)
    except UserError as error:
        raise UserError(
            error.what,
            where="align.crs",
            found=error.found,
            expected=error.expected,
            remedy=error.remedy,
        ) from error


def _flip_north_up(source: SourceRaster, own: Affine) -> Grid:
    left = own.c if own.a > 0 else own.c + own.a * source.width
    top = own.f if own.e < 0 else own.f + own.e * source.height
    transform_ = Affine(abs(own.a), 0, left, 0, -abs(own.e), top)
    return Grid((source.height, source.width), transform_, source.georeference.crs.to_wkt())


def _check_place(source: SourceRaster) -> None:
    """Refuse coordinates that are nowhere on Earth, such as metres in a CRS of degrees.

    Raises:
        UserError: no point of the raster has a longitude and latitude.
    """
    georeference = source.georeference
    world = mesh_over(source, WORLD)
    slack = 1e-6
    if georeference.crs.is_geographic and georeference.transform is not None:
        # global grids whose pixel centres lie on the poles reach half a pixel further
        slack += abs(georeference.transform.e) + abs(georeference.transform.d)
    on_earth = world.placed & (np.abs(world.y) <= 90 + slack) & (np.abs(world.x) <= 540 + slack)
    if not on_earth.any() or (georeference.crs.is_geographic and not on_earth.all()):
        left, bottom, right, top = mesh_over(source, georeference.crs).bounds
        raise _not_on_earth(source, f"x {left:.8g} to {right:.8g}, y {bottom:.8g} to {top:.8g}")


def _check_one_piece(mesh: Mesh, source: SourceRaster, target: CRS) -> None:
    """Refuse a CRS in which the raster falls apart.

    It does where neighbouring points lie further apart than half of the whole.

    Raises:
        UserError: the raster crosses the edge of the CRS (180 degrees, a pole).
    """
    for values, extent in (
        (mesh.x, np.ptp(mesh.x[mesh.placed])),
        (mesh.y, np.ptp(mesh.y[mesh.placed])),
    ):
        steps = [np.abs(np.diff(values, axis=axis)) for axis in (0, 1)]
        if any((step[np.isfinite(step)] > extent / 2).any() for step in steps):
            raise UserError(
                "the scene falls apart in the CRS of the grid",
                where=source.path,
                found=f"ground on both sides of the edge (such as 180 degrees) of "
                f"{name_of(target)}",
                expected="a CRS in which the scene is one piece",
                remedy=f"set align.crs to a projected CRS of this place, or to null: the file's "
                f"own is "
                f"{name_of(source.georeference.crs)}",
            )


def _check_resolution(
    source: SourceRaster, target: CRS, resolution: float, side: float, extent: tuple[float, float]
) -> None:
    """Refuse pixels that are far from those of the source, as in degrees for metres.

    Raises:
        UserError: a pixel of the grid is less than 1/32 or more than 1,000 times as wide as one of
            the source, or larger than the scene.
    """
    ratio = resolution / side
    swallowed = resolution > max(extent) and source.height * source.width > 4
    if FINEST <= ratio <= COARSEST and not swallowed and max(extent) / resolution <= LONGEST_SIDE:
        return
    unit = ProjCRS.from_wkt(target.to_wkt()).axis_info[0].unit_name
    raise UserError(
        "pixels of the grid do not fit those of the scene",
        where="align.resolution",
        found=f"{resolution:g} ({unit} in {name_of(target)}), {ratio:.3g} times the pixel of "
        f"{source.path}; the scene is {extent[0]:.4g} by {extent[1]:.4g} {unit}",
        expected=f"about {side:.3g} ({unit}), between {FINEST:g} and {COARSEST:g} times that, and "
        f"less than the scene",
        remedy=f"set align.resolution to {side:.3g}, or to null for the pixels of the reference "
        f"source",
    )


def _middle_pixel_side(source: SourceRaster, target: CRS) -> float | None:
    """Side of a square as large as the source's middle pixel; None where it has no place."""
    georeference = source.georeference
    column, row = source.width / 2, source.height / 2
    columns, rows = np.array([column, column + 1, column]), np.array([row, row, row + 1])
    x, y = move(*georeference.to_world()(columns, rows), georeference.crs, target)
    area = abs((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0]))
    return math.sqrt(area) if math.isfinite(area) and area > 0 else None


def _no_pixel_size(source: SourceRaster, target: CRS) -> UserError:
    return UserError(
        "size of the pixels cannot be computed in the CRS of the grid",
        where=source.path,
        found=source.georeference.crs.to_string()[:120],
        expected=target.to_string()[:120],
        remedy="state align.resolution, or another align.crs",
    )


def _no_place(source: SourceRaster, target: CRS) -> UserError:
    return UserError(
        "raster cannot be placed in the CRS of the grid",
        where=source.path,
        found=source.georeference.crs.to_string()[:120],
        expected=target.to_string()[:120],
        remedy="choose an align.crs that is valid at the place of the data",
    )


def _not_on_earth(source: SourceRaster, found: str) -> UserError:
    return UserError(
        "raster does not lie on Earth by its coordinates",
        where=source.path,
        found=f"{found}, in {name_of(source.georeference.crs)}",
        expected="coordinates that have a longitude and latitude in this CRS, and pixels larger "
        "than a millimetre",
        remedy="state the CRS that the coordinates are in as `crs` of this source where the file "
        "declares none, or as `override_crs` where it declares a wrong one",
    )


def bounds_in(source: SourceRaster, grid: Grid) -> tuple[float, float, float, float]:
    """Left, bottom, right, top of a source in the CRS of the grid.

    Raises:
        UserError: the source has no place there.
    """
    target = CRS.from_wkt(crs_of(grid).to_wkt())
    mesh = mesh_over(source, target)
    if not mesh.placed.any():
        raise _no_place(source, target)
    return mesh.bounds
