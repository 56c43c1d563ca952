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
    *,
    counted: tuple[int, ...] | None = None,
) -> str:
    """The key of a network; `files` are statistics, split, images and references, in this order.

    `counted` are the classes that validation judges by; None: all.
    """
    decisive = config.model_dump(mode="json", exclude=INDECISIVE)
    settings = [NETWORKS_REVISION, decisive, network, class_names, seed]
    return work_key([*settings, *_only(counted)], [*files, *_weights(network)])


def key_of_detector(
    config: TrainConfig,
    detector: DetectorConfig,
    object_names: ClassNames,
    seed: int,
    files: Iterable[Path],
    *,
    visible: float,
    counted: tuple[int, ...] | None = None,
) -> str:
    """The key of a detector; `files` are statistics, split, images and outlines, in this order.

    `counted` are the classes that validation judges by; None: all.
    """
    decisive = config.model_dump(mode="json", exclude=INDECISIVE_OF_DETECTORS)
    settings = [DETECTORS_REVISION, decisive, visible, detector, object_names, seed]
    return work_key([*settings, *_only(counted)], [*files, *_weights(detector)])


def _only(counted: tuple[int, ...] | None) -> list[tuple[int, ...]]:
    """What a choice of classes adds to a key; nothing where all are counted."""
    return [] if counted is None else [counted]


def _weights(method: ConvolutionalNetwork | DetectorConfig) -> list[Path]:
    return [method.weights_file] if method.weights_file is not None else []
