"""The choice of an engine where none is known: a race, and how far the network looks."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch

from rs_seg.algorithms.networks.normalised import NormalisedNetwork
from rs_seg.algorithms.networks.receptive_field import (
    ReceptiveField,
    measure_receptive_field,
    suggest_overlap,
)
from rs_seg.algorithms.networks.signature import bands_of_model, tile_size
from rs_seg.algorithms.networks.table import STRIDE
from rs_seg.algorithms.prediction.engines import ENGINES, EngineChoice, supported_choices
from rs_seg.algorithms.prediction.engines.torch_engine import has_gpu
from rs_seg.algorithms.prediction.trials import REFERENCE, Gate, Trial
from rs_seg.config import AccelerateConfig
from rs_seg.errors import UserError
from rs_seg.io.engine import CandidateRecord, EngineRecord, ReceptiveFieldRecord
from rs_seg.predicting.networks import read_network
from rs_seg.stages.accelerate.race import Entrant, Race, race_engines
from rs_seg.stages.accelerate.sizes import ROOM, TILE, TileSizes, choose_sizes, one_size
from rs_seg.stages.accelerate.tiles import Ground
from rs_seg.values import thread_count
from rs_seg.values.machine import processor_flags

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chosen:
    """An engine, the ONNX model that it computes, and whether there was a race."""

    record: EngineRecord
    onnx: bytes | None
    megapixels: float | None
    """Most megapixels to map for which no race is held; None: one was held."""


def choose(
    config: AccelerateConfig,
    network: str,
    ground_of: Callable[[int], Ground],
    *,
    model: Path,
    onnx: Path,
    band_count: int,
    tile: int | None,
    class_count: int,
    batch_size: int,
    maps_other_scenes: bool,
    seed: int,
) -> Chosen:
    """The fastest engine that agrees with torch in float32; the network's name is `network`.

    `ground_of` gives the tiles to compare on, by their height and width; `band_count` counts the
    bands of the images, of all their dates; `tile` is the size that the configuration names, if it
    does.

    Raises:
        UserError: this machine has no engine that the configuration allows, or none agrees.
    """
    choices = _list_choices(config)
    measured = choices != [REFERENCE]
    only_tile = tile_size(onnx.read_bytes()) if measured else None
    if measured and bands_of_model(onnx.read_bytes()) != band_count:
        choices, only_tile = _without_onnx(choices, network), None
    read = cache(lambda: read_network(model))
    sizes = _choose_sizes(read, band_count=band_count, given=tile, only=only_tile)
    ground = cache(lambda: ground_of(sizes.judging))
    race = Race(Trial(REFERENCE, agrees=True), [])
    entrant = Entrant(model, onnx, ground)
    if measured:
        race = race_engines(
            choices,
            entrant,
            Gate(config.agreement, config.miou_change),
            class_count=class_count,
            batch_size=batch_size,
            tile=sizes.racing,
            maps_other_scenes=maps_other_scenes,
        )
    tiles = _describe_tiles(network, read(), sizes, ground(), seed)
    record = _describe(network, race.chosen, race.trials, one_size=only_tile is not None, **tiles)
    computed = entrant.onnx_model(record.precision) if record.runs_onnx else None
    return Chosen(record, computed, race.megapixels)


def _list_choices(config: AccelerateConfig) -> list[EngineChoice]:
    """What the configuration allows and this machine computes."""
    supported = supported_choices(None if config.engine == "auto" else config.engine)
    choices = [choice for choice in supported if config.precision in {"auto", choice.precision}]
    if not choices:
        raise UserError(
            "this machine does not compute networks so",
            where="accelerate.engine, accelerate.precision",
            found=f"{config.engine}, {config.precision}",
            expected=f"one of {', '.join(map(str, supported))}",
            remedy="set accelerate.precision to auto, or run on a machine that has the "
            "instructions",
        )
    return choices


def _choose_sizes(
    read: Callable[[], NormalisedNetwork], *, band_count: int, given: int | None, only: int | None
) -> TileSizes:
    """Sizes of tiles; `given` by the configuration, `only` where the network takes no others."""
    if only is not None:
        return one_size(given or only)
    torch.set_num_threads(thread_count())
    return choose_sizes(read(), band_count=band_count, given=given)


def _without_onnx(choices: list[EngineChoice], network: str) -> list[EngineChoice]:
    """The choices that take images with any number of dates.

    Raises:
        UserError: there is none.
    """
    left = [choice for choice in choices if not ENGINES[choice.engine].runs_onnx]
    if not left:
        raise UserError(
            "the scenes have another number of dates than the network was exported for",
            where=f"accelerate.engine, network {network}",
            found=", ".join(sorted({choice.engine for choice in choices})),
            expected="torch, which takes any number of dates",
            remedy="set accelerate.engine to auto or torch",
        )
    logger.info(
        "%s: the scenes have another number of dates than the ONNX model: torch computes it",
        network,
    )
    return left


def _describe(
    network: str, chosen: Trial, trials: list[Trial], *, one_size: bool, **tiles: Any
) -> EngineRecord:
    program = ENGINES[chosen.choice.engine]
    return EngineRecord(
        network=network,
        engine=chosen.choice.engine,
        precision=chosen.choice.precision,
        runs_onnx=program.runs_onnx,
        one_size=one_size and program.runs_onnx,
        **tiles,
        version=program.version(),
        device="cuda" if chosen.choice.engine == "torch" and has_gpu() else "cpu",
        processor=processor_flags(),
        threads=thread_count(),
        candidates=tuple(_describe_trial(trial) for trial in trials),
    )


def _describe_tiles(
    name: str, network: NormalisedNetwork, sizes: TileSizes, ground: Ground, seed: int
) -> dict[str, Any]:
    """Size, overlap and stride of tiles, and the receptive field from which they follow.

    It is measured on a tile without invalid pixels. Where there is none, on a random one.
    """
    torch.set_num_threads(thread_count())
    side = sizes.receptive
    seen = ((pixels[:, :side, :side], valid[:side, :side]) for pixels, valid, _ in ground.judging)
    whole = next((pixels[None] for pixels, valid in seen if valid.all()), None)
    field = measure_receptive_field(network, tile=side, seed=seed, pixels_NBHW=whole)
    stride = math.lcm(field.stride, STRIDE)
    tile = sizes.prediction
    if sizes.fits_memory:
        tile = max(tile // stride, 1) * stride
        _tell_memory(name, tile, field)
    return {
        "tile": tile,
        "fits_memory": sizes.fits_memory,
        "overlap": suggest_overlap(field, tile),
        "stride": stride,
        "receptive_field": ReceptiveFieldRecord(
            radius=field.reach if field.exact else None,
            effective_radius=field.radius_90,
            support=field.support,
            reason=field.reason,
        ),
    }


def _tell_memory(network: str, tile: int, field: ReceptiveField) -> None:
    """Say that memory makes tiles small, and where they share less than half of what is wanted."""
    logger.info(
        "%s: tiles of %d pixels, within %.2f GB for each thread; of %d pixels they would take %.1f",
        network,
        tile,
        ROOM / 1e9,
        TILE,
        ROOM / 1e9 * (TILE / tile) ** 2,
    )
    shared, wanted = suggest_overlap(field, tile), suggest_overlap(field, TILE)
    if 2 * shared < wanted:
        logger.warning(
            "%s looks %d pixels far, but neighbouring tiles of %d pixels share only %d: near their "
            "edges the map may differ from one with larger tiles. Where there is more memory, set "
            "predict.tile to %d; else give fewer dates",
            network,
            field.radius_90,
            tile,
            shared,
            min(4 * wanted, TILE),
        )


def _describe_trial(trial: Trial) -> CandidateRecord:
    return CandidateRecord(
        engine=trial.choice.engine,
        precision=trial.choice.precision,
        fault=trial.fault,
        agrees=trial.agrees,
        mpix_per_s=trial.mpix_per_s,
        **(asdict(trial.agreement) if trial.agreement is not None else {}),
    )
