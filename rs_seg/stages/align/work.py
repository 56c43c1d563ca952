"""The work of `align`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.config import AlignConfig, Sheet, Source
from rs_seg.config.raw_images import RawImage, list_images, reference_image
from rs_seg.errors import UserError
from rs_seg.io.raster import BLOCK, create_raster, to_rasterio
from rs_seg.io.raw.operations import find_datum_warnings, operation_onto
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.warp import WarpedSource
from rs_seg.progress import track
from rs_seg.scenes.clouds import Cloudy, open_clouds
from rs_seg.scenes.sources import grid_file, open_source
from rs_seg.scenes.stacking import Read, Stack, join_sources, stack_sources, stacked_dtype
from rs_seg.scenes.validity import Loss, check_fills, count_losses, join_valid
from rs_seg.stages.align.sheets import align_patches
from rs_seg.values import InPath, InPaths, OutPath, Scene, Window, partition
from rs_seg.values.grid import crs_of, has_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasterio.io import DatasetWriter

    from rs_seg.io.raw.source import SourceRaster

Clouds = Mapping[tuple[str, int], Cloudy]
"""Where rasters are cloudy, by source and slot."""
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
        given = dict(zip(list_images(sources, scene), images, strict=True))
        gives_grid = grid_file(config, sources, scene, given)
        rasters = {
            raw: stack.enter_context(
                open_source(
                    raw.source, sources[raw.source], path, picture=picture, gives_grid=gives_grid
                )
            )
            for raw, path in given.items()
            if not raw.clouds
        }
        reference = reference_image(config, sources, scene)
        assert reference is not None, "inspect has found the image that gives the grid"
        grid = propose_grid(rasters[reference], crs=config.crs, resolution=config.resolution)
        warped = {
            raw: WarpedSource(raster, grid, resampling=sources[raw.source].resampling)
            for raw, raster in rasters.items()
        }
        _describe(list(warped.values()))
        clouds = {
            (raw.source, raw.slot): stack.enter_context(
                open_clouds(raw.source, sources[raw.source], path, grid)
            )
            for raw, path in given.items()
            if raw.clouds
        }
        stacks = stack_sources(sources, scene)
        dtype = stacked_dtype([raster.dtype for raster in rasters.values()], stacks)
        check_fills(sources, dtype)
        bands = [name for stack in stacks.values() for name in stack.group.names]
        with create_raster(image, grid, dtype=dtype, bands=bands) as dataset:
            valid_pixels = _write(dataset, warped, clouds, stacks)
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
    dataset: DatasetWriter,
    warped: Mapping[RawImage, WarpedSource],
    clouds: Clouds,
    stacks: Mapping[str, Stack],
) -> int:
    """Write every window; returns the number of valid pixels."""
    height, width = dataset.height, dataset.width
    sources = [stack.source for stack in stacks.values()]
    losses = [Loss()] * len(stacks)
    size = max(BLOCK, min(4 * BLOCK, BLOCK * int((VALUES_AT_ONCE / dataset.count) ** 0.5 / BLOCK)))
    windows = list(partition(height, width, size=size))
    valid_pixels = 0
    for window in track(windows, total=len(windows), description="align"):
        parts = join_sources(
            stacks,
            {raw: _read(raw, raster, clouds, window) for raw, raster in warped.items()},
            shape=(window.height, window.width),
            dtype=np.dtype(dataset.dtypes[0]),
        )
        here = count_losses([mask for _, mask in parts])
        losses = [before + loss for before, loss in zip(losses, here, strict=True)]
        pixels, valid = join_valid(parts, sources)
        dataset.write(pixels, window=to_rasterio(window))
        dataset.write_mask(valid, window=to_rasterio(window))
        valid_pixels += int(valid.sum())
    _tell_losses(warped, stacks, losses)
    logger.info("%d of %d pixels are valid", valid_pixels, height * width)
    return valid_pixels


def _read(raw: RawImage, raster: WarpedSource, clouds: Clouds, window: Window) -> Read:
    """A window of a raster, without the pixels that its file of clouds says are of no use."""
    pixels, valid = raster.read(window)
    cloudy = clouds.get((raw.source, raw.slot))
    return (pixels, valid) if cloudy is None else (pixels, valid & ~cloudy(window))


def _tell_losses(
    warped: Mapping[RawImage, WarpedSource], stacks: Mapping[str, Stack], losses: Sequence[Loss]
) -> None:
    files = {raw.source: raster.source.path.name for raw, raster in warped.items() if not raw.slot}
    for name, loss in zip(stacks, losses, strict=True):
        if loss.pixels:
            alone = f", {loss.alone} of which all other sources hold" if len(stacks) > 1 else ""
            where = files.get(name, f"sources.{name}")
            logger.info("%s: no data in %d pixels%s", where, loss.pixels, alone)


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
