"""A race of engines: how fast each is, and the fastest that agrees with torch in float32."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.prediction.agreement import Agreement, Comparison, measure_agreement
from rs_seg.algorithms.prediction.engine import Engine
from rs_seg.algorithms.prediction.engines import ENGINES, PRECISIONS, EngineChoice
from rs_seg.errors import UserError

logger = logging.getLogger(__name__)

REFERENCE = EngineChoice("torch", "float32")
"""What a model's figures were made with, and what every other engine must agree with."""
TIE = 0.1
"""Speeds that differ by less than this share count as equal: it is more than they vary from run to
run."""
RUNS = 2
"""Timed runs of each engine, after one that is not timed; the faster one counts."""
HOPELESS = 0.5
"""Engines below this share of the fastest one's speed are timed once."""
FIRST_TILES = 2
"""Tiles after which an engine that differs in more than FAR_OFF times the labels allowed is asked
no more."""
FAR_OFF = 2.0

Open = Callable[[EngineChoice], Engine]
Tile = tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64] | None]
"""Pixels (B, H, W), NaN where invalid; valid (H, W); class indices (H, W), -1 where unlabelled, or
None."""


@dataclass(frozen=True)
class Gate:
    """The limits that an engine must keep to."""

    agreement: float
    """Share of labels equal to those of the reference."""
    miou_change: float
    """Largest change of the mean IoU."""


@dataclass(frozen=True)
class Trial:
    """What is known of one engine."""

    choice: EngineChoice
    agreement: Agreement | None = None
    """None where it is the reference, cannot compute the network, or a faster one was taken before.
    """
    fault: str | None = None
    """Why it cannot."""
    agrees: bool | None = None
    """Whether it passed the gate; None where a faster one was taken before."""
    mpix_per_s: float | None = None


def measure_speeds(
    choices: Sequence[EngineChoice],
    open_choice: Open,
    pixels_NBHW: NDArray[np.float32],
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Trial]:
    """Each engine with its speed on the tiles, or why it fails, as soon as it is known.

    One engine is open at a time. A caller that has seen enough takes no more.
    """
    best = 0.0
    for choice in choices:
        try:
            engine = open_choice(choice)
            speed = _speed(engine, pixels_NBHW, enough=HOPELESS * best, clock=clock)
        except UserError as error:  # told to the user as the reason
            logger.info("%s: not used: %s", choice, error)
            yield Trial(choice, fault=str(error), agrees=False)
        else:
            logger.info("%s: %.2f MPix/s", choice, speed)
            best = max(best, speed)
            yield Trial(choice, mpix_per_s=speed)


def recall_speeds(
    choices: Sequence[EngineChoice], speeds: Mapping[str, float]
) -> list[Trial] | None:
    """Each engine with its earlier speed, 0 where it could not compute the network.

    None unless all are known.
    """
    if not all(0 <= speeds.get(str(choice), math.nan) < math.inf for choice in choices):
        return None
    return [_recall(choice, speeds[str(choice)]) for choice in choices]


def _recall(choice: EngineChoice, speed: float) -> Trial:
    if speed:
        return Trial(choice, mpix_per_s=speed)
    return Trial(choice, fault="could not compute it when it was tried here", agrees=False)


def _speed(
    engine: Engine, pixels_NBHW: NDArray[np.float32], *, enough: float, clock: Callable[[], float]
) -> float:
    """Megapixels per second with all workers busy.

    One run is enough where the speed is below `enough`.
    """
    tiles = cycle(pixels_NBHW)
    batches = [np.stack(list(islice(tiles, engine.batch_size))) for _ in pixels_NBHW]
    jobs = list(islice(cycle(batches), engine.workers))
    pixels: int = sum(len(job) * job.shape[2] * job.shape[3] for job in jobs)
    best = 0.0
    with ThreadPoolExecutor(engine.workers) as pool:
        list(pool.map(engine.forward, jobs))  # compiles what depends on the size of tiles
        for _ in range(RUNS):
            start = clock()
            list(pool.map(engine.forward, jobs))
            best = max(best, pixels / 1e6 / max(clock() - start, 1e-9))
            if best < enough:
                break
    return best


def choose_engine(
    trials: Sequence[Trial],
    open_choice: Open,
    tiles: Sequence[Tile],
    *,
    class_count: int,
    gate: Gate,
) -> tuple[Trial | None, list[Trial]]:
    """The fastest engine that agrees with the reference on the tiles, or None; and all trials.

    They are asked from the fastest down, until one agrees. Of those as fast, the most precise is
    asked first, then the first of the table, so that noise rarely changes the choice from run to
    run. Tiles are read when they are needed. Memory holds one engine and the probabilities of
    all tiles, by the reference and by one engine.
    """
    known = {trial.choice: trial for trial in trials}
    expected = _Expected(open_choice, tiles)
    while unasked := [trial for trial in known.values() if trial.agrees is None]:
        trial = _first_to_ask(unasked)
        asked = _ask(trial, open_choice, tiles, expected, class_count=class_count, gate=gate)
        known[trial.choice] = asked
        if asked.agrees:
            return asked, list(known.values())
        logger.info("%s: not used: %s", asked.choice, describe_failure(asked, gate))
    return None, list(known.values())


class _Expected:
    """Results of the reference on the tiles, computed as far as they are asked for."""

    def __init__(self, open_choice: Open, tiles: Sequence[Tile]) -> None:
        self._open_choice = open_choice
        self._tiles = tiles
        self._probabilities: list[NDArray[np.float32]] = []

    def first(self, count: int) -> list[NDArray[np.float32]]:
        """Probabilities (K, H, W) of the first tiles."""
        missing = range(len(self._probabilities), min(count, len(self._tiles)))
        if missing:
            self._probabilities.extend(_compute(self._engine, self._tiles, missing))
        return self._probabilities[:count]

    @cached_property
    def _engine(self) -> Engine:
        return self._open_choice(REFERENCE)


def _first_to_ask(trials: Sequence[Trial]) -> Trial:
    fastest = max(trial.mpix_per_s or 0.0 for trial in trials)
    tied = [trial for trial in trials if (trial.mpix_per_s or 0.0) >= (1 - TIE) * fastest]
    return min(
        tied,
        key=lambda trial: (
            PRECISIONS.index(trial.choice.precision),
            list(ENGINES).index(trial.choice.engine),
        ),
    )


def _ask(
    trial: Trial,
    open_choice: Open,
    tiles: Sequence[Tile],
    expected: _Expected,
    *,
    class_count: int,
    gate: Gate,
) -> Trial:
    """The trial with its agreement on all tiles, or on the first few where it is far off."""
    if trial.choice == REFERENCE:
        return replace(trial, agrees=True)
    try:
        engine = open_choice(trial.choice)
        compared: list[Comparison] = []
        for numbers in (range(len(tiles))[:FIRST_TILES], range(len(tiles))[FIRST_TILES:]):
            compared += _compare(engine, tiles, expected, numbers)
            agreement = measure_agreement(compared, class_count=class_count)
            if 1 - agreement.labels_equal > FAR_OFF * (1 - gate.agreement):
                break
    except UserError as error:  # told to the user as the reason
        return replace(trial, fault=str(error), agrees=False)
    agrees = agreement.passes(agreement=gate.agreement, miou_change=gate.miou_change)
    return replace(trial, agreement=agreement, agrees=agrees)


def _compare(
    engine: Engine, tiles: Sequence[Tile], expected: _Expected, numbers: range
) -> Iterator[Comparison]:
    """Results of the reference and of the engine on the tiles of these numbers."""
    reference = expected.first(numbers.stop)
    for number, candidate_KHW in zip(numbers, _compute(engine, tiles, numbers), strict=True):
        _, valid_HW, indices_HW = tiles[number]
        yield reference[number], candidate_KHW, valid_HW, indices_HW


def describe_failure(trial: Trial, gate: Gate) -> str:
    """Why an engine that does not agree is not used, for people."""
    if trial.agreement is None:
        return trial.fault or "not tried"
    if trial.agreement.labels_equal < gate.agreement:
        return f"{trial.agreement.describe()}, below {gate.agreement:.2%} of labels"
    return f"{trial.agreement.describe()}, a change of more than {gate.miou_change:g}"


def _compute(
    engine: Engine, tiles: Sequence[Tile], numbers: range
) -> Iterator[NDArray[np.float32]]:
    """Probabilities (K, H, W) of the tiles of these numbers, by all workers.

    A few tiles are held at a time.
    """
    with ThreadPoolExecutor(engine.workers) as pool:
        for start in range(0, len(numbers), 2 * engine.workers):
            group = numbers[start : start + 2 * engine.workers]
            for probabilities_NKHW in pool.map(
                engine.forward, [tiles[number][0][None] for number in group]
            ):
                yield probabilities_NKHW[0]
