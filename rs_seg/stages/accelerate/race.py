"""The race of engines for a network: on which tiles, and what this machine knows of it already."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.networks.quantization import quantize_onnx
from rs_seg.algorithms.networks.signature import architecture_signature
from rs_seg.algorithms.prediction.engines import ENGINES, EngineChoice, Source, open_engine
from rs_seg.algorithms.prediction.engines.torch_engine import device_name
from rs_seg.algorithms.prediction.trials import (
    REFERENCE,
    Gate,
    Trial,
    choose_engine,
    describe_failure,
    measure_speeds,
    recall_speeds,
)
from rs_seg.errors import UserError
from rs_seg.io.engine_speeds import keep_speeds, read_speeds
from rs_seg.predicting.engines import source_of
from rs_seg.stages.accelerate.tiles import Ground
from rs_seg.values import thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.algorithms.prediction.engine import Engine

RACE_TILES = 2
"""Different tiles that speeds are measured on."""
WORTH_A_RACE = 10.0
"""Seconds of prediction by the reference below which speeds are not measured: that takes as long.
"""
LIGHT = ("onnxruntime", "float32")
"""What is taken then: of all engines it starts in the least time, many times less than torch."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Race:
    """The engine that is taken, what is known of all of them, and whether speeds were measured."""

    chosen: Trial
    trials: list[Trial]
    megapixels: float | None = None
    """Most megapixels to map for which speeds are not worth measuring; None: they were."""


@dataclass(frozen=True)
class Entrant:
    """A network as engines take it: the same for all of them, but for int8."""

    model: Path
    onnx: Path
    ground: Callable[[], Ground]

    def source(self, precision: str) -> Source:
        """What an engine of this precision computes."""
        return source_of(self.model, lambda: self.onnx_model(precision))

    def onnx_model(self, precision: str) -> bytes:
        """The ONNX model of this precision."""
        return self.quantised if precision == "int8" else self.onnx.read_bytes()

    @cached_property
    def quantised(self) -> bytes:
        """The ONNX model in int8, calibrated on training windows when it is first asked for."""
        tiles = (pixels[None] for pixels, _, _ in self.ground().calibrating)
        return quantize_onnx(self.onnx.read_bytes(), tiles)


def race_engines(
    choices: Sequence[EngineChoice],
    entrant: Entrant,
    gate: Gate,
    *,
    class_count: int,
    batch_size: int,
    tile: int,
    maps_other_scenes: bool,
) -> Race:
    """The fastest engine that agrees with torch in float32, and what is known of all of them.

    Speeds are measured on tiles of `tile` pixels. Those that this machine has measured for the
    architecture before are taken as they are. Where the images are all that will be mapped, and
    torch in float32 maps them in the time that a race takes, none is held: the engine that starts
    in the least time is taken, if it agrees.

    Raises:
        UserError: none agrees.
    """

    def open_choice(choice: EngineChoice) -> Engine:
        source = entrant.source(choice.precision)
        return open_engine(choice, source, workers=thread_count(), batch_size=batch_size)

    ground = entrant.ground()
    trials, limit = [Trial(choice) for choice in choices], None
    if len(choices) > 1:
        trials, limit = _time_engines(
            choices,
            open_choice,
            _race_tiles(ground, tile),
            measured_on=_describe_conditions(entrant.onnx, batch_size, tile),
            megapixels=None if maps_other_scenes else ground.megapixels,
        )
    chosen, trials = choose_engine(
        trials, open_choice, ground.judging, class_count=class_count, gate=gate
    )
    if chosen is None and REFERENCE in choices:
        chosen = Trial(REFERENCE, agrees=True)
        trials = [*trials, chosen]
    if chosen is None:
        raise UserError(
            "no engine that the configuration allows agrees with torch in float32",
            where="accelerate.engine, accelerate.precision",
            found="; ".join(f"{trial.choice}: {describe_failure(trial, gate)}" for trial in trials),
            expected=f"{gate.agreement:.2%} of labels equal, the mIoU changed by at most "
            f"{gate.miou_change:g}",
            remedy="set accelerate.engine and accelerate.precision to auto, or loosen "
            "accelerate.agreement or accelerate.miou_change",
        )
    logger.info("%s computes the network", chosen.choice)
    return Race(chosen, trials, limit)


def _time_engines(
    choices: Sequence[EngineChoice],
    open_choice: Callable[[EngineChoice], Engine],
    pixels_NBHW: NDArray[np.float32],
    *,
    measured_on: list[object],
    megapixels: float | None,
) -> tuple[list[Trial], float | None]:
    """Trials with speeds, or the light engine alone without a speed, where no race is worth it.

    None is where the reference maps all `megapixels` before a race would end; then also how many it
    maps in that time.
    """
    known = recall_speeds(choices, read_speeds(measured_on))
    if known is not None:
        logger.info(
            "speeds of engines are those that this machine measured for the architecture before"
        )
        return known, None
    trials = []
    for trial in measure_speeds(choices, open_choice, pixels_NBHW):
        trials.append(trial)
        if trial.choice != REFERENCE or megapixels is None or trial.mpix_per_s is None:
            continue
        seconds = megapixels / trial.mpix_per_s
        if seconds < WORTH_A_RACE:
            logger.info(
                "%s maps all scenes in %.1f s: speeds are not measured", trial.choice, seconds
            )
            light = EngineChoice(*LIGHT)
            limit = WORTH_A_RACE * trial.mpix_per_s
            return [Trial(light)] if light in choices else [trial], limit
    keep_speeds(measured_on, {str(trial.choice): trial.mpix_per_s or 0.0 for trial in trials})
    return trials, None


def _race_tiles(ground: Ground, tile: int) -> NDArray[np.float32]:
    tiles = [ground.judging[index][0] for index in range(min(RACE_TILES, len(ground.judging)))]
    return np.stack([pixels[:, :tile, :tile] for pixels in tiles])


def _describe_conditions(onnx: Path, batch_size: int, tile: int) -> list[object]:
    """What speeds depend on, besides the processor."""
    versions = [(name, program.version()) for name, program in ENGINES.items()]
    return [
        architecture_signature(onnx.read_bytes()),
        versions,
        device_name(),
        thread_count(),
        batch_size,
        tile,
    ]
