"""Networks of layers, trained by gradients."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from rs_seg.algorithms.networks import (
    ARCHITECTURES,
    NormalisedNetwork,
    build_network,
    check_input,
    restore_network,
)
from rs_seg.algorithms.networks.atrous import idle_rates, published_rates
from rs_seg.algorithms.networks.table import STRIDE
from rs_seg.algorithms.training.calibration import Logits, network_logits
from rs_seg.algorithms.training.loop import train_network
from rs_seg.algorithms.training.plan import plan_validation
from rs_seg.algorithms.training.task import SegmentationTask
from rs_seg.config import ConvolutionalNetwork, TrainConfig
from rs_seg.ground.settings import find_length, noted_arithmetic, noted_length
from rs_seg.ground.training import Ground
from rs_seg.ground.windows import epochs_of_windows
from rs_seg.io.model import Tensors
from rs_seg.io.model_description import ModelDescription
from rs_seg.io.windows import Place, WindowSamples
from rs_seg.stages.train.settings import training_settings
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
    bands = ground.statistics.bands
    # on GPUs batch normalisation sees the windows of all processes
    normalised = (
        config.batch_size if torch.cuda.is_available() else config.batch_size // processes.count
    )

    def build() -> NormalisedNetwork:
        layers = build_network(
            network.architecture,
            **network.build_options,
            bands=ground.bands,
            classes=ground.classes,
        )
        check_input(layers, bands=len(bands), batch_size=normalised, window=config.window_size)
        return NormalisedNetwork(
            layers, mean=[band.mean for band in bands], std=[band.std for band in bands]
        )

    warn_of_idle_rates(network, window=config.window_size)
    if processes.count > 1:
        logger.info(f"{network.name}: {processes.count} processes share every batch")
    folder.mkdir(parents=True, exist_ok=True)
    validation_samples = _validation_samples(config, ground)
    length = find_length(config, ground, validation_windows=len(validation_samples))
    return train_network(
        build,
        training_settings(config, network, ground, length),
        make_task=SegmentationTask,
        train_samples=epochs_of_windows(
            config, ground.readers, ground.train, classes=ground.classes, seed=ground.seed
        ),
        validation_samples=validation_samples,
        folder=folder,
        processes=processes,
    )


def warn_of_idle_rates(network: ConvolutionalNetwork, *, window: int) -> None:
    """Say which atrous convolutions of a network can learn nothing on windows of this size."""
    stride = network.output_stride or ARCHITECTURES[network.architecture].output_stride
    if stride is None:
        return
    rates = network.atrous_rates or published_rates(stride)
    idle, side = idle_rates(rates, window=window, output_stride=stride), window // stride
    if idle:
        enough = -(-(max(idle) + 1) * stride // STRIDE) * STRIDE
        logger.warning(
            f"{network.name}: a window of {window} pixels has {side} x {side} features at an "
            f"output stride of {stride}, so the outer taps of the atrous rates "
            f"{', '.join(map(str, idle))} never learn; raise train.window to {enough}, or give "
            f"smaller atrous_rates"
        )


def _validation_samples(config: TrainConfig, ground: Ground) -> WindowSamples:
    planned = plan_validation(ground.validation, size=config.window_size)
    return WindowSamples(ground.readers, [Place(*place) for place in planned])


def _stream_logits(
    config: TrainConfig, description: ModelDescription, tensors: Tensors, ground: Ground
) -> Iterator[Logits]:
    """Logits and class indices of the labelled validation pixels, not calibrated."""
    samples = _validation_samples(config, ground)
    torch.set_num_threads(thread_count())
    network = restore_network(
        description.network,
        tensors,
        mean=[band.mean for band in description.normalisation],
        std=[band.std for band in description.normalisation],
        classes=len(description.classes),
    ).to("cuda" if torch.cuda.is_available() else "cpu")
    network.to(memory_format=torch.channels_last)
    yield from network_logits(
        network, samples, batch_size=config.batch_size, workers=config.workers
    )
