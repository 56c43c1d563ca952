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
from rs_seg.algorithms.training.loading import DrawSamples, Samples, load
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
    def _samples(self) -> Samples:
        """The windows of the first epoch."""
        return self._train_samples(0, self._settings.windows_per_epoch)

    @cached_property
    def _batch(self) -> Any:
        """The share that this process has of the first batch."""
        return self._read(0)

    def _read(self, number: int) -> Any:
        """The share that this process has of a batch; after the last one the first comes again."""
        size, seed = self._settings.batch_size, self._settings.seed
        count = self._settings.windows_per_epoch
        windows = [(number * size + place) % count for place in range(size)]
        batches = load(
            self._samples,
            batch_sampler=[self._processes.share(windows)],
            batch_size=size,
            workers=0,
            seed=seed,
            pin_memory=False,
            collate=self._task.collate,
        )
        return self._task.transfer_batch_to_device(next(iter(batches)), self._task.device, 0)

    def step(self, precision: str, batch: Any = None) -> float:
        """Seconds of a forward and a backward pass, of the first batch unless another is given."""
        task, batch = self._task, self._batch if batch is None else batch
        task.on_train_epoch_start()
        task.zero_grad()
        start = time.perf_counter()
        with torch.autocast(task.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
            loss = task.training_step(batch, 0)
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types here
        if task.device.type == "cuda":
            torch.cuda.synchronize(task.device)  # passes only stand in its queue until then
        return time.perf_counter() - start

    def time_whole_step(self, precision: str, *, steps: int) -> tuple[float, float]:
        """Median seconds of a step of the training, and of a forward and a backward pass in it.

        A step reads windows, unless other processes do, and changes the weights. The first one
        warms up and is not counted.
        """
        optimizer: torch.optim.Optimizer = self._task.configure_optimizers()["optimizer"]
        timed = [self._whole_step(precision, optimizer, number) for number in range(1 + steps)]
        wholes, passes = zip(*timed[1:], strict=True)
        return median(wholes), median(passes)

    def _whole_step(
        self, precision: str, optimizer: torch.optim.Optimizer, number: int
    ) -> tuple[float, float]:
        batches, reading, passing = self._settings.accumulate, 0.0, 0.0
        for part in range(batches):
            start = time.perf_counter()
            batch = self._read(number * batches + part)
            reading += time.perf_counter() - start
            passing += self.step(precision, batch)
        start = time.perf_counter()
        self._task.on_before_optimizer_step(optimizer)
        optimizer.step()
        changing = time.perf_counter() - start
        if self._settings.workers:
            reading = 0.0
        return reading + passing + changing, passing / batches

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
    begun_with = None
    if asked == "auto":
        begun_with = tell(read_arithmetic(folder) if processes.is_first else None)
    arithmetic = begun_with or find_arithmetic(asked, trial)
    if processes.is_first:
        write_text(folder / ARITHMETIC, json.dumps(asdict(arithmetic)) + "\n")
    return arithmetic


def find_arithmetic(asked: str, trial: Trial) -> Arithmetic:
    """The arithmetic of a training that begins: as asked; for "auto" the faster one."""
    return Arithmetic(asked) if asked != "auto" else tell(_find_faster(trial))


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
