"""Activations that networks with layers of their own can have in the place of ReLU."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": lambda: nn.ReLU(inplace=True),
    "leaky_relu": lambda: nn.LeakyReLU(0.01, inplace=True),  # Maas et al. 2013
    "elu": lambda: nn.ELU(inplace=True),  # Clevert et al. 2016
    "gelu": nn.GELU,  # Hendrycks and Gimpel 2016
    "silu": lambda: nn.SiLU(inplace=True),  # Elfwing et al. 2018
}


def replace_activations(network: nn.Module, name: str) -> None:
    """Put the activation of this name in the place of every ReLU of a network, in place."""
    for module in list(network.modules()):
        for key, layer in module.named_children():
            if isinstance(layer, nn.ReLU):
                setattr(module, key, ACTIVATIONS[name]())
