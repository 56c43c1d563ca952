"""Networks brought back from the tensors of a model file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rs_seg.algorithms.networks.building import build_network
from rs_seg.algorithms.networks.normalised import NormalisedNetwork
from rs_seg.errors import UserError


def restore_network(
    network: Mapping[str, Any],
    tensors: Mapping[str, NDArray[Any]],
    *,
    mean: Sequence[float],
    std: Sequence[float],
    classes: int,
    temperature: float = 1.0,
) -> NormalisedNetwork:
    """The network of a model file, in evaluation mode throughout; `network` is its part of the configuration.

    Its logits come divided by the temperature of the model file.

    Raises:
        UserError: the tensors are not those of the network.
    """
    layers = build_network(
        network["architecture"],
        encoder=network["encoder"],
        width=network.get("width"),
        upsampling=network.get("upsampling"),
        decoder_channels=network.get("decoder_channels"),
        bands=len(mean),
        classes=classes,
    )
    restored = NormalisedNetwork(layers, mean=mean, std=std, temperature=temperature)
    try:
        restored.load_state_dict({key: torch.from_numpy(np.asarray(value)) for key, value in tensors.items()})
    except RuntimeError as error:
        raise UserError(
            "the tensors of the model are not those of its network",
            where=f"{network['architecture']} with encoder {network['encoder'] or 'as published'}",
            found=" ".join(str(error).split())[:300],
            expected="a model file of this version of rs_seg and of segmentation-models-pytorch",
            remedy="train the model again",
        ) from error
    restored.eval()
    assert_not_training(restored)
    return restored


def assert_not_training(network: torch.nn.Module) -> None:
    """Every module is in evaluation mode: some encoders keep modules in training mode through `eval()`."""
    training = [name for name, module in network.named_modules() if module.training]
    assert not training, f"modules in training mode: {', '.join(training[:5])}"
