"""The work of `refine`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rs_seg.algorithms.refining.decide import most_probable
from rs_seg.config import Argmax, RefinementConfig
from rs_seg.io.documents import write_document
from rs_seg.io.pairs import check_same_grid
from rs_seg.io.parameters import read_parameters
from rs_seg.io.raster import BLOCK as TILE
from rs_seg.io.raster import RasterReader, create_raster, to_rasterio
from rs_seg.predicting.probabilities import check_bands
from rs_seg.progress import track
from rs_seg.refining.blocks import Block, Refined, refine_block, window_around
from rs_seg.refining.pixels import BLOCK, contrasting, read_pixels
from rs_seg.refining.workers import compute_in_order
from rs_seg.scenes.values import read_values
from rs_seg.stages.refine.record import Record
from rs_seg.values import (
    InPath,
    InPaths,
    Legend,
    OutPath,
    Window,
    partition,
    quantize,
    thread_count,
)
from rs_seg.values.band_groups import BandGroup
from rs_seg.values.machine import limit_raster_cache
from rs_seg.values.probabilities import FULL, NODATA

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPARE_CACHE, MOST_CACHE = 16, 256
"""Megabytes that GDAL may keep besides what rows of blocks share, and of that, where nothing
depends on it."""
WRITTEN_BYTES = 3
"""Bytes of a pixel in the files that are written: a code of at most two, and the confidence."""


def refine(
    refinement: RefinementConfig,
    legend: Legend,
    band_groups: tuple[BandGroup, ...] = (),
    *,
    probabilities: InPath,
    image: InPath,
    parameters: InPaths,
    values: InPath | None = None,
    classes: OutPath,
    confidence: OutPath,
    changes: OutPath,
) -> None:
    """See the signature."""
    refinement = _with_parameters(refinement, parameters)
    names, map_legend = legend.class_names, refinement.map_legend(legend)
    map_names = map_legend.class_names
    record = Record(refinement, names)
    with RasterReader(probabilities) as network, RasterReader(image) as picture:
        check_bands(network, names)
        check_same_grid(network, picture)
        cores = _cut(refinement, network)
        limit_raster_cache(_cache_megabytes(refinement, network, picture))
        refined_blocks = compute_in_order(
            partial(refine_block, refinement),
            _read_blocks(refinement, cores, network, picture, band_groups),
            count=len(cores),
            workers=thread_count(),
        )
        with (
            create_raster(
                classes,
                network.grid,
                dtype=map_names.dtype,
                bands=["class"],
                nodata=map_names.nodata,
                colormap=map_legend.colormap(),
                names=dict(zip(map_names.codes, map_names.names, strict=True)),
            ) as class_raster,
            create_raster(
                confidence, network.grid, dtype="uint8", bands=["confidence"], nodata=NODATA
            ) as confidence_raster,
        ):
            for block, refined in track(refined_blocks, total=len(cores), description="refine"):
                before = _classes_before(refinement, block, refined)
                record.add(block, refined, before[block.inner])
                indices, coded = (
                    refined.labels[block.inner].copy(),
                    quantize(refined.confidence[block.inner]),
                )
                unsure = (indices >= 0) & (coded < FULL * (refinement.abstain or 0))
                record.add_abstained(int(unsure.sum()))
                indices[unsure] = len(names)
                class_raster.write(map_names.encode(indices), 1, window=to_rasterio(block.core))
                confidence_raster.write(coded, 1, window=to_rasterio(block.core))
    record.log()
    write_document(
        changes, record.describe(() if values is None else read_values(values)["warnings"])
    )


def _with_parameters(refinement: RefinementConfig, parameters: list[InPath]) -> RefinementConfig:
    """The refinement with the parameters that a search has chosen, where there was one."""
    if not parameters:
        return refinement
    tuned = read_parameters(parameters[0])
    return refinement.model_copy(update=tuned["chosen"])


def _cut(refinement: RefinementConfig, network: RasterReader) -> list[Window]:
    return list(partition(network.height, network.width, size=_block_size(refinement)))


def _block_size(refinement: RefinementConfig) -> int:
    return BLOCK if isinstance(refinement, Argmax) else refinement.block


def _cache_megabytes(
    refinement: RefinementConfig, network: RasterReader, picture: RasterReader
) -> int:
    """What GDAL may keep: the tiles under a row of blocks, so that shared ones are read once.

    Blocks of whole tiles without an overlap share none: those under one block are enough. Where
    blocks end within tiles, half of a tile waits for the next row: written twice, it would be in
    the file twice.
    """
    size, overlap = _block_size(refinement), getattr(refinement, "overlap", 0)
    shared = bool(overlap or size % TILE)
    values = len(network.bands) + len(picture.bands) * picture.dtype.itemsize + 2 + WRITTEN_BYTES
    rows: int = size + 2 * overlap + 2 * TILE
    wanted: int = rows * (network.width + 2 * TILE if shared else size) * values // 1_000_000
    return SPARE_CACHE + (wanted if size % TILE else min(wanted, MOST_CACHE))


def _classes_before(
    refinement: RefinementConfig, block: Block, refined: Refined
) -> NDArray[np.int64]:
    """The most probable class of each pixel (H, W), which may be the result itself."""
    if isinstance(refinement, Argmax):
        return refined.labels
    return most_probable(block.probabilities, block.valid)[0]


def _read_blocks(
    refinement: RefinementConfig,
    cores: list[Window],
    network: RasterReader,
    picture: RasterReader,
    groups: Sequence[BandGroup],
) -> Iterator[Block]:
    bands = contrasting(picture, refinement, groups=groups) if refinement.looks_at_image else None
    for core in cores:
        window = window_around(refinement, core, height=network.height, width=network.width)
        yield Block(
            core,
            window,
            *read_pixels(network, picture, window),
            None if bands is None else bands(window),
        )
