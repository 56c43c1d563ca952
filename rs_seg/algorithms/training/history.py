"""What a training leaves after every epoch: its curve, its best state, and a state to resume."""

from __future__ import annotations

import logging
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor

from rs_seg.algorithms.training.checkpoints import LAST
from rs_seg.algorithms.training.parallel import sum_over_processes, tell
from rs_seg.algorithms.training.training_task import TrainingTask
from rs_seg.errors import UserError
from rs_seg.values.clocks import Clocks
from rs_seg.values.durable import sync_file, sync_folder

logger = logging.getLogger(__name__)

STATE = ("rows", "best", "best_epoch", "best_score", "finished", "timing")
"""What `History` keeps in a checkpoint."""
TIMES = ("seconds", "cpu_seconds", "steps", "waiting_seconds")
LONGEST_REASON = 200
"""Characters of what PyTorch says of a file that it cannot read; it may write a page."""
Row = dict[str, float]


@dataclass(frozen=True)
class TrainingResult:
    """A finished training: the state of the best epoch and one row per epoch.

    Rows have the keys epoch (from 1), train_loss, validation_loss, the task's score where it is
    defined (`TrainingTask.score_key`), and learning_rate.
    """

    state: dict[str, Tensor]
    rows: list[Row]
    best_epoch: int
    best_score: float
    """See `TrainingTask.judge`."""
    timing: dict[str, float]
    """`seconds` of all epochs, their `steps`, and the `waiting_seconds` for data among them.

    `cpu_seconds` are those of all processes; left out where an older version did some of the
    epochs.
    """


class History(pl.Callback):
    """The curve, the best state and the state to resume from; stops a training without progress.

    It stops after `patience` epochs without a better score. The state on disk is renewed at the end
    of an epoch where the last one is older than `checkpoint_seconds`, and at the end: of a network
    of 24 million parameters it has 400 MB, which a short epoch is not worth.
    """

    def __init__(
        self, folder: Path, *, epochs: int, patience: int, checkpoint_seconds: float
    ) -> None:
        self._folder = folder
        self._epochs = epochs
        self._patience = patience
        self._checkpoint_seconds = checkpoint_seconds
        self._saved = time.monotonic()
        self._rows: list[Row] = []
        self._best: dict[str, Tensor] = {}
        self._best_epoch = 0
        self._best_score = -math.inf
        self._timing: dict[str, float] = dict.fromkeys(TIMES, 0.0)
        self._epoch_started = Clocks.now()

    @property
    def rows(self) -> Sequence[Row]:
        """The curve so far."""
        return self._rows

    def state_dict(self) -> dict[str, Any]:
        """Plain numbers and tensors, loadable without executing code."""
        return {
            "rows": self._rows,
            "best": self._best,
            "best_epoch": self._best_epoch,
            "best_score": self._best_score,
            "finished": self._is_finished(),
            "timing": self._timing,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """The state of an earlier run."""
        self._rows, self._best = list(state_dict["rows"]), dict(state_dict["best"])
        self._best_epoch, self._best_score = state_dict["best_epoch"], state_dict["best_score"]
        self._timing = dict(state_dict["timing"])

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:  # noqa: ARG002  # Lightning's
        """The clocks of the first epoch start."""
        self._epoch_started = Clocks.now()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """One row more; the best state, the stop and the state on disk follow."""
        assert isinstance(pl_module, TrainingTask)
        row = _row(trainer, pl_module)
        self._rows.append(row)
        score = pl_module.judge(row)
        if score > self._best_score or not self._best:
            self._best_epoch, self._best_score = int(row["epoch"]), score
            state = pl_module.judged.state_dict()
            self._best = {key: value.detach().cpu().clone() for key, value in state.items()}
        trainer.should_stop = self._is_finished()
        for training_log in trainer.loggers:
            training_log.log_metrics(
                {key: float(value) for key, value in row.items()}, step=int(row["epoch"])
            )
        self._say(row, pl_module, *self._time_epoch(pl_module))
        if trainer.should_stop or tell(time.monotonic() - self._saved >= self._checkpoint_seconds):
            save_whole(trainer, self._folder / LAST)
            self._saved = time.monotonic()

    def _is_finished(self) -> bool:
        done = len(self._rows)
        return done >= self._epochs or (done > 0 and done - self._best_epoch >= self._patience)

    def _time_epoch(self, task: TrainingTask) -> tuple[float, float]:
        """Seconds of this epoch, and their share spent waiting for data; all clocks restart."""
        start, now, waited = self._epoch_started, Clocks.now(), task.waiting.seconds
        self._epoch_started, task.waiting.seconds = now, 0.0
        seconds = now.wall - start.wall
        own_cpu = torch.tensor(now.cpu - start.cpu, dtype=torch.float64, device=task.device)
        spent = {"seconds": seconds, "cpu_seconds": float(sum_over_processes(own_cpu))}
        spent |= {"steps": task.settings.steps_per_epoch, "waiting_seconds": waited}
        for key in self._timing:  # a state of an older version has no CPU seconds, and gets none
            self._timing[key] += spent[key]
        return seconds, waited / max(seconds, 1e-9)

    def _say(self, row: Row, task: TrainingTask, seconds: float, waiting: float) -> None:
        if sys.stderr.isatty():
            return
        mean = self._timing["seconds"] / len(self._rows)
        logger.info(
            "epoch %d/%d: train loss %.4f, validation loss %.4f, %s %.4f, rate %.2e, %.1f s, "
            "%.0f %% waiting for data, at most %.0f s left",
            row["epoch"],
            self._epochs,
            row["train_loss"],
            row["validation_loss"],
            task.score_name,
            row.get(task.score_key, math.nan),
            row["learning_rate"],
            seconds,
            100 * waiting,
            mean * (self._epochs - len(self._rows)),
        )


def _row(trainer: pl.Trainer, task: TrainingTask) -> Row:
    row: Row = {
        "epoch": trainer.current_epoch + 1,
        "train_loss": task.train_loss(),
        **task.validation_figures(),
        "learning_rate": float(trainer.optimizers[0].param_groups[0]["lr"]),
    }
    if not math.isfinite(row["train_loss"]):
        raise UserError(
            "training diverged",
            where=f"epoch {row['epoch']}",
            found=f"a loss of {row['train_loss']}",
            expected="a finite loss",
            remedy="lower train.learning_rate, or set train.precision to float32",
        )
    return row


def save_whole(trainer: pl.Trainer, path: Path) -> None:
    """Write the trainer's whole state to a file that is never seen half-written.

    All processes call this, one of them writes.
    """
    temporary = path.with_suffix(".tmp")
    trainer.save_checkpoint(temporary)
    if trainer.is_global_zero:
        put_in_place(temporary, path)


def put_in_place(temporary: Path, path: Path) -> None:
    """Rename a finished file once it is on the disk, so that a power cut leaves no half of it."""
    sync_file(temporary)
    temporary.replace(path)
    sync_folder(path.parent)


def load_state(path: Path) -> dict[str, Any] | None:
    """The history in a checkpoint (see `History.state_dict`), None without a usable one.

    No code is executed.
    """
    if not path.exists():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        state: dict[str, Any] = content["callbacks"][History.__name__]
        return {key: state[key] for key in STATE}
    except (
        OSError,
        RuntimeError,
        EOFError,
        LookupError,
        TypeError,
        ValueError,
        UnpicklingError,
    ) as error:
        reason = " ".join((str(error) or type(error).__name__).split())[:LONGEST_REASON]
        logger.warning("%s cannot be read and is removed, training starts over: %s", path, reason)
        path.unlink()
        return None


def result_of(state: dict[str, Any]) -> TrainingResult:
    """The result in a state of a finished training."""
    return TrainingResult(
        dict(state["best"]),
        list(state["rows"]),
        state["best_epoch"],
        state["best_score"],
        dict(state["timing"]),
    )
