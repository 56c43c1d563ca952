"""Optimisers by name, with weight decay and rates by group of parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from rs_seg.algorithms.training.optimization.freezing import encoder_of

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "adamw": torch.optim.AdamW,
    "adam": torch.optim.Adam,
    "sgd": torch.optim.SGD,
}
"""The closed table of optimisers; keyword arguments are those of the configuration section
`train.optimizer`."""


def build_optimizer(
    network: nn.Module,
    options: Mapping[str, Any],
    *,
    learning_rate: float,
    weight_decay: float,
    encoder_rate: float = 1.0,
) -> Optimizer:
    """The optimiser of `options` (`method` and keyword arguments) over all parameters.

    Frozen parameters are among them. Biases and normalisation layers have no weight decay.
    `encoder_rate` is the learning rate of the encoder as a share of `learning_rate`. Parameters
    without a gradient, as frozen ones are, are not changed, by decay neither.

    Raises:
        UserError: the encoder has a rate of its own, but the network has no encoder.
    """
    groups = _decay_groups(
        network.parameters(), learning_rate=learning_rate, weight_decay=weight_decay
    )
    if encoder_rate != 1:
        encoder = set(encoder_of(network).parameters())
        others = [parameter for parameter in network.parameters() if parameter not in encoder]
        groups = [
            *_decay_groups(others, learning_rate=learning_rate, weight_decay=weight_decay),
            *_decay_groups(
                encoder_of(network).parameters(),
                learning_rate=learning_rate * encoder_rate,
                weight_decay=weight_decay,
            ),
        ]
    keywords = {key: value for key, value in options.items() if key != "method"}
    return OPTIMIZERS[options["method"]](groups, lr=learning_rate, fused=True, **keywords)


def _decay_groups(
    parameters: Iterable[nn.Parameter], *, learning_rate: float, weight_decay: float
) -> list[dict[str, Any]]:
    parameters = list(parameters)
    decayed = [parameter for parameter in parameters if parameter.ndim > 1]
    others = [parameter for parameter in parameters if parameter.ndim <= 1]
    return [
        {"params": decayed, "lr": learning_rate, "weight_decay": weight_decay},
        {"params": others, "lr": learning_rate, "weight_decay": 0.0},
    ]
