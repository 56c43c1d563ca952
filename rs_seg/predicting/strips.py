"""What predict and predict_shard share: the plan of a scene, and its unfinished strips."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rs_seg.algorithms.prediction.applicability import check_classes, check_resolution
from rs_seg.algorithms.prediction.engine import Engine
from rs_seg.algorithms.prediction.stream import stream_strips
from rs_seg.algorithms.prediction.tiling import FIT, SHRINK, Join, Strip, TilePlan, plan_tiles
from rs_seg.algorithms.prediction.views import augment_forward
from rs_seg.config import PredictConfig
from rs_seg.errors import UserError
from rs_seg.io.engine import ONNX, EngineRecord, read_engine
from rs_seg.io.model import read_description
from rs_seg.io.model_description import ModelDescription
from rs_seg.io.raster import BLOCK, RasterReader
from rs_seg.io.strips import StripStore
from rs_seg.io.work import work_key
from rs_seg.predicting import STRIPS_REVISION
from rs_seg.predicting.engines import open_recorded
from rs_seg.predicting.pixels import read_bands
from rs_seg.predicting.strip_times import note_times
from rs_seg.progress import track_pixels
from rs_seg.scenes.model_bands import place_bands
from rs_seg.values import ClassNames
from rs_seg.values.clocks import Clocks
from rs_seg.values.grid import ground_resolution
from rs_seg.values.machine import limit_raster_cache
from rs_seg.values.probabilities import NODATA

PIXELWISE_TILE = 512
"""Height and width of the tiles of a method that looks at single pixels."""

SPARE_CACHE = 16
"""Megabytes that GDAL may keep besides rows of the image and one strip of the map."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prediction:
    """Everything about the prediction of one scene by one model, before a pixel is computed."""

    config: PredictConfig
    class_names: ClassNames
    model: Path
    engine: Path | None
    image: Path
    band_order: list[int]
    """Positions in the image of the bands of the model."""
    bands: tuple[str, ...]
    """Names of these bands."""
    record: EngineRecord | None
    plan: TilePlan
    strips: tuple[Strip, ...]
    store: StripStore
    withheld: tuple[int, ...] = ()
    """Positions, among the bands of the model, of those that it sees as 0 everywhere."""


def plan_prediction(
    config: PredictConfig,
    class_names: ClassNames,
    *,
    model: Path,
    engine: Path | None,
    image: Path,
    strips: Path,
    withheld: Sequence[str] = (),
) -> Prediction:
    """The plan, once model, engine and image are known to fit.

    `strips` is the folder of unfinished work. Bands that are `withheld` are seen as 0 everywhere.

    Raises:
        UserError: they do not fit one another or the configuration.
    """
    description = read_description(model)
    if engine is None and description.kind == "convolutional":
        raise UserError(
            "a network of layers needs an engine",
            where=model,
            found="no --engine",
            expected="the folder that the accelerate stage makes",
            remedy="run `rs-seg accelerate` on the model first, and name its folder with --engine",
        )
    record = read_engine(engine) if engine is not None else None
    with RasterReader(image) as reader:
        order = _check(description, class_names, reader, model)
        plan = (
            _plan_pixelwise(config, reader, description)
            if record is None
            else _plan_tiles(config, reader, record, engine)
        )
        grid = reader.grid
        names = tuple(reader.bands[position] for position in order)
        planned = plan.strips(align=BLOCK)
        # the mask has one byte for each pixel
        rows_read = BLOCK * reader.width * (len(reader.bands) * reader.dtype.itemsize + 1)
        written = max(strip.height for strip in planned) * reader.width * len(class_names)
        limit_raster_cache(SPARE_CACHE + (rows_read + written) // 1_000_000)
    settings = config.model_dump(exclude={"shards", "shard_megapixels", "batch_size"})
    chosen = (
        record.model_dump(include={"engine", "precision", "tile", "overlap"})
        if record is not None
        else None
    )
    files = [image, _weights_of(model, engine, record)]
    decisive = [STRIPS_REVISION, settings, config.batch_size, chosen, class_names, description]
    # a list of its own only where there is one: unfinished work of older runs stays
    folder = strips / work_key([*decisive, *([[*withheld]] if withheld else [])], files)
    store = StripStore(folder, grid, class_names.names, NODATA)
    return Prediction(
        config,
        class_names,
        model,
        engine,
        image,
        order,
        names,
        record,
        plan,
        planned,
        store,
        tuple(map(names.index, withheld)),
    )


def _weights_of(model: Path, engine: Path | None, record: EngineRecord | None) -> Path:
    """The file whose tensors are computed: of a model whose engine runs ONNX no others are read."""
    runs_onnx = record is not None and record.runs_onnx
    return engine / ONNX if engine is not None and runs_onnx else model


def finish_strips(prediction: Prediction, strips: Sequence[Strip], *, description: str) -> None:
    """Compute and keep those of the strips that are not finished yet."""
    missing = [strip for strip in strips if not prediction.store.has(strip.row, strip.height)]
    if len(missing) < len(strips):
        finished = len(strips) - len(missing)
        logger.info("%s: %d of %d strips were finished before", description, finished, len(strips))
    if not missing:
        return
    start = Clocks.now()
    engine = _open_engine(prediction)
    pixels = sum(strip.height for strip in missing) * prediction.plan.width
    with (
        RasterReader(prediction.image) as reader,
        track_pixels(pixels, description=description) as advance,
        closing(
            stream_strips(
                prediction.plan,
                missing,
                class_count=len(prediction.class_names),
                read=read_bands(reader, prediction.band_order, withheld=prediction.withheld),
                engine=engine,
                advance=advance,
            )
        ) as stream,
        ThreadPoolExecutor(1, thread_name_prefix="write") as writer,
    ):
        writing: Future[None] | None = None
        for strip, bytes_ in stream:
            if writing is not None:
                writing.result()  # at most one strip waits to be written
            writing = writer.submit(prediction.store.write, strip.row, bytes_)
            start = note_times(prediction.store.folder, strip.row, start)
        assert writing is not None
        writing.result()


def _check(
    description: ModelDescription, class_names: ClassNames, reader: RasterReader, model: Path
) -> list[int]:
    """The positions of the model's bands in the image, once everything else fits too."""
    check_classes(description.classes, class_names, where=model)
    check_resolution(description.resolution_m, ground_resolution(reader.grid), where=reader.path)
    return place_bands(description, reader.bands, where=reader.path)


def _plan_pixelwise(
    config: PredictConfig, reader: RasterReader, description: ModelDescription
) -> TilePlan:
    """Tiles that overlap as far as features look, and are cropped: any size makes the same map.

    The map is the same to the bit. Tiles are at least four times as large as the reach of the
    features, so that no more than three quarters of the work are done twice.
    """
    # here and below, because networks do without the machine code of these methods
    from rs_seg.predicting.pixelwise import recipe_of_model

    reach = recipe_of_model(description).reach
    tile = max(config.tile or PIXELWISE_TILE, 4 * reach)
    return plan_tiles(reader.height, reader.width, tile=tile, overlap=2 * reach, join="crop")


def _plan_tiles(
    config: PredictConfig, reader: RasterReader, record: EngineRecord, engine: Path | None
) -> TilePlan:
    """Tiles as configured, else near the size that the engine was chosen for."""
    tile = config.tile or _default_tile(record, config.scales)
    if record.one_size and (tile != record.tile or config.scales != (1.0,)):
        raise UserError(
            "this engine computes tiles of one size only",
            where="predict.tile, predict.scales",
            found=f"tiles of {tile} pixels, scales {', '.join(map(str, config.scales))}",
            expected=f"tiles of {record.tile} pixels, scale 1",
            remedy="set both to null and [1.0], or accelerate.engine to torch",
        )
    if tile % record.stride:
        raise UserError(
            "the network cannot compute tiles of this size",
            where="predict.tile",
            found=f"{tile} pixels",
            expected=f"a multiple of {record.stride}, the network's stride",
            remedy=f"set predict.tile to {-(-tile // record.stride) * record.stride}, or to null",
        )
    overlap = _exact_overlap(record, engine) if config.join == "exact" else config.overlap
    if overlap is None:
        overlap = min(record.overlap, tile // 4)
    if 2 * overlap > tile and tile < max(reader.height, reader.width):
        raise UserError(
            "tiles are too small for the overlap",
            found=f"tiles of {tile} pixels, overlap of {overlap}",
            expected="an overlap of half a tile at most",
            remedy=f"set predict.tile to {-(-2 * overlap // 256) * 256} or more",
        )
    join: Join = "blend" if config.join == "blend" else "crop"
    return plan_tiles(
        reader.height,
        reader.width,
        tile=tile,
        overlap=overlap,
        stride=record.stride,
        join=join,
        fit=None if config.tile or record.one_size else SHRINK if record.fits_memory else FIT,
        one_size=record.one_size,
    )


def _default_tile(record: EngineRecord, scales: Sequence[float]) -> int:
    """The size that the engine was chosen for; smaller if memory holds no enlarged tile of it."""
    if not record.fits_memory:
        return record.tile
    return max(int(record.tile / max(1.0, *scales)) // record.stride, 1) * record.stride


def _exact_overlap(record: EngineRecord, engine: Path | None) -> int:
    """Twice the receptive field, so that the cores of tiles see nothing but pixels.

    Raises:
        UserError: the network looks at whole tiles.
    """
    radius = record.receptive_field.radius
    if radius is None:
        raise UserError(
            "this network cannot be tiled exactly",
            where=engine,
            found=record.receptive_field.reason
            or "a result that depends on the whole tile, however large",
            expected="a receptive field with an end, for predict.join: exact",
            remedy="set predict.join to blend or crop, or train a network such as unet",
        )
    return 2 * -(-radius // record.stride) * record.stride


def _open_engine(prediction: Prediction) -> Engine:
    """The engine, with test-time augmentation around it where that is asked for."""
    config, record = prediction.config, prediction.record
    if record is None or prediction.engine is None:
        from rs_seg.predicting.pixelwise import open_pixelwise

        return open_pixelwise(prediction.model, prediction.bands)
    engine = open_recorded(
        prediction.model, prediction.engine, record, batch_size=config.batch_size
    )
    logger.info("predict: %s %s, %d threads", record.engine, record.precision, engine.workers)
    forward = augment_forward(
        engine.forward, symmetries=config.symmetries, scales=config.scales, multiple=record.stride
    )
    return Engine(forward, engine.workers, engine.batch_size)
