"""The training loop: Lightning, resumable to the byte."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.training.bar import TrainingBar
from rs_seg.algorithms.training.history import FINISHED, LAST, History, TrainingResult, load_state, result_of
from rs_seg.algorithms.training.loading import Samples
from rs_seg.algorithms.training.task import SegmentationTask, TrainingSettings
from rs_seg.values import machine, thread_count


def train_network(
    build: Callable[[], NormalisedNetwork],
    settings: TrainingSettings,
    *,
    train_samples: Callable[[int], Samples],
    validation_samples: Samples,
    folder: Path,
) -> TrainingResult:
    """The best state of a network trained from the seed; goes on from the state in `folder` where there is one.

    `train_samples(epoch)` are the samples of an epoch, in order. A training that was killed and started again gives
    the same result, to the bit, as an undisturbed one; a finished one is returned at once.
    """
    finished = _finish(folder)
    if finished is not None:
        return finished
    torch.set_num_threads(thread_count())
    torch.manual_seed(settings.seed)
    task = SegmentationTask(build(), settings, train_samples=train_samples, validation_samples=validation_samples)
    state = load_state(folder / LAST)
    if state is not None:
        logging.getLogger(__name__).info("training goes on after epoch %d", len(state["rows"]))
    with warnings.catch_warnings():
        _silence()
        trainer = _trainer(settings, folder, start=0 if state is None else len(state["rows"]))
        trainer.fit(task, ckpt_path=None if state is None else folder / LAST, weights_only=True)
    finished = _finish(folder)
    if finished is None:  # Lightning returns normally after an interrupt
        raise KeyboardInterrupt
    return finished


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
    temporary.replace(folder / FINISHED)
    (folder / LAST).unlink()
    return result_of(state)


def _trainer(settings: TrainingSettings, folder: Path, *, start: int) -> pl.Trainer:
    version = f"from_epoch_{start + 1}"
    callbacks: list[pl.Callback] = [History(folder, epochs=settings.epochs, patience=settings.patience)]
    if sys.stderr.isatty():
        batches = settings.steps_per_epoch * settings.accumulate
        callbacks.append(TrainingBar(epochs=settings.epochs, batches_per_epoch=batches, start=start))
    on_gpu = torch.cuda.is_available()
    return pl.Trainer(
        accelerator="gpu" if on_gpu else "cpu",
        devices=1,
        precision="bf16-mixed" if computes_bfloat16(settings.precision) else "32-true",
        max_epochs=settings.epochs,
        accumulate_grad_batches=settings.accumulate,
        callbacks=callbacks,
        plugins=[LightningEnvironment()],  # one process, also inside a SLURM job, whose requeueing is Snakemake's
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


def computes_bfloat16(precision: str) -> bool:
    """Whether the forward pass runs in bfloat16: as set, or for "auto" where the device multiplies it in hardware.

    Measured on a processor with avx512_bf16 (Unet ResNet-18, 128 px, forward and backward): 1.6 to 2 x faster than
    float32. Without the instructions bfloat16 is emulated and slower.
    """
    if precision != "auto":
        return precision == "bfloat16"
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return machine.computes_bfloat16()


def _silence() -> None:
    """Silence about what is meant here: no workers, few steps, an unused accelerator."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    ignored: tuple[dict[str, Any], ...] = (
        {"message": ".*does not have many workers.*"},
        {"message": ".*GPU available but not used.*"},
        {"message": ".*Experiment logs directory.*"},
        {"message": ".*`isinstance\\(treespec, LeafSpec\\)` is deprecated.*"},
    )
    for each in ignored:
        warnings.filterwarnings("ignore", **each)
