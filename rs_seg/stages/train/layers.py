"""Networks of layers, trained by gradients."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from rs_seg.algorithms.networks import restore_network
from rs_seg.algorithms.training.calibration import Logits, network_logits
from rs_seg.algorithms.training.loop import train_network
from rs_seg.config import ConvolutionalNetwork, TrainConfig
from rs_seg.ground.settings import noted_arithmetic, noted_length
from rs_seg.ground.training import Ground
from rs_seg.io.model import Tensors
from rs_seg.io.model_description import ModelDescription
from rs_seg.learning.networks import plan_network, validation_samples, warn_of_idle_rates
from rs_seg.stages.train.trained import Trained
from rs_seg.values import thread_count
from rs_seg.values.processes import Processes

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from rs_seg.algorithms.training.history import TrainingResult


def train_layers(
    config: TrainConfig,
    network: ConvolutionalNetwork,
    ground: Ground,
    description: ModelDescription,
    *,
    folder: Path,
    processes: Processes,
) -> Trained | None:
    """The best epoch, with checkpoints in `folder`; None in all processes but the first."""
    result = _train_network(config, network, ground, folder=folder, processes=processes)
    if result is None:
        return None
    tensors = {key: value.contiguous().numpy() for key, value in result.state.items()}
    precision, step_seconds = noted_arithmetic(folder)
    length = noted_length(folder, windows_per_step=config.batch_size * config.accumulate)
    validation = {"epoch": result.best_epoch, "miou": result.best_score}
    description = description.model_copy(
        update={"precision": precision, "length": length, "validation": validation}
    )
    logits = partial(_stream_logits, config, description, tensors, ground)
    return Trained(description, tensors, result.rows, {**result.timing, **step_seconds}, logits)


def _train_network(
    config: TrainConfig,
    network: ConvolutionalNetwork,
    ground: Ground,
    *,
    folder: Path,
    processes: Processes,
) -> TrainingResult | None:
    """The best state; None in all processes but the first."""
    warn_of_idle_rates(network, window=config.window_size)
    if processes.count > 1:
        logger.info(f"{network.name}: {processes.count} processes share every batch")
    folder.mkdir(parents=True, exist_ok=True)
    training = plan_network(config, network, ground, processes=processes)
    return train_network(**vars(training), folder=folder, processes=processes)


def _stream_logits(
    config: TrainConfig, description: ModelDescription, tensors: Tensors, ground: Ground
) -> Iterator[Logits]:
    """Logits and class indices of the labelled validation pixels, not calibrated."""
    samples = validation_samples(config, ground)
    torch.set_num_threads(thread_count())
    network = restore_network(
        description.network,
        tensors,
        mean=[band.mean for band in description.normalisation],
        std=[band.std for band in description.normalisation],
        class_count=len(description.classes),
    ).to("cuda" if torch.cuda.is_available() else "cpu")
    network.to(memory_format=torch.channels_last)
    yield from network_logits(
        network, samples, batch_size=config.batch_size, workers=config.workers
    )
