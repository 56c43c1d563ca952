"""Rasters read as they lie on a plane, and the pictures of tiles as files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from PIL import Image
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from rs_seg.io.notes import MAKE_AGAIN
from rs_seg.io.raster import open_raster, to_rasterio
from rs_seg.values.grid import Grid, crs_of, has_place
from rs_seg.values.window import Window

ANY_PLANE, ANYWHERE = "EPSG:3857", Affine.translation(1000, 1000)
QUALITY = 80
"""Of WebP, 0 to 100."""


class PlaneReader:
    """A raster on another grid, read by windows that may reach outside it."""

    def __init__(self, warped: WarpedVRT, nodata: int | None) -> None:
        self._warped = warped
        self._nodata = nodata

    def read(self, window: Window, bands: Sequence[int]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Pixels (B, H, W) of these bands, from 1, and where they hold data (H, W)."""
        shape = window.height, window.width
        pixels = np.zeros((len(bands), *shape), dtype=self._warped.dtypes[0])
        valid = np.zeros(shape, dtype=np.bool_)
        inside = window.clip(self._warped.height, self._warped.width)
        if inside is not None:
            rows, columns = inside.relative_to(window).slices
            part = self._warped.read(list(bands), window=to_rasterio(inside))
            pixels[:, rows, columns] = part
            valid[rows, columns] = (
                self._warped.read(self._warped.count, window=to_rasterio(inside)) > 0
                if self._nodata is None
                else part[0] != self._nodata
            )
        return pixels, valid


@contextmanager
def read_on(
    path: Path, grid: Grid, *, resampling: Literal["nearest", "bilinear"], masked: bool = False
) -> Iterator[PlaneReader]:
    """The raster on this grid, reprojected where it has another CRS.

    Pictures without a place are laid on a grid in their own pixels. `masked`: what holds data is
    said by the mask of the file, else by its nodata.
    """
    with open_raster(path, remedy=MAKE_AGAIN) as dataset:
        nodata = None if masked else dataset.nodata
        systems = _systems(grid, dataset.transform)
        with WarpedVRT(
            dataset,
            **systems,
            width=grid.width,
            height=grid.height,
            resampling=Resampling[resampling],
            nodata=nodata,
            add_alpha=masked,
        ) as warped:
            yield PlaneReader(warped, None if nodata is None else int(nodata))


def _systems(grid: Grid, own: Affine) -> dict[str, Any]:
    """CRS and transforms of a warp onto a grid, from a raster with the transform `own`."""
    if has_place(grid):
        return {"crs": crs_of(grid).to_wkt(), "transform": grid.affine}
    # GDAL warps nothing between two local CRS, and takes the transform of a picture for none: any
    # place in any plane will do for both sides
    return {
        "crs": ANY_PLANE,
        "src_crs": ANY_PLANE,
        "transform": ANYWHERE * grid.affine,
        "src_transform": ANYWHERE * own,
    }


def write_photograph(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write red, green, blue and alpha (H, W, 4) as WebP, with small losses of colour."""
    opaque = picture[..., 3] > 0
    colors = picture[..., :3]
    if not opaque.all():
        # what is lost smears colours: black under transparent pixels would darken the edges
        mean = colors[opaque].mean(axis=0).round() if opaque.any() else np.zeros(3)
        colors = np.where(opaque[..., None], colors, mean.astype(np.uint8))
        colors = np.concatenate([colors, picture[..., 3:]], axis=-1)
    Image.fromarray(np.ascontiguousarray(colors)).save(
        path, format="WEBP", quality=QUALITY, method=2
    )


def write_drawing(
    path: Path, indices: NDArray[np.integer], colors: Sequence[tuple[int, int, int, int]]
) -> None:
    """Write indices (H, W) of colours (red, green, blue, alpha) as PNG, exactly."""
    table = np.array(colors, dtype=np.uint8)
    if len(table) > 256:
        Image.fromarray(table[indices]).save(path, format="PNG", compress_level=6)
        return
    image = Image.fromarray(indices.astype(np.uint8))
    image.putpalette(table[:, :3].tobytes())
    bits = next(bits for bits in (1, 2, 4, 8) if len(table) <= 2**bits)
    image.save(path, format="PNG", bits=bits, transparency=table[:, 3].tobytes(), compress_level=6)
