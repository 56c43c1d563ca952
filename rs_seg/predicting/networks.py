"""Networks of layers, read from their model files."""

from __future__ import annotations

from pathlib import Path

from rs_seg.algorithms.networks import NormalisedNetwork, ProbabilityNetwork, restore_network
from rs_seg.io.model import read_model


def read_network(model: Path) -> NormalisedNetwork:
    """The network with layers of a model file, in evaluation mode."""
    description, tensors = read_model(model)
    return restore_network(
        description.network,
        tensors,
        mean=[band.mean for band in description.normalisation],
        std=[band.std for band in description.normalisation],
        class_count=len(description.classes),
        temperature=description.temperature,
    )


def read_probability_network(model: Path) -> ProbabilityNetwork:
    """The network with softmax and temperature, as engines compute it."""
    return ProbabilityNetwork(read_network(model)).eval()
