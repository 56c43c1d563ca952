"""What detect and detect_shard share: the plan of a scene, and its unfinished rows of tiles."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rs_seg.algorithms.detectors.detector import Detector
from rs_seg.algorithms.detectors.finding import open_detector
from rs_seg.algorithms.detectors.margins import choose_margin
from rs_seg.algorithms.objects.tile_candidates import TilePlace, join_tiles, own_candidates
from rs_seg.algorithms.prediction.applicability import band_order, check_classes, check_resolution
from rs_seg.algorithms.prediction.tiles import TileBatch, TileWork, stream_tiles
from rs_seg.algorithms.prediction.tiling import TilePlan, plan_tiles
from rs_seg.config import DetectConfig
from rs_seg.errors import UserError
from rs_seg.io.candidate_rows import CandidateRows
from rs_seg.io.raster import BLOCK, RasterReader
from rs_seg.io.work import work_key
from rs_seg.predicting import ROWS_REVISION
from rs_seg.predicting.detectors import read_detector
from rs_seg.predicting.pixels import read_bands
from rs_seg.predicting.strip_times import note_times
from rs_seg.progress import track_pixels
from rs_seg.values import ClassNames, thread_count
from rs_seg.values.candidates import Candidates
from rs_seg.values.clocks import Clocks
from rs_seg.values.grid import Grid, ground_pixel_sides, ground_pixel_size
from rs_seg.values.machine import limit_raster_cache

if TYPE_CHECKING:
    from rs_seg.algorithms.networks import NormalisedNetwork
    from rs_seg.io.model_description import ModelDescription

STRIDE = 32
"""Tiles begin at multiples of it: detectors then see the pixels on the same lattice in all of them.
"""
LARGER = 1.5
"""Objects of scenes may be so much larger than those of training."""
SPARE_CACHE = 16
"""Megabytes that GDAL may keep besides the rows of the image that are read at once."""

logger = logging.getLogger(__name__)


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
    plan: TilePlan
    store: CandidateRows

    @property
    def tile_rows(self) -> tuple[int, ...]:
        """All rows of tiles, from the top."""
        return tuple(range(len(self.plan.rows.origins)))

    def core_rows(self, tile_row: int) -> tuple[int, int]:
        """First row of the scene of the cores of a row of tiles, and the one after the last."""
        return self.plan.rows.cores[tile_row]


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
        pixel_size = ground_pixel_size(reader.grid)
        check_resolution(description.resolution_m, pixel_size, where=image)
        order = band_order(description.bands, reader.bands, where=image)
        plan = _plan(config, reader.grid, description, network)
        # the mask has one byte for each pixel
        rows_read = BLOCK * reader.width * (len(reader.bands) * reader.dtype.itemsize + 1)
        limit_raster_cache(SPARE_CACHE + rows_read // 1_000_000)
    settings = {"least": config.least, "batch_size": config.batch_size}
    tiling = [(axis.tile, axis.overlap) for axis in (plan.rows, plan.columns)]
    folder = strips / work_key([ROWS_REVISION, settings, tiling, object_names], [model, image])
    store = CandidateRows(folder)
    return Detection(config, object_names, description, network, image, order, plan, store)


def finish_rows(detection: Detection, tile_rows: Sequence[int], *, description: str) -> None:
    """Compute and keep those of the rows of tiles that are not finished yet."""
    missing = [row for row in tile_rows if not detection.store.has(*detection.core_rows(row))]
    if len(missing) < len(tile_rows):
        finished = len(tile_rows) - len(missing)
        text = "%s: %d of %d rows of tiles were finished before"
        logger.info(text, description, finished, len(tile_rows))
    if not missing:
        return
    work = open_detector(
        detection.network,
        least=detection.config.least,
        workers=thread_count(),
        batch_size=detection.config.batch_size,
    )
    logger.info("%s: %d threads", description, work.workers)
    pixels = sum(_core_pixels(detection, row) for row in missing)
    start = Clocks.now()
    with (
        RasterReader(detection.image) as reader,
        track_pixels(pixels, description=description) as advance,
    ):
        for run in _neighbours(missing):
            start = _finish_run(detection, run, reader, work, advance=advance, start=start)


def join_rows(detection: Detection) -> Candidates:
    """The candidates of the scene, best first: the same however the work was cut."""
    cores = [detection.core_rows(row) for row in detection.tile_rows]
    joined = join_tiles([detection.store.read(*core) for core in cores])
    logger.info("detect: %d candidates", len(joined))
    cut = sum(detection.store.count_cut(*core) for core in cores)
    if cut:
        overlap = detection.plan.rows.overlap
        logger.warning(
            "detect: %d candidates reach over the edge of every tile that sees them and may not be "
            "whole: neighbouring tiles share %d pixels; set detect.largest or detect.margin to the "
            "size of the largest objects, and detect.tile to four times that",
            cut,
            overlap,
        )
    return joined


def _plan(
    config: DetectConfig, grid: Grid, description: ModelDescription, network: NormalisedNetwork
) -> TilePlan:
    """Tiles whose cores lie as far inside as the detector needs."""
    margin = config.margin
    if margin is None:
        largest = _largest(config, description) / min(ground_pixel_sides(grid))
        detector = _detector(network)
        margin = choose_margin(
            detector, bands=len(description.bands), tile=config.tile, largest=largest
        )
        if largest > margin and not detector.is_dense:
            logger.warning(
                "detect: objects of %.0f pixels do not fit into the margin of %d pixels that tiles "
                "of %d pixels have; where they are cut, raise detect.tile to %d",
                largest,
                margin,
                config.tile,
                -(-4 * int(largest + 1) // STRIDE) * STRIDE,
            )
    if 2 * margin > config.tile - STRIDE:
        raise UserError(
            "tiles are too small for their margin",
            where="detect.margin",
            found=f"tiles of {config.tile} pixels, a margin of {margin} on each side",
            expected=f"a margin of {(config.tile - STRIDE) // 2} pixels at most",
            remedy=f"set detect.tile to {-(-4 * margin // STRIDE) * STRIDE}, or detect.margin to "
            "null",
        )
    plan = plan_tiles(
        grid.height,
        grid.width,
        tile=config.tile,
        overlap=2 * margin,
        stride=STRIDE,
        join="crop",
    )
    text = "detect: %d x %d tiles of %d x %d pixels, a margin of %d"
    axes = plan.rows, plan.columns
    counts, sizes = (len(axis.origins) for axis in axes), (axis.tile for axis in axes)
    logger.info(text, *counts, *sizes, margin)
    return plan


def _detector(network: NormalisedNetwork) -> Detector:
    """What finds objects in normalised pixels."""
    detector = network.layers
    assert isinstance(detector, Detector)
    return detector


def _largest(config: DetectConfig, description: ModelDescription) -> float:
    """Longest side of an object in ground metres."""
    if config.largest is not None:
        return config.largest
    return LARGER * (description.largest_m or 0.0)


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
    run: range,
    reader: RasterReader,
    work: TileWork[list[Candidates]],
    *,
    advance: Callable[[float], None],
    start: Clocks,
) -> Clocks:
    """Compute and keep neighbouring rows of tiles; returns the time of the end."""
    read = read_bands(reader, detection.band_order)
    stream = stream_tiles(detection.plan, run, read=read, work=work, beyond="nothing")
    parts: list[Candidates] = []
    cut = 0
    with closing(stream) as batches:
        for batch, found in batches:
            for candidates, cut_here in _own(detection, batch, found or []):
                parts.append(candidates)
                cut += cut_here
            advance(batch.share * _core_pixels(detection, batch.row))
            if batch.ends_row:
                core = detection.core_rows(batch.row)
                detection.store.write(*core, join_tiles(parts), cut=cut)
                start = note_times(detection.store.folder, core[0], start)
                parts, cut = [], 0
    return start


def _own(
    detection: Detection, batch: TileBatch, found: Sequence[Candidates]
) -> list[tuple[Candidates, int]]:
    """What belongs to each tile of a batch, with codes of the legend, and how much is cut."""
    codes = detection.object_names.codes
    owned = []
    for column, candidates, valid_HW in zip(batch.columns, found, batch.valid, strict=True):
        place = TilePlace(detection.plan, batch.row, column, valid_HW)
        mine, cut = own_candidates(candidates, place)
        owned.append((mine.with_codes(codes), cut))
    return owned


def _core_pixels(detection: Detection, tile_row: int) -> int:
    top, bottom = detection.core_rows(tile_row)
    return (bottom - top) * detection.plan.width
