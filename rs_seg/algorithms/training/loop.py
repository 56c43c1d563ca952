"""The training loop: Lightning, resumable to the byte, in one process or in several."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from lightning.pytorch.strategies import DDPStrategy

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.training.arithmetic import Trial, choose_arithmetic
from rs_seg.algorithms.training.bar import TrainingBar, TrainingWatch
from rs_seg.algorithms.training.history import (
    FINISHED,
    LAST,
    History,
    TrainingResult,
    load_state,
    put_in_place,
    result_of,
)
from rs_seg.algorithms.training.length import choose_length
from rs_seg.algorithms.training.loading import DrawSamples, Samples
from rs_seg.algorithms.training.parallel import (
    Started,
    check_share,
    choose_device,
    joined,
    synchronise_norms,
    tell,
)
from rs_seg.algorithms.training.settings import TrainingSettings
from rs_seg.algorithms.training.training_task import MakeTask, TrainingTask
from rs_seg.progress import is_watched
from rs_seg.values import thread_count
from rs_seg.values.processes import Processes

ALONE = Processes()


def train_network(
    build: Callable[[], NormalisedNetwork],
    settings: TrainingSettings,
    *,
    make_task: MakeTask,
    train_samples: DrawSamples,
    validation_samples: Samples,
    folder: Path,
    processes: Processes = ALONE,
) -> TrainingResult | None:
    """The best state of a network trained from the seed, or from the state in `folder`.

    `make_task` says what it is trained for: a class of task, or one with arguments of its own.
    `train_samples(epoch, count)` are the samples of an epoch, in order. A training that was killed
    and started again gives the same result, to the bit, as an undisturbed one; a finished one is
    returned at once. All of several processes call this with equal arguments. The first one has the
    result and writes into `folder`; the others have None. A training may go on in another number of
    processes: its steps stay the same.

    Raises:
        UserError: a batch cannot be shared out evenly.
    """
    check_share(settings.batch_size, processes)
    with joined(processes):
        finished, done = tell(_look(folder) if processes.is_first else None) or (False, 0)
        if not finished:
            torch.set_num_threads(thread_count())
            trial = Trial(build, settings, make_task, train_samples, processes)
            arithmetic = choose_arithmetic(settings.precision, folder, trial, processes=processes)
            settings = choose_length(
                settings,
                folder,
                lambda: trial.time_step(arithmetic.precision),
                validation_windows=len(validation_samples) * settings.validation_passes,
                processes=processes,
            )
            leaves_out = processes.count > 1 and trial.leaves_parameters_out(arithmetic.precision)
            del trial  # its network takes as much memory as the one to be trained
            torch.manual_seed(settings.seed)
            task = make_task(
                synchronise_norms(build()),
                settings,
                train_samples=train_samples,
                validation_samples=validation_samples,
                processes=processes,
            )
            _fit(
                task,
                folder,
                done=done,
                bfloat16=arithmetic.precision == "bfloat16",
                processes=processes,
                finds_unused=leaves_out,
            )
    if not processes.is_first:
        return None
    result = _finish(folder)
    assert result is not None, "a training that ends leaves its result"
    return result


def _look(folder: Path) -> tuple[bool, int]:
    """Whether the training is finished, and how many epochs of it are done if not."""
    if _finish(folder) is not None:
        return True, 0
    state = load_state(folder / LAST)
    return False, 0 if state is None else len(state["rows"])


def _fit(
    task: TrainingTask,
    folder: Path,
    *,
    done: int,
    bfloat16: bool,
    processes: Processes,
    finds_unused: bool,
) -> None:
    if done:
        logging.getLogger(__name__).info("training goes on after epoch %d", done)
    with warnings.catch_warnings():
        _silence()
        devices = _devices(processes, finds_unused=finds_unused)
        trainer = _trainer(
            task.settings,
            folder,
            start=done,
            bfloat16=bfloat16,
            is_first=processes.is_first,
            **devices,
        )
        trainer.fit(task, ckpt_path=folder / LAST if done else None, weights_only=True)
    if trainer.interrupted:  # Lightning returns normally after an interrupt
        raise KeyboardInterrupt


class EndsAtOnce(pl.Callback):
    """Gives back the handler of SIGTERM (preemption, time limit) that Lightning replaces.

    The state on disk is whole at any moment, so nothing is to be saved. Lightning would finish the
    batch, and with several processes call a collective operation out of the signal's handler, where
    the others are not (2.6).
    """

    def __init__(self) -> None:
        self._before = signal.getsignal(signal.SIGTERM)

    def on_train_start(self, *_: Any) -> None:
        """Lightning's handler was set just before; it is gone for good when training ends."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._before)


def _finish(folder: Path) -> TrainingResult | None:
    """The result of a finished training, whose state is cut down to what the result needs."""
    state = load_state(folder / FINISHED)
    if state is not None:
        return result_of(state)
    state = load_state(folder / LAST)
    if state is None or not state["finished"]:
        return None
    temporary = folder / "finished.tmp"
    torch.save({"callbacks": {History.__name__: state}}, temporary)
    put_in_place(temporary, folder / FINISHED)
    (folder / LAST).unlink()
    return result_of(state)


def _trainer(
    settings: TrainingSettings,
    folder: Path,
    *,
    start: int,
    bfloat16: bool,
    is_first: bool,
    **devices: Any,
) -> pl.Trainer:
    version = f"from_epoch_{start + 1}"
    history = History(
        folder,
        epochs=settings.epochs,
        patience=settings.patience,
        checkpoint_seconds=settings.checkpoint_seconds,
    )
    callbacks: list[pl.Callback] = [history, EndsAtOnce()]
    batches = settings.steps_per_epoch * settings.accumulate
    length = {"epochs": settings.epochs, "batches_per_epoch": batches, "start": start}
    if is_first and sys.stderr.isatty():
        callbacks.append(TrainingBar(history, **length))
    if is_first and is_watched():
        callbacks.append(TrainingWatch(**length))
    on_gpu = torch.cuda.is_available()
    return pl.Trainer(
        accelerator="gpu" if on_gpu else "cpu",
        precision="bf16-mixed" if bfloat16 else "32-true",
        max_epochs=settings.epochs,
        accumulate_grad_batches=settings.accumulate,
        callbacks=callbacks,
        **devices,
        logger=[
            CSVLogger(folder, name="csv", version=version),
            TensorBoardLogger(folder, name="tensorboard", version=version),
        ],
        deterministic="warn" if on_gpu else False,
        reload_dataloaders_every_n_epochs=1,
        num_sanity_val_steps=0,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=settings.steps_per_epoch,
    )


def _devices(processes: Processes, *, finds_unused: bool) -> dict[str, Any]:
    """Arguments of the trainer that say where it runs.

    Lightning does not find this out: SLURM's variables mislead its guesses.
    """
    if processes.count == 1:
        return {"devices": 1, "plugins": [LightningEnvironment()]}
    device = choose_device(processes)
    # Looking for parameters without a gradient costs time in every step. Statistics are averaged
    # once an epoch: buffers that are sent with every forward pass would need as many validation
    # batches in every process.
    strategy = DDPStrategy(find_unused_parameters=finds_unused, broadcast_buffers=False)
    return {
        "devices": 1 if device.index is None else [device.index],
        "num_nodes": processes.count,
        "strategy": strategy,
        "plugins": [Started(processes)],
        "use_distributed_sampler": False,
    }


def _silence() -> None:
    """Silence about what is meant here: no workers, few steps, an unused accelerator."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    ignored: tuple[dict[str, Any], ...] = (
        {"message": ".*does not have many workers.*"},
        {"message": ".*GPU available but not used.*"},
        {"message": ".*Experiment logs directory.*"},
        {"message": ".*`srun` command is available.*"},
        {"message": ".*`broadcast_buffers` is deprecated.*"},
        {"message": ".*did not find any unused parameters.*"},
        {"message": ".*`isinstance\\(treespec, LeafSpec\\)` is deprecated.*"},
    )
    for pattern in ignored:
        warnings.filterwarnings("ignore", **pattern)
