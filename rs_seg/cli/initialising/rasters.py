"""What the header and an overview of a raster say, for the choice of images and labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import shapely
from pyproj import CRS, Transformer
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from rs_seg.errors import UserError
from rs_seg.io.raster import ignoring_no_georeference, open_raster
from rs_seg.io.raw.bands import COLORS, read_descriptions
from rs_seg.io.raw.drivers import raster_drivers
from rs_seg.io.raw.georeference import Placing
from rs_seg.io.raw.raster_checks import check_raw_raster
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.io.raw.validity import is_tagged_alpha, looks_like_alpha
from rs_seg.io.raw.wavelengths import read_wavelengths
from rs_seg.values.grid import Grid, crs_of, ground_pixel_size, to_world
from rs_seg.values.pictures import picture_crs

OVERVIEW = 512
"""Longer side of what is looked at of the values, in pixels."""
MOST_VALUES = 64
"""Different values of a raster of classes; images have more."""
SIDE = 8
"""Points along each side of a footprint."""
TOKEN = re.compile(r"[^\W_]+")
DATE_PLACE = "{date}"
"""What stands for the dates in the path of a series."""


@dataclass(frozen=True)
class RasterFacts:
    """A raster that can be opened and has a place.

    Of its bands, those of transparency are left out. `ground` is its outline in degrees, `values`
    are the few values of a single band, or the few colours 0xrrggbb of a picture; None where there
    are many.
    """

    path: Path
    name: str
    """Path below the folder, with slashes."""
    descriptions: tuple[str, ...]
    colors: tuple[str, ...]
    wavelengths: tuple[float | None, ...]
    dtype: str
    ground: BaseGeometry
    pixel_m: float
    size: tuple[int, int]
    """Rows and columns of the grid that a scene gets from it."""
    has_palette: bool
    values: tuple[float, ...] | None
    labelled_share: float
    """Share of an overview with data other than 0; with 0 where there are no more than two values.
    """
    is_picture: bool = False
    """Whether it has no place on Earth."""

    @property
    def count(self) -> int:
        """Number of bands."""
        return len(self.descriptions)

    @property
    def picture(self) -> str | None:
        """The CRS (WKT) that it is opened with as a picture; None: it has a place."""
        return picture_crs(self.path.stem) if self.is_picture else None

    @property
    def shape(self) -> tuple[int, str]:
        """What files of one source have in common: number of bands and type."""
        return self.count, self.dtype

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Words and numbers of the name, without its ending."""
        return tokens_of(self.name)


def tokens_of(name: str) -> tuple[str, ...]:
    """Words and numbers of a path, without its ending and without {date}."""
    return tuple(TOKEN.findall(str(Path(name).with_suffix("")).replace(DATE_PLACE, " ")))


def look_at_raster(path: Path, root: Path, *, is_picture: bool = False) -> RasterFacts:
    """What a raster says of itself; of a picture without a place on Earth the ground is empty.

    Raises:
        UserError: it cannot be opened, is not whole, or has no place and is no picture.
    """
    rules = SourceRules(placing=Placing(picture=picture_crs(path.stem) if is_picture else None))
    check_raw_raster(path)
    with ignoring_no_georeference(), open_raster(path, raster_drivers(path)) as dataset:
        count = max(1, dataset.count - _count_alpha(dataset))
    with SourceRaster(path, bands=count, rules=rules) as raster:
        truncated = raster.find_missing_blocks()
        if truncated is not None:
            raise truncated
        descriptions = read_descriptions(raster.dataset)
        wavelengths = read_wavelengths(raster.dataset)
        grid = propose_grid(raster)
        return RasterFacts(
            path,
            path.relative_to(root).as_posix(),
            tuple(descriptions[index - 1] or "" for index in raster.indexes),
            tuple(
                COLORS.get(raster.dataset.colorinterp[index - 1], "") for index in raster.indexes
            ),
            tuple(wavelengths[index - 1] for index in raster.indexes),
            str(raster.stored_dtype),
            shapely.Polygon() if is_picture else outline_of(grid),
            1.0 if is_picture else ground_pixel_size(grid),
            (int(grid.height), int(grid.width)),
            raster.has_palette,
            *_few_values(raster),
            is_picture,
        )


def _count_alpha(dataset: object) -> int:
    """Bands that say how transparent pixels are, and hold what such bands hold."""
    numbers = range(1, dataset.count + 1)  # type: ignore[attr-defined]  # rasterio has no types
    return sum(is_tagged_alpha(dataset, n) and looks_like_alpha(dataset, n) for n in numbers)


def outline_of(grid: Grid) -> BaseGeometry:
    """The ground of a grid in degrees of longitude and latitude, in two parts at its end."""
    along = np.linspace(0, 1, SIDE, endpoint=False)
    rows = np.concatenate([0 * along, along, 0 * along + 1, 1 - along]) * grid.height
    columns = np.concatenate([along, 0 * along + 1, 1 - along, 0 * along]) * grid.width
    own = CRS.from_wkt(crs_of(grid).to_wkt())
    to_degrees = Transformer.from_crs(own, 4326, always_xy=True)
    x, y = to_degrees.transform(*to_world(grid, rows, columns))
    placed = np.isfinite(x) & np.isfinite(y)
    if placed.sum() < 3:
        return shapely.Polygon()
    # beyond the antimeridian longitudes go on, and do not jump to the other end of the world
    ring = np.column_stack([np.unwrap(x[placed], period=360), y[placed]])
    outline: BaseGeometry = shapely.Polygon(ring)
    outline = outline if outline.is_valid else shapely.convex_hull(outline)
    pieces = [
        translate(shapely.intersection(outline, shapely.box(west, -90, west + 360, 90)), shift)
        for west, shift in ((-540, 360), (-180, 0), (180, -360))
    ]
    return shapely.union_all(pieces)


def _few_values(raster: SourceRaster) -> tuple[tuple[float, ...] | None, float]:
    """The values of an overview where they are few and whole, and the share that is labelled."""
    if raster.band_count not in (1, 3) or (
        raster.band_count == 3 and raster.stored_dtype != np.uint8
    ):
        return None, 0.0
    try:
        pixels, valid = raster.read_overview(OVERVIEW)
    except UserError:
        return None, 0.0
    inside = pixels[:, valid]
    values = inside[0]
    if raster.band_count == 3:
        red, green, blue = inside.astype(np.int64)
        values = red << 16 | green << 8 | blue
    distinct = np.unique(values)
    if len(distinct) > MOST_VALUES or not (distinct == np.floor(distinct)).all():
        return None, 0.0
    counted = values if len(distinct) <= 2 else values[values != 0]
    return tuple(float(value) for value in distinct), len(counted) / max(1, valid.size)
