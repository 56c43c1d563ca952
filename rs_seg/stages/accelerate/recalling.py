"""Engines that this machine has chosen for the same model before: taken again where they agree.

No torch is loaded here: that alone takes longer than all the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.prediction.agreement import Agreement, Comparison, measure_agreement
from rs_seg.algorithms.prediction.engines import ENGINES, EngineChoice, open_engine
from rs_seg.config import AccelerateConfig
from rs_seg.errors import UserError
from rs_seg.io.engine import EngineRecord
from rs_seg.io.engine_memory import RememberedEngine, recall_engine
from rs_seg.predicting.engines import source_of
from rs_seg.stages.accelerate.tiles import JUDGING_TILE, Ground
from rs_seg.values import thread_count
from rs_seg.values.checksums import sha256
from rs_seg.values.machine import processor_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.algorithms.prediction.engine import Engine

LIGHT = EngineChoice("onnxruntime", "float32")
"""What stands for torch in float32, which takes longer to start than all the rest."""
TILES, TILE = 4, 256
"""How many tiles labels are compared on again, and their height and width."""
GPU = Path("/dev/nvidiactl")
"""There where a GPU of NVIDIA is: torch then computes on it, and there is little to choose."""

logger = logging.getLogger(__name__)


def describe_choice(
    model: Path,
    config: AccelerateConfig,
    *,
    band_count: int,
    prediction_tile: int | None,
    batch_size: int,
) -> list[object]:
    """All that the choice of an engine depends on, besides the tiles that labels are compared on.

    Images have `band_count` bands, those of all their dates. The number of threads is left out: it
    changes speeds, hardly their order.
    """
    return [
        sha256(model),
        processor_name(),
        [_find_version(name) for name in ENGINES],
        config.model_dump(mode="json"),
        band_count,
        prediction_tile,
        batch_size,
    ]


def recall(
    chosen_for: list[object],
    config: AccelerateConfig,
    network: str,
    ground_of: Callable[[int], Ground],
    *,
    model: Path,
    onnx: Path,
    class_count: int,
    maps_other_scenes: bool,
) -> tuple[EngineRecord, bytes | None] | None:
    """The engine that was chosen before for the same, and its ONNX model, if labels still agree.

    `ground_of` gives the tiles to compare on, by their height and width. None where nothing is
    known, where it was chosen without a race and there is more to map now, or where too many labels
    on a few tiles of these images differ from those of the ONNX model in float32.
    """
    known = None if GPU.exists() else recall_engine(chosen_for)
    if known is None or known.record.device != "cpu":
        return None
    tile = known.record.tile
    tiles = ground_of(tile if known.record.one_size else min(tile, JUDGING_TILE))
    if known.megapixels is not None and (maps_other_scenes or tiles.megapixels > known.megapixels):
        return None
    choice = EngineChoice(known.record.engine, known.record.precision)
    agreement = None
    if choice != LIGHT:
        agreement = _compare(known, tiles, model=model, onnx=onnx, class_count=class_count)
        if agreement is None or not agreement.labels_equal >= config.agreement:
            told = "it computes nothing" if agreement is None else agreement.describe()
            logger.info("%s was chosen here before, but now: %s", choice, told)
            return None
    logger.info(
        "%s computes the network, as this machine chose before%s",
        choice,
        "" if agreement is None else f"; on tiles of this scene {agreement.describe()}",
    )
    record = known.record.model_copy(update={"recalled": True, "network": network})
    computed = known.onnx if record.precision == "int8" else onnx.read_bytes()
    return record, computed if record.runs_onnx else None


def _compare(
    known: RememberedEngine, ground: Ground, *, model: Path, onnx: Path, class_count: int
) -> Agreement | None:
    """How far labels agree on a few tiles; None where one of both cannot compute them."""
    choice = EngineChoice(known.record.engine, known.record.precision)
    own = onnx.read_bytes()

    def open_choice(chosen: EngineChoice, computed: bytes | None) -> Engine:
        source = source_of(model, lambda: own if computed is None else computed)
        return open_engine(chosen, source, workers=thread_count(), batch_size=1)

    side = known.record.tile if known.record.one_size else TILE
    try:
        engines = open_choice(LIGHT, None), open_choice(choice, known.onnx)
        return measure_agreement(_compute(engines, ground, side), class_count=class_count)
    except UserError as error:
        logger.info("%s", error)
        return None


def _compute(engines: tuple[Engine, Engine], ground: Ground, side: int) -> Iterator[Comparison]:
    for number in range(min(TILES, len(ground.judging))):
        pixels, valid, _ = ground.judging[number]
        tile: NDArray[np.float32] = np.ascontiguousarray(pixels[None, :, :side, :side])
        reference, candidate = (engine.forward(tile)[0] for engine in engines)
        yield reference, candidate, valid[:side, :side], None


def _find_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
