"""What detect and detect_shard share: the plan of a scene, and its unfinished rows of tiles."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rs_seg.algorithms.detectors.detector import Detector
from rs_seg.algorithms.detectors.finding import open_detector
from rs_seg.algorithms.objects.tile_candidates import (
    TilePlace,
    enlarge,
    join_tiles,
    own_candidates,
)
from rs_seg.algorithms.prediction.applicability import band_order, check_classes, check_resolution
from rs_seg.algorithms.prediction.tiles import TileBatch, TileWork, stream_tiles
from rs_seg.algorithms.prediction.tiling import share_strips
from rs_seg.config import DetectConfig
from rs_seg.io.raster import BLOCK, RasterReader
from rs_seg.io.work import work_key
from rs_seg.predicting import ROWS_REVISION
from rs_seg.predicting.detectors import read_detector
from rs_seg.predicting.pixels import read_bands, shrink_bands
from rs_seg.predicting.search_scales import SearchScale, plan_scales
from rs_seg.predicting.strip_times import note_times
from rs_seg.progress import track_pixels
from rs_seg.values import ClassNames, Shard, thread_count
from rs_seg.values.candidates import Candidates
from rs_seg.values.clocks import Clocks
from rs_seg.values.grid import ground_resolution
from rs_seg.values.machine import limit_raster_cache

if TYPE_CHECKING:
    from rs_seg.algorithms.networks import NormalisedNetwork
    from rs_seg.io.model_description import ModelDescription

SPARE_CACHE = 16
"""Megabytes that GDAL may keep besides the rows of the image that are read at once."""

logger = logging.getLogger(__name__)


TileRows = Sequence[tuple[SearchScale, Sequence[int]]]
"""Scales of a search, each with some of its rows of tiles."""
WHOLE = Shard(1, 1)


@dataclass(frozen=True)
class Detection:
    """Everything about the search of one scene by one detector, before a pixel is computed."""

    config: DetectConfig
    object_names: ClassNames
    description: ModelDescription
    network: NormalisedNetwork
    image: Path
    band_order: list[int]
    """Positions in the image of the bands of the model."""
    shape: tuple[int, int]
    """Rows and columns of the scene."""
    scales: tuple[SearchScale, ...]
    """The finest first."""
    folder: Path
    """Where unfinished work lies."""

    def share_rows(self, shard: Shard = WHOLE) -> TileRows:
        """The rows of tiles of a shard, a part of those of each scale."""
        return [
            (scale, share_strips(scale.tile_rows, index=shard.index, of=shard.count))
            for scale in self.scales
        ]


def plan_detection(
    config: DetectConfig, object_names: ClassNames, *, model: Path, image: Path, strips: Path
) -> Detection:
    """The plan, once model and image are known to fit.

    `strips` is the folder of unfinished work.

    Raises:
        UserError: they do not fit one another or the configuration.
    """
    description, network = read_detector(model)
    with RasterReader(image) as reader:
        check_classes(description.classes, object_names, where=model)
        pixel_size = ground_resolution(reader.grid)
        check_resolution(description.resolution_m, pixel_size, where=image)
        order = band_order(description.bands, reader.bands, where=image)
        scales = plan_scales(config, reader.grid, description, network)
        shape = reader.height, reader.width
        # the mask has one byte for each pixel
        rows_read = BLOCK * reader.width * (len(reader.bands) * reader.dtype.itemsize + 1)
        limit_raster_cache(SPARE_CACHE + rows_read // 1_000_000)
    settings = {"least": config.least, "batch_size": config.batch_size}
    tiling = [
        (
            scale.factor,
            [(axis.tile, axis.overlap) for axis in (scale.plan.rows, scale.plan.columns)],
        )
        for scale in scales
    ]
    folder = strips / work_key([ROWS_REVISION, settings, tiling, object_names], [model, image])
    return Detection(
        config, object_names, description, network, image, order, shape, scales, folder
    )


def finish_rows(detection: Detection, chosen: TileRows, *, description: str) -> None:
    """Compute and keep those of the rows of tiles that are not finished yet."""
    missing = [(scale, _find_missing(detection, scale, rows)) for scale, rows in chosen]
    count, left = (sum(len(rows) for _, rows in listed) for listed in (chosen, missing))
    if left < count:
        text = "%s: %d of %d rows of tiles were finished before"
        logger.info(text, description, count - left, count)
    if not left:
        return
    work = open_detector(
        detection.network,
        least=detection.config.least,
        workers=thread_count(),
        batch_size=detection.config.batch_size,
    )
    logger.info("%s: %d threads", description, work.workers)
    pixels = sum(scale.core_pixels(row) for scale, rows in missing for row in rows)
    start = Clocks.now()
    with (
        RasterReader(detection.image) as reader,
        track_pixels(pixels, description=description) as advance,
    ):
        for scale, rows in missing:
            for run in _neighbours(rows):
                start = _finish_run(
                    detection, scale, run, reader, work, advance=advance, start=start
                )
    layers = detection.network.layers
    if isinstance(layers, Detector) and layers.left_out:
        text = "%s: %d proposals were not looked at: their number in a tile has a limit"
        logger.warning(text, description, layers.left_out)


def join_rows(detection: Detection) -> tuple[Candidates, int]:
    """The candidates of the scene, best first: the same however the work was cut.

    And how many of them may not be whole, because every tile that sees them cuts them.
    """
    parts, cut = [], 0
    for scale in detection.scales:
        store, cores = scale.rows_in(detection.folder), map(scale.core_rows, scale.tile_rows)
        parts += [store.read(*core) for core in cores]
        cut += _count_cut(detection, scale)
    joined = join_tiles(parts)
    logger.info("detect: %d candidates", len(joined))
    return joined, cut


def list_work(detection: Detection) -> Iterator[tuple[Path, int]]:
    """Folder and first row of each row of tiles, by which its times are noted."""
    for scale in detection.scales:
        folder = scale.rows_in(detection.folder).folder
        yield from ((folder, scale.core_rows(row)[0]) for row in scale.tile_rows)


def _count_cut(detection: Detection, scale: SearchScale) -> int:
    """Candidates that tiles of a scale cut and no coarser scale sees whole; the log has them."""
    store = scale.rows_in(detection.folder)
    cut = sum(store.count_cut(*scale.core_rows(row)) for row in scale.tile_rows)
    if cut and scale.drops_cut:
        logger.info(
            "detect: %d candidates at scale %g reach over the edge of every tile that sees them "
            "and are left to coarser scales",
            cut,
            1 / scale.factor,
        )
        return 0
    if cut:
        logger.warning(
            "detect: %d candidates reach over the edge of every tile that sees them and may not be "
            "whole: neighbouring tiles share %d pixels; set detect.largest or detect.margin to the "
            "size of the largest objects, and detect.tile to four times that",
            cut,
            scale.plan.rows.overlap,
        )
    return cut


def _find_missing(detection: Detection, scale: SearchScale, rows: Sequence[int]) -> list[int]:
    store = scale.rows_in(detection.folder)
    return [row for row in rows if not store.has(*scale.core_rows(row))]


def _neighbours(tile_rows: Sequence[int]) -> list[range]:
    """The rows of tiles in runs without gaps: the rows of the image between them are read once."""
    runs: list[range] = []
    for row in tile_rows:
        if runs and runs[-1].stop == row:
            runs[-1] = range(runs[-1].start, row + 1)
        else:
            runs.append(range(row, row + 1))
    return runs


def _finish_run(
    detection: Detection,
    scale: SearchScale,
    run: range,
    reader: RasterReader,
    work: TileWork[list[Candidates]],
    *,
    advance: Callable[[float], None],
    start: Clocks,
) -> Clocks:
    """Compute and keep neighbouring rows of tiles; returns the time of the end."""
    read = shrink_bands(read_bands(reader, detection.band_order), *detection.shape, scale.factor)
    store = scale.rows_in(detection.folder)
    stream = stream_tiles(scale.plan, run, read=read, work=work, beyond="nothing")
    parts: list[Candidates] = []
    cut = 0
    with closing(stream) as batches:
        for batch, found in batches:
            for candidates, cut_here in _own(detection, scale, batch, found or []):
                parts.append(candidates)
                cut += cut_here
            advance(batch.share * scale.core_pixels(batch.row))
            if batch.ends_row:
                core = scale.core_rows(batch.row)
                store.write(*core, join_tiles(parts), cut=cut)
                start = note_times(store.folder, core[0], start)
                parts, cut = [], 0
    return start


def _own(
    detection: Detection, scale: SearchScale, batch: TileBatch, found: Sequence[Candidates]
) -> list[tuple[Candidates, int]]:
    """What belongs to each tile of a batch, in pixels of the scene, and how much of it is cut.

    With codes of the legend, and without what other scales see better.
    """
    codes = detection.object_names.codes
    owned = []
    for column, candidates, valid_HW in zip(batch.columns, found, batch.valid, strict=True):
        place = TilePlace(scale.plan, batch.row, column, valid_HW)
        mine, are_cut = own_candidates(candidates, place)
        is_long = (mine.boxes[:, 2:] - mine.boxes[:, :2]).max(axis=1) >= scale.least_side
        mine, are_cut = mine.take(is_long), are_cut[is_long]
        if scale.drops_cut:
            mine = mine.take(~are_cut)
        mine = enlarge(mine, scale.factor, *detection.shape)
        owned.append((mine.with_codes(codes), int(are_cut.sum())))
    return owned
