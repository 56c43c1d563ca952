"""What scenes are mapped with: models that are exported, and files that the learning step makes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rs_seg.config import AnyDetector, ConvolutionalNetwork, DetectorConfig, RunConfig, TrainedModel
from rs_seg.config.models import ModelConfig
from rs_seg.config.objects import RASTER_DETECTORS
from rs_seg.errors import UserError
from rs_seg.io.model import read_description


def networks_with_layers(run: RunConfig) -> tuple[str, ...]:
    """Names of the networks that have an ONNX model: those of layers, not ensembles.

    Reads only the header of a given model.

    Raises:
        UserError: a given file is not a model.
    """
    return tuple(name for name, network in run.models.items() if _has_layers(network))


def _has_layers(network: ModelConfig) -> bool:
    if isinstance(network, TrainedModel):
        return read_description(Path(network.model)).kind == "convolutional"
    return isinstance(network, ConvolutionalNetwork)


def detectors_with_rasters(run: RunConfig) -> tuple[str, ...]:
    """Names of the detectors that have an ONNX model: those that say all in rasters, no ensembles.

    Reads only the header of a given model.

    Raises:
        UserError: a given file is not a model.
    """
    return tuple(name for name, detector in run.detectors.items() if _has_rasters(detector))


def _has_rasters(detector: AnyDetector) -> bool:
    if isinstance(detector, TrainedModel):
        network = read_description(Path(detector.model)).network
        return network.get("architecture") in RASTER_DETECTORS
    return isinstance(detector, DetectorConfig) and detector.architecture in RASTER_DETECTORS


def find_missing_learning(run: RunConfig, paths: Iterable[str]) -> list[UserError]:
    """One error per file that the learning step makes and that is not there."""
    return [
        UserError(
            "not learnt yet",
            where=path,
            expected="what all scenes are mapped with, before the first shard of them is",
            remedy=f"snakemake ... -- learn makes it (and keeps what is up to date in "
            f"{run.results})",
        )
        for path in paths
        if not Path(path).exists()
    ]
