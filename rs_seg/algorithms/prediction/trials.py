"""Engines tried side by side: which of them agree with torch in float32, how fast they are, which one is chosen."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
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
"""Speeds that differ by less than this share count as equal: it is more than they vary from run to run."""
ROUNDS = 3
HOPELESS = 0.5
"""After the first round, engines below this share of the fastest one's speed are not measured again."""

Open = Callable[[EngineChoice], Engine]
Tile = tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64] | None]
"""Pixels (B, H, W), NaN where invalid; valid (H, W); class indices (H, W), -1 where unlabelled, or None."""


@dataclass(frozen=True)
class Gate:
    """What an engine must not fall short of."""

    agreement: float
    """Share of labels equal to those of the reference."""
    miou_change: float
    """Largest change of the mean IoU."""


@dataclass(frozen=True)
class Trial:
    """What was found of one engine."""

    choice: EngineChoice
    agreement: Agreement | None = None
    """None where it is the reference, or cannot compute the network."""
    fault: str | None = None
    """Why it cannot."""
    agrees: bool = False
    mpix_per_s: float | None = None


def try_engines(
    choices: Sequence[EngineChoice], open_choice: Open, tiles: Sequence[Tile], *, classes: int, gate: Gate
) -> list[Trial]:
    """Whether each engine agrees with the reference on the tiles; those that do not are logged with their figures.

    Tiles are read when they are needed. Memory holds one engine and the reference's probabilities of all tiles.
    """
    expected = list(_compute(open_choice(REFERENCE), tiles)) if set(choices) - {REFERENCE} else []
    trials = []
    for choice in choices:
        trial = _try_engine(choice, open_choice, tiles, expected, classes=classes, gate=gate)
        if not trial.agrees:
            logger.info("%s: %s: not used", choice, describe_failure(trial, gate))
        trials.append(trial)
    return trials


def _try_engine(
    choice: EngineChoice,
    open_choice: Open,
    tiles: Sequence[Tile],
    expected: Sequence[NDArray[np.float32]],
    *,
    classes: int,
    gate: Gate,
) -> Trial:
    if choice == REFERENCE:
        return Trial(choice, agrees=True)

    def comparisons() -> Iterator[Comparison]:
        found = _compute(open_choice(choice), tiles)
        for index, (reference_KHW, candidate_KHW) in enumerate(zip(expected, found, strict=True)):
            _, valid_HW, indices_HW = tiles[index]
            yield reference_KHW, candidate_KHW, valid_HW, indices_HW

    try:
        agreement = measure_agreement(comparisons(), classes=classes)
    except UserError as error:  # told to the user as the reason, by `try_engines` or where nothing is left
        return Trial(choice, fault=str(error))
    agrees = agreement.passes(agreement=gate.agreement, miou_change=gate.miou_change)
    return Trial(choice, agreement=agreement, agrees=agrees)


def describe_failure(trial: Trial, gate: Gate) -> str:
    """Why an engine that does not agree is not used, for people."""
    if trial.agreement is None:
        return trial.fault or "not tried"
    if trial.agreement.labels_equal < gate.agreement:
        return f"{trial.agreement.describe()}, below {gate.agreement:.2%} of labels"
    return f"{trial.agreement.describe()}, a change of more than {gate.miou_change:g}"


def _compute(engine: Engine, tiles: Sequence[Tile]) -> Iterator[NDArray[np.float32]]:
    """Probabilities (K, H, W) of each tile, in order, by all workers; a few tiles are held at a time."""
    with ThreadPoolExecutor(engine.workers) as pool:
        for start in range(0, len(tiles), 2 * engine.workers):
            group = [tiles[index][0][None] for index in range(start, min(start + 2 * engine.workers, len(tiles)))]
            for probabilities_NKHW in pool.map(engine.forward, group):
                yield probabilities_NKHW[0]


def measure_speeds(
    trials: Sequence[Trial],
    open_choice: Open,
    pixels_NBHW: NDArray[np.float32],
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Trial]:
    """The trials with the best speed of three rounds for those that agree; the rounds of all engines alternate.

    A neighbour's load, which comes and goes, then slows all of them. Memory holds one engine at a time.
    """
    best = {trial.choice: 0.0 for trial in trials if trial.agrees}
    racing = list(best)
    for _ in range(ROUNDS):
        for choice in racing:
            best[choice] = max(best[choice], _speed(open_choice(choice), pixels_NBHW, clock))
        racing = [choice for choice in racing if best[choice] >= HOPELESS * max(best.values())]
    return [replace(trial, mpix_per_s=best.get(trial.choice)) for trial in trials]


def _speed(engine: Engine, pixels_NBHW: NDArray[np.float32], clock: Callable[[], float]) -> float:
    """Megapixels per second with all workers busy, after a first batch for each of them."""
    tiles = cycle(pixels_NBHW)
    batches = [np.stack(list(islice(tiles, engine.batch_size))) for _ in pixels_NBHW]
    jobs = list(islice(cycle(batches), engine.workers))
    with ThreadPoolExecutor(engine.workers) as pool:
        list(pool.map(engine.forward, jobs))
        start = clock()
        list(pool.map(engine.forward, jobs))
        seconds = clock() - start
    pixels: int = sum(len(job) * job.shape[2] * job.shape[3] for job in jobs)
    return pixels / 1e6 / max(seconds, 1e-9)


def choose_fastest(trials: Sequence[Trial]) -> Trial:
    """The fastest engine that agrees; of those as fast, the most precise, then the first of the table.

    So noise rarely changes the choice from run to run.
    """
    agreeing = [trial for trial in trials if trial.agrees]
    fastest = max(trial.mpix_per_s or 0.0 for trial in agreeing)
    tied = [trial for trial in agreeing if (trial.mpix_per_s or 0.0) >= (1 - TIE) * fastest]
    return min(
        tied, key=lambda trial: (PRECISIONS.index(trial.choice.precision), list(ENGINES).index(trial.choice.engine))
    )
