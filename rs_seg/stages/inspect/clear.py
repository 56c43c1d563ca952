"""The part of inspect that leaves out clouds: in overviews, and on the grid of the picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import binary_dilation

from rs_seg.config import Source
from rs_seg.config.raw_images import RawImage
from rs_seg.io.raw.overview import shrink_grid
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.scenes.clouds import open_clouds
from rs_seg.values.grid import Grid, to_pixels, whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.io.raw.source import SourceRaster
    from rs_seg.scenes.stacking import Read


def find_clear(
    rasters: Mapping[RawImage, SourceRaster],
    overviews: Mapping[RawImage, Read],
    sources: Mapping[str, Source],
    given: Mapping[RawImage, Path],
) -> dict[RawImage, NDArray[np.bool_]]:
    """Which valid pixels (h, w) of each overview are clear, whatever the size of the picture.

    Raises:
        UserError: a file of clouds cannot be read.
    """
    clear = {raw: valid for raw, (_, valid) in overviews.items()}
    for raw, path in _files_of_clouds(given):
        source = sources[raw.source]
        clear[raw] = clear_overview(
            rasters[raw], clear[raw], name=raw.source, source=source, clouds=path
        )
    return clear


def clear_placed(
    placed: Mapping[RawImage, Read],
    sources: Mapping[str, Source],
    given: Mapping[RawImage, Path],
    grid: Grid,
) -> dict[RawImage, Read]:
    """Rasters that were placed on a grid, with pixels under clouds as no data.

    Raises:
        UserError: a file of clouds cannot be read.
    """
    clear = dict(placed)
    for raw, path in _files_of_clouds(given):
        pixels, valid = placed[raw]
        with open_clouds(raw.source, sources[raw.source], path, grid) as cloudy:
            clear[raw] = pixels, valid & ~cloudy(whole(grid))
    return clear


def _files_of_clouds(given: Mapping[RawImage, Path]) -> Iterator[tuple[RawImage, Path]]:
    """The rasters that have a file of clouds, and that file."""
    return ((replace(raw, clouds=False), path) for raw, path in given.items() if raw.clouds)


def clear_overview(
    raster: SourceRaster, valid: NDArray[np.bool_], *, name: str, source: Source, clouds: Path
) -> NDArray[np.bool_]:
    """The valid pixels (h, w) of an overview that are clear by the file of clouds.

    Raises:
        UserError: the file of clouds cannot be read.
    """
    height, width = valid.shape
    georeference = raster.georeference.scale(raster.height / height, raster.width / width)
    if georeference.transform is not None:
        grid = Grid((height, width), georeference.transform, georeference.crs.to_wkt())
        with open_clouds(name, source, clouds, grid) as cloudy:
            return valid & ~cloudy(whole(grid))
    grid = shrink_grid(propose_grid(raster), max(height, width))
    with open_clouds(name, source, clouds, grid) as cloudy:
        # One pixel more around clouds: the pixel of the grid that is nearest to a cloudy one of the
        # overview may lie beside the cloud.
        mask = binary_dilation(cloudy(whole(grid)), np.ones((3, 3)))
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    row, column = (
        np.clip(np.floor(place), 0, length - 1).astype(int)
        for place, length in zip(
            to_pixels(grid, *georeference.to_world()(columns, rows)), mask.shape, strict=True
        )
    )
    clear: NDArray[np.bool_] = valid & ~mask[row, column]
    return clear
