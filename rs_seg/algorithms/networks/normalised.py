"""A network together with the normalisation of its inputs and the temperature of its outputs.

So they cannot be parted.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class NormalisedNetwork(nn.Module):
    """A network that sees (x - mean) / std, with 0 in invalid pixels.

    A band without spread is divided by 1.

    `mean` and `std` are buffers outside the state dictionary: the model file carries them as
    numbers. Logits are divided by the temperature (Guo et al. 2017); 1, as in training, leaves them
    as they are.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        layers: nn.Module,
        *,
        mean: Sequence[float],
        std: Sequence[float],
        temperature: float = 1.0,
    ) -> None:
        super().__init__()
        self.layers = layers
        self.temperature = temperature
        spread = [deviation if deviation > 0 else 1.0 for deviation in std]
        self.register_buffer(
            "mean", torch.tensor(mean, dtype=torch.float32).reshape(1, -1, 1, 1), persistent=False
        )
        self.register_buffer(
            "std", torch.tensor(spread, dtype=torch.float32).reshape(1, -1, 1, 1), persistent=False
        )

    def normalise(self, pixels_NBHW: Tensor, valid_NHW: Tensor) -> Tensor:
        """Normalised pixels, 0 where invalid (whatever the invalid pixels hold, NaN too)."""
        normalised = (pixels_NBHW - self.mean) / self.std
        return torch.where(valid_NHW[:, None], normalised, 0.0)

    def forward(self, pixels_NBHW: Tensor, valid_NHW: Tensor) -> Tensor:
        """Logits (N, K, H, W) of raw pixels, divided by the temperature."""
        logits_NKHW: Tensor = self.layers(self.normalise(pixels_NBHW, valid_NHW))
        return logits_NKHW if self.temperature == 1 else logits_NKHW.float() / self.temperature


class ProbabilityNetwork(nn.Module):
    """Class probabilities of raw pixels, for other runtimes: one input.

    Pixels that are NaN in any band are invalid.
    """

    def __init__(self, network: NormalisedNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        """Probabilities (N, K, H, W) float32, whatever precision the layers compute in."""
        valid_NHW = ~torch.isnan(pixels_NBHW).any(dim=1)
        return torch.softmax(self.network(pixels_NBHW, valid_NHW).float(), dim=1)
