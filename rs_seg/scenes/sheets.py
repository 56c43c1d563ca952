"""The patches of a sheet, opened one by one, and the grid that they are laid out on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from affine import Affine

from rs_seg.errors import UserError
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.warp import WarpedSource
from rs_seg.scenes.sources import GridFile, open_source
from rs_seg.scenes.validity import join_valid
from rs_seg.values.grid import PIXELS, Grid, ground_pixel_size, whole
from rs_seg.values.pictures import picture_crs
from rs_seg.values.sheet_layout import SheetLayout

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from rs_seg.config import PatchFiles, Sheet
    from rs_seg.io.raw.source import SourceRaster

MOST_RATIO = 1.1
"""Between the largest and the smallest pixel of the patches of a sheet, without a warning."""


@dataclass(frozen=True)
class OpenPatch:
    """A patch whose rasters are open, in the order of the sources, and its own grid."""

    sheet: Sheet
    rasters: Sequence[SourceRaster]
    grid: Grid

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type that holds the values of all sources."""
        return np.result_type(*(raster.dtype for raster in self.rasters))

    def read(self, dtype: DTypeLike) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """All bands (B, H, W), 0 where invalid, and the valid mask (H, W).

        Raises:
            UserError: a source does not meet the patch, or cannot be read.
        """
        sources = list(self.sheet.sources.values())
        parts = []
        for raster, source in zip(self.rasters, sources, strict=True):
            warped = WarpedSource(raster, self.grid, resampling=source.resampling)
            if not warped.overlaps:
                raise _no_overlap(raster)
            pixels, mask = warped.read(whole(self.grid))
            parts.append((pixels.astype(dtype, copy=False), mask))
        return join_valid(parts, sources)


@contextmanager
def open_patch(sheet: Sheet, patch: PatchFiles) -> Iterator[OpenPatch]:
    """A patch with all its rasters.

    Raises:
        UserError: one cannot be opened, or its header has faults.
    """
    picture = sheet.align.picture_of(patch.name)
    position, reference = sheet.reference
    gives_grid = GridFile(reference, sheet.sources[reference], patch.images[position])
    with ExitStack() as stack:
        rasters = [
            stack.enter_context(
                open_source(name, source, path, picture=picture, gives_grid=gives_grid)
            )
            for (name, source), path in zip(sheet.sources.items(), patch.images, strict=True)
        ]
        grid = _grid_of(sheet, rasters[position])
        yield OpenPatch(sheet, rasters, grid)


def read_patch_grid(sheet: Sheet, patch: PatchFiles) -> Grid:
    """The grid of a patch, by the header of its reference source.

    Raises:
        UserError: it cannot be opened, or its header has faults.
    """
    position, name = sheet.reference
    picture = sheet.align.picture_of(patch.name)
    path = patch.images[position]
    with open_source(name, sheet.sources[name], path, picture=picture) as raster:
        return _grid_of(sheet, raster)


def _grid_of(sheet: Sheet, raster: SourceRaster) -> Grid:
    return propose_grid(raster, crs=sheet.align.crs, resolution=sheet.align.resolution)


def lay_out(grids: Sequence[Grid]) -> SheetLayout:
    """Where patches of these grids lie on a sheet."""
    return SheetLayout([(grid.height, grid.width) for grid in grids])


def sheet_grid(sheet: Sheet, grids: Sequence[Grid]) -> Grid:
    """The grid of a sheet of patches, which has no place on Earth.

    Its pixels are as large as those of the first patch: models know the size of their pixels.
    """
    side = ground_pixel_size(grids[0])
    transform = PIXELS * Affine.scale(side)
    crs = picture_crs(sheet.scene, patches=[patch.name for patch in sheet.patches])
    return Grid(lay_out(grids).shape, transform, crs)


def tell_pixel_sizes(grids: Sequence[Grid]) -> str | None:
    """A warning that patches of a sheet have pixels of different size; None where they do not."""
    sides = [ground_pixel_size(grid) for grid in grids]
    if max(sides) <= MOST_RATIO * min(sides):
        return None
    return (
        f"pixels of the patches are {min(sides):.4g} to {max(sides):.4g} m wide; set "
        f"align.resolution to bring them to one size"
    )


def _no_overlap(raster: SourceRaster) -> UserError:
    return UserError(
        "source does not meet the grid of the patch",
        where=raster.path,
        found="no common ground with the source that gives the grid",
        expected="sources of one patch that lie on the same ground",
        remedy="check the table of patches and align.reference",
    )
