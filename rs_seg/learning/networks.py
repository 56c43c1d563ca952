"""How a network is trained, and on what ground."""

from __future__ import annotations

import logging
from dataclasses import replace

import torch

from rs_seg.algorithms.networks import (
    ARCHITECTURES,
    NormalisedNetwork,
    build_network,
    check_input,
)
from rs_seg.algorithms.networks.atrous import idle_rates, published_rates
from rs_seg.algorithms.networks.fusion import fusion_of
from rs_seg.algorithms.networks.presence import day_unit
from rs_seg.algorithms.networks.table import STRIDE
from rs_seg.algorithms.networks.temporal.table import dating_of
from rs_seg.algorithms.training.plan import plan_validation
from rs_seg.algorithms.training.task import SegmentationTask
from rs_seg.config import ConvolutionalNetwork, TrainConfig
from rs_seg.ground.settings import find_length
from rs_seg.ground.training import Ground
from rs_seg.ground.windows import epochs_of_windows
from rs_seg.io.windows import Place, WindowSamples
from rs_seg.learning.network_settings import training_settings
from rs_seg.learning.training import Training
from rs_seg.values.processes import Processes

logger = logging.getLogger(__name__)


def plan_network(
    config: TrainConfig, network: ConvolutionalNetwork, ground: Ground, *, processes: Processes
) -> Training:
    """The training of a network on the train areas."""
    bands = ground.statistics.bands
    # on GPUs batch normalisation sees the windows of all processes
    normalised = (
        config.batch_size if torch.cuda.is_available() else config.batch_size // processes.count
    )

    fusion = fusion_of(network.fusion_options)

    def build() -> NormalisedNetwork:
        layers = build_network(
            network.architecture,
            **network.build_options,
            fusion=None if fusion is None else replace(fusion, drop=network.dropped_share),
            bands=ground.bands,
            class_count=ground.class_count,
            dates=dating_of(network.dates_options),
        )
        check_input(layers, band_count=len(bands), batch_size=normalised, window=config.window_size)
        return NormalisedNetwork(
            layers,
            mean=[band.mean for band in bands],
            std=[band.std for band in bands],
            groups=network.band_groups,
            day_unit=day_unit(vars(network)),
        )

    validation = validation_samples(config, ground)
    length = find_length(config, ground, validation_windows=len(validation))
    return Training(
        build,
        training_settings(config, network, ground, length),
        make_task=SegmentationTask,
        train_samples=epochs_of_windows(
            config, ground.readers, ground.train, class_count=ground.class_count, seed=ground.seed
        ),
        validation_samples=validation,
    )


def validation_samples(config: TrainConfig, ground: Ground) -> WindowSamples:
    """The windows that tile the validation areas."""
    planned = plan_validation(ground.validation, size=config.window_size)
    return WindowSamples(ground.readers, [Place(*place) for place in planned])


def warn_of_idle_rates(network: ConvolutionalNetwork, *, window: int) -> None:
    """Say which atrous convolutions of a network can learn nothing on windows of this size."""
    row = ARCHITECTURES.get(network.architecture)
    stride = None if row is None else network.output_stride or row.output_stride
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
