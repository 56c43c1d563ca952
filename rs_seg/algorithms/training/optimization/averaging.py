"""Averages of weights over a training, and batch-norm statistics that belong to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


def average_weights(network: nn.Module, options: Mapping[str, Any]) -> AveragedModel:
    """A copy of the network that `update_parameters` averages weights into, at first none.

    With `method` "ema" batch-norm statistics are averaged as the weights are; with "swa" they are
    the network's, to be measured anew (`renew_statistics`).
    """
    if options["method"] == "ema":
        averaged = AveragedModel(
            network, multi_avg_fn=_exponential(options["decay"]), use_buffers=True
        )
    else:
        averaged = AveragedModel(network)
    return averaged.requires_grad_(False)


def _exponential(decay: float) -> Callable[[Any, Any, Tensor | int], None]:
    """Exponential averaging that forgets the beginning.

    The n-th step keeps at most (1 + n) / (10 + n).
    """

    def average(averaged: Any, current: Any, count: Tensor | int) -> None:
        share = min(decay, (1 + int(count)) / (10 + int(count)))
        get_ema_multi_avg_fn(share)(averaged, current, count)  # type: ignore[no-untyped-call]  # torch's has no types

    return average


@torch.no_grad()
def renew_statistics(
    network: nn.Module,
    batches: Iterable[Tensor],
    *,
    look: Callable[[nn.Module, Tensor], Any] = nn.Module.__call__,
    frozen: nn.Module | None = None,
) -> None:
    """Set the statistics of batch normalisation to their means over the batches.

    `look` passes a batch through the network. Statistics inside `frozen` stay. What
    `torch.optim.swa_utils.update_bn` does (Izmailov et al. 2018), with dropout off. The network
    ends in evaluation mode; without batch normalisation no batch is read.
    """
    frozen_modules = set() if frozen is None else set(frozen.modules())
    network.eval()
    renewed = [
        module
        for module in network.modules()
        if isinstance(module, _BatchNorm) and module not in frozen_modules
    ]
    momenta = [layer.momentum for layer in renewed]
    if not renewed:
        return
    for layer in renewed:
        layer.reset_running_stats()
        layer.momentum = None  # torch's sign for the mean over all batches
        layer.train()
    for batch in batches:
        look(network, batch)
    for layer, momentum in zip(renewed, momenta, strict=True):
        layer.momentum = momentum
        layer.eval()
