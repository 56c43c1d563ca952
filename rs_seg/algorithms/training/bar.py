"""Progress of a training: one bar, the figure of the last epoch and the time left."""

from __future__ import annotations

import math
import time
from typing import Any

import lightning.pytorch as pl
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from rs_seg.algorithms.training.history import History
from rs_seg.algorithms.training.training_task import TrainingTask
from rs_seg.progress import Step, tell_watchers


class TrainingBar(pl.Callback):
    """A bar on stderr. The time left is that of all epochs: training may stop earlier.

    `history` gets the figures of each epoch before the bar is told of its end.
    """

    def __init__(
        self, history: History, *, epochs: int, batches_per_epoch: int, start: int
    ) -> None:
        columns = (
            TextColumn("train: epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(),
            TextColumn("{task.percentage:.0f} %"),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
        )
        self._history = history
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._bar = self._progress.add_task(
            "train",
            total=epochs * batches_per_epoch,
            completed=start * batches_per_epoch,
            epoch=start + 1,
            epochs=epochs,
            figures="",
        )

    def on_train_start(self, *_: Any) -> None:
        """The bar appears."""
        self._progress.start()

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:  # noqa: ARG002  # Lightning's
        """The number of the epoch."""
        self._progress.update(self._bar, epoch=trainer.current_epoch + 1)

    def on_train_batch_end(self, *_: Any) -> None:
        """One batch further."""
        self._progress.advance(self._bar)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:  # noqa: ARG002  # Lightning's
        """The figures of the epoch."""
        assert isinstance(pl_module, TrainingTask)
        score = self._history.rows[-1].get(pl_module.score_key, math.nan)
        self._progress.update(self._bar, figures=f"validation {pl_module.score_name} {score:.3f}")

    def on_train_end(self, *_: Any) -> None:
        """The bar stays as it is."""
        self._progress.stop()

    def on_exception(self, *_: Any) -> None:
        """The terminal is given back."""
        self._progress.stop()


class TrainingWatch(pl.Callback):
    """Tells the watchers of progress after each batch how many of all epochs are done."""

    def __init__(self, *, epochs: int, batches_per_epoch: int, start: int) -> None:
        self._epochs, self._batches = epochs, batches_per_epoch
        self._total = epochs * batches_per_epoch
        self._before = self._done = start * batches_per_epoch
        self._started = time.monotonic()

    def on_train_start(self, *_: Any) -> None:
        """The clock starts."""
        self._started = time.monotonic()

    def on_train_batch_end(self, *_: Any) -> None:
        """One batch further."""
        self._done += 1
        seconds = time.monotonic() - self._started
        left = seconds / (self._done - self._before) * (self._total - self._done)
        epoch = min(self._epochs, self._done // self._batches + 1)
        doing = f"epoch {epoch} of {self._epochs}"
        tell_watchers(Step(min(1.0, self._done / self._total), doing, left))
