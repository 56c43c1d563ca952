"""The work of `align`."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.config import AlignConfig, Sheet, Source
from rs_seg.errors import UserError
from rs_seg.io.raster import BLOCK, create_raster, to_rasterio
from rs_seg.io.raw.operations import find_datum_warnings, operation_onto
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.warp import WarpedSource
from rs_seg.progress import track
from rs_seg.scenes.sources import open_source
from rs_seg.scenes.validity import Loss, check_fills, count_losses, fill_missing, scene_valid
from rs_seg.stages.align.sheets import align_patches
from rs_seg.values import InPath, InPaths, OutPath, Scene, partition
from rs_seg.values.grid import crs_of, has_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rs_seg.io.raw.source import SourceRaster

VALUES_AT_ONCE = 16_000_000
logger = logging.getLogger(__name__)


def align(
    config: AlignConfig,
    sources: dict[str, Source],
    scene: Scene,
    sheet: Sheet | None,
    *,
    inspection: InPath,
    images: InPaths,
    image: OutPath,
) -> None:
    """See the signature."""
    assert inspection.name, "the rule orders align after inspect"
    if sheet is not None:
        align_patches(sheet, image)
        return
    picture = config.picture_of(scene.name)
    with ExitStack() as stack:
        rasters = {
            name: stack.enter_context(open_source(name, source, path, picture=picture))
            for (name, source), path in zip(sources.items(), images, strict=True)
        }
        grid = propose_grid(
            rasters[config.reference or next(iter(rasters))],
            crs=config.crs,
            resolution=config.resolution,
        )
        warped = [
            WarpedSource(rasters[name], grid, resampling=source.resampling)
            for name, source in sources.items()
        ]
        _describe(warped)
        dtype = np.result_type(*(raster.dtype for raster in rasters.values()))
        check_fills(sources, dtype)
        bands = [band for source in sources.values() for band in source.kept_bands]
        with create_raster(image, grid, dtype=dtype, bands=bands) as dataset:
            valid_pixels = _write(dataset, warped, list(sources.values()), bands=len(bands))
        if valid_pixels == 0:
            raise _nothing_valid(list(rasters.values()))


def _describe(warped: Sequence[WarpedSource]) -> None:
    grid = warped[0].grid
    logger.info(
        "grid: %d rows, %d columns, CRS %s, pixel %g",
        grid.height,
        grid.width,
        (crs_of(grid).to_epsg() or "without code") if has_place(grid) else "none, in pixels",
        grid.resolution.x,
    )
    for raster in warped:
        how = (
            "passed through"
            if raster.passed_through
            else f"{raster.resampling}, {raster.ratio[0]:.3g} source pixels per pixel"
        )
        logger.info("%s: %s; nodata: %s", raster.source.path.name, how, raster.source.nodata_rule)
        if not raster.overlaps:
            raise _no_overlap(raster)
        residual = raster.source.georeference.gcp_residual()
        if residual is not None:
            logger.info(
                "%s: ground control points are missed by %.2f pixels (RMS)",
                raster.source.path.name,
                residual,
            )
        crs = raster.source.georeference.proj_crs
        operation = operation_onto(grid, crs)
        if operation is not None:
            logger.info("%s: from %s by %s", raster.source.path.name, crs.name, operation)
        for warning in (
            *raster.source.notes,
            *find_datum_warnings(grid, crs, where=raster.source.path),
        ):
            logger.warning("%s", warning)


def _write(
    dataset: object, warped: Sequence[WarpedSource], sources: Sequence[Source], *, bands: int
) -> int:
    """Write every window; returns the number of valid pixels."""
    height, width = warped[0].grid.shape
    losses = [Loss()] * len(warped)
    size = max(BLOCK, min(4 * BLOCK, BLOCK * int((VALUES_AT_ONCE / bands) ** 0.5 / BLOCK)))
    windows = list(partition(height, width, size=size))
    valid_pixels = 0
    for window in track(windows, total=len(windows), description="align"):
        parts = [raster.read(window) for raster in warped]
        masks = [mask for _, mask in parts]
        valid = scene_valid(masks, sources)
        losses = [before + here for before, here in zip(losses, count_losses(masks), strict=True)]
        dtype = np.dtype(dataset.dtypes[0])  # type: ignore[attr-defined]
        filled = [
            fill_missing(own.astype(dtype, copy=False), mask, source)
            for (own, mask), source in zip(parts, sources, strict=True)
        ]
        pixels = np.concatenate(filled)
        stored = np.where(valid, pixels, np.zeros((), dtype=pixels.dtype))
        dataset.write(stored, window=to_rasterio(window))  # type: ignore[attr-defined]
        dataset.write_mask(valid, window=to_rasterio(window))  # type: ignore[attr-defined]
        valid_pixels += int(valid.sum())
    for raster, loss in zip(warped, losses, strict=True):
        if loss.pixels:
            alone = f", {loss.alone} of which all other sources hold" if len(warped) > 1 else ""
            logger.info("%s: no data in %d pixels%s", raster.source.path.name, loss.pixels, alone)
    logger.info("%d of %d pixels are valid", valid_pixels, height * width)
    return valid_pixels


def _no_overlap(warped: WarpedSource) -> Exception:
    return UserError(
        "source does not meet the grid of the scene",
        where=warped.source.path,
        found=f"no common ground with "
        f"{tuple(round(value, 6) for value in warped.grid.extent.boundingbox)}",
        expected="sources of one scene that lie on the same ground",
        remedy="check the CRS of the file, the scene table and align.reference",
    )


def _nothing_valid(rasters: Sequence[SourceRaster]) -> Exception:
    rules = "; ".join(f"{raster.path.name}: nodata by {raster.nodata_rule}" for raster in rasters)
    return UserError(
        "no pixel is valid in all sources",
        where=", ".join(str(raster.path) for raster in rasters),
        found=rules,
        expected="at least one pixel with data in every band",
        remedy="check the nodata rules of the sources and that they lie on the same ground",
    )
