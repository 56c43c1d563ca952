"""What a few trial steps of a network tell: the faster arithmetic, and whether all of it learns."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

import torch

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.training.loading import DrawSamples, load
from rs_seg.algorithms.training.parallel import choose_device, synchronise_norms, tell
from rs_seg.algorithms.training.settings import TrainingSettings
from rs_seg.algorithms.training.training_task import MakeTask, TrainingTask
from rs_seg.values import machine
from rs_seg.values.processes import Processes
from rs_seg.values.texts import write_text

ARITHMETIC = "arithmetic.json"
"""What a training began with, in its folder: going on in another arithmetic would give other
weights."""
PRECISIONS = ("float32", "bfloat16")
ROUNDS = 3
"""Timed steps in each arithmetic, after one that warms up."""
LONGEST_TRIAL = 4.0
"""Seconds after which no further round begins."""
LEAST_GAIN = 1.2
"""How many times faster bfloat16 must be to be taken: float32 is more accurate, and timings vary.
"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arithmetic:
    """The arithmetic of the forward passes of a training."""

    precision: str
    """float32 or bfloat16."""
    step_seconds: dict[str, float] = field(default_factory=dict)
    """Median seconds of a forward and a backward pass in each precision; none where nothing was
    timed."""


class Trial:
    """Steps on the first batch of a training, by a task of its own that is thrown away.

    The weights of the training stay as they are. Building and stepping draw from torch's global
    generator, so a trial comes before the training seeds it. Several processes step at the same
    time, each on its share of the batch, as they do in the training.
    """

    def __init__(
        self,
        build: Callable[[], NormalisedNetwork],
        settings: TrainingSettings,
        make_task: MakeTask,
        train_samples: DrawSamples,
        processes: Processes,
    ) -> None:
        self._build, self._settings, self._train_samples = build, settings, train_samples
        self._make_task, self._processes = make_task, processes

    @cached_property
    def _task(self) -> TrainingTask:
        torch.manual_seed(self._settings.seed)
        task = self._make_task(
            synchronise_norms(self._build()),
            self._settings,
            train_samples=self._train_samples,
            validation_samples=(),
            processes=self._processes,
        )
        return task.to(choose_device(self._processes))

    @cached_property
    def _batch(self) -> Any:
        """The share that this process has of the first batch."""
        size, seed = self._settings.batch_size, self._settings.seed
        numbers = [self._processes.share(range(size))]
        batches = load(
            self._train_samples(0, self._settings.windows_per_epoch),
            batch_sampler=numbers,
            batch_size=size,
            workers=0,
            seed=seed,
            pin_memory=False,
            collate=self._task.collate,
        )
        return self._task.transfer_batch_to_device(next(iter(batches)), self._task.device, 0)

    def step(self, precision: str) -> float:
        """Seconds of a forward and a backward pass."""
        task, batch = self._task, self._batch
        task.on_train_epoch_start()
        task.zero_grad()
        start = time.perf_counter()
        with torch.autocast(task.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
            loss = task.training_step(batch, 0)
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types here
        return time.perf_counter() - start

    def time_step(self, precision: str) -> float:
        """Median seconds of a few steps, after one that warms up."""
        self.step(precision)
        return median(self.step(precision) for _ in range(ROUNDS))

    def leaves_parameters_out(self, precision: str) -> bool:
        """Whether some parameters get no gradient.

        Those of a frozen encoder get none, and those of layers that the network does not use.
        """
        self.step(precision)
        parameters = [parameter for parameter in self._task.parameters() if parameter.requires_grad]
        # an encoder is frozen after the processes were told which parameters there are
        return self._settings.freeze_encoder or any(
            parameter.grad is None for parameter in parameters
        )


def choose_arithmetic(
    asked: str, folder: Path, trial: Trial, *, processes: Processes
) -> Arithmetic:
    """The arithmetic of a training: as asked; for "auto" as it began, or else the faster one.

    A GPU takes bfloat16 wherever it computes it in hardware. On a processor that does, both are
    timed; without the instructions bfloat16 is emulated and slower. All processes call this; the
    first one decides for all.
    """
    if asked != "auto":
        arithmetic = Arithmetic(asked)
    else:
        begun_with = tell(read_arithmetic(folder) if processes.is_first else None)
        arithmetic = begun_with or tell(_find_faster(trial))
    if processes.is_first:
        write_text(folder / ARITHMETIC, json.dumps(asdict(arithmetic)) + "\n")
    return arithmetic


def _find_faster(trial: Trial) -> Arithmetic:
    if torch.cuda.is_available():
        supported = torch.cuda.is_bf16_supported(including_emulation=False)
        return Arithmetic("bfloat16" if supported else "float32")
    if not tell(machine.computes_bfloat16()):
        return Arithmetic("float32")
    seconds = _time_steps(trial)
    faster = seconds["float32"] >= LEAST_GAIN * seconds["bfloat16"]
    arithmetic = Arithmetic("bfloat16" if faster else "float32", seconds)
    logger.info(
        "train.precision auto: %s (forward and backward pass: float32 %.3f s, bfloat16 %.3f s)",
        arithmetic.precision,
        seconds["float32"],
        seconds["bfloat16"],
    )
    return arithmetic


def _time_steps(trial: Trial) -> dict[str, float]:
    """Median seconds by precision.

    Steps take turns, so that what else the machine does slows both alike.
    """
    seconds: dict[str, list[float]] = {precision: [] for precision in PRECISIONS}
    start = time.monotonic()
    for number in range(1 + ROUNDS):
        for precision, steps in seconds.items():
            steps.append(trial.step(precision))
        if number and tell(time.monotonic() - start > LONGEST_TRIAL):
            break
    return {precision: median(steps[1:]) for precision, steps in seconds.items()}


def read_arithmetic(folder: Path) -> Arithmetic | None:
    """What the training in a folder began with; None without a training or a readable note."""
    try:
        content = json.loads((folder / ARITHMETIC).read_text())
        seconds = {
            str(precision): float(value) for precision, value in content["step_seconds"].items()
        }
        precision = content["precision"]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return Arithmetic(precision, seconds) if precision in PRECISIONS else None
