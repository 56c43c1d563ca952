"""Under which keys checkpoints of trainings lie: they change with all that the epochs depend on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rs_seg.config import ConvolutionalNetwork, DetectorConfig, TrainConfig
from rs_seg.io.work import work_key
from rs_seg.learning import DETECTORS_REVISION, NETWORKS_REVISION
from rs_seg.values import ClassNames

INDECISIVE = {"calibrate", "checkpoint_seconds", "workers"}
"""Settings of `train` that do not change the epochs of a network."""
INDECISIVE_OF_DETECTORS = {*INDECISIVE, "loss"}
"""Those that do not change a detector, which has a loss of its own."""


def key_of_network(
    config: TrainConfig,
    network: ConvolutionalNetwork,
    class_names: ClassNames,
    seed: int,
    files: Iterable[Path],
) -> str:
    """The key of a network; `files` are statistics, split, images and references, in this order."""
    decisive = config.model_dump(mode="json", exclude=INDECISIVE)
    settings = [NETWORKS_REVISION, decisive, network, class_names, seed]
    return work_key(settings, [*files, *_weights(network)])


def key_of_detector(
    config: TrainConfig,
    detector: DetectorConfig,
    object_names: ClassNames,
    seed: int,
    files: Iterable[Path],
    *,
    visible: float,
) -> str:
    """The key of a detector; `files` are statistics, split, images and outlines, in this order."""
    decisive = config.model_dump(mode="json", exclude=INDECISIVE_OF_DETECTORS)
    settings = [DETECTORS_REVISION, decisive, visible, detector, object_names, seed]
    return work_key(settings, [*files, *_weights(detector)])


def _weights(method: ConvolutionalNetwork | DetectorConfig) -> list[Path]:
    return [method.weights_file] if method.weights_file is not None else []
