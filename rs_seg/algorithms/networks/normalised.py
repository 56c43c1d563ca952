"""A network together with the normalisation of its inputs and the temperature of its outputs.

So they cannot be parted.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rs_seg.algorithms.networks.presence import (
    PRESENT,
    fit_groups,
    plausible_days,
    positions_of_moments,
    shared_moments,
    telling_bands,
    telling_positions,
)
from rs_seg.values.band_groups import BandGroup, names_of


class NormalisedNetwork(nn.Module):
    """A network that sees (x - mean) / std, with 0 in invalid pixels.

    A band without spread is divided by 1.

    `mean` and `std` are buffers outside the state dictionary: the model file carries them as
    numbers. Logits are divided by the temperature (Guo et al. 2017); 1, as in training, leaves them
    as they are.

    `groups` say which bands belong to which source, one group after the other; none: no source has
    dates or may be missing. Bands of presence pass as they are, those of days in units of
    `day_unit` days, and what they tell of is 0 where there is nothing. Where one source has dates,
    images may have another number of them.
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
        groups: Sequence[BandGroup] = (),
        day_unit: float = 1.0,
    ) -> None:
        super().__init__()
        self.layers = layers
        self.temperature = temperature
        self.groups = tuple(groups)
        if groups:
            mean, std = shared_moments(mean, std, groups, day_unit=day_unit)
        spread = [deviation if deviation > 0 else 1.0 for deviation in std]
        self.register_buffer(
            "mean", torch.tensor(mean, dtype=torch.float32).reshape(1, -1, 1, 1), persistent=False
        )
        self.register_buffer(
            "std", torch.tensor(spread, dtype=torch.float32).reshape(1, -1, 1, 1), persistent=False
        )

    def normalise(self, pixels_NBHW: Tensor, valid_NHW: Tensor) -> Tensor:
        """Normalised pixels, 0 where invalid (whatever the invalid pixels hold, NaN too)."""
        mean, std = self.mean, self.std
        if pixels_NBHW.shape[1] != mean.shape[1] and self.groups:
            places = positions_of_moments(self.groups, pixels_NBHW.shape[1])
            mean, std = mean[:, places], std[:, places]
        normalised = torch.where(valid_NHW[:, None], (pixels_NBHW - mean) / std, 0.0)
        return self.clear_missing(normalised)

    def clear_missing(self, normalised_NBHW: Tensor) -> Tensor:
        """Normalised pixels, 0 in the bands of dates and sources where these are missing."""
        if not telling_bands(self.groups):
            return normalised_NBHW
        groups = fit_groups(self.groups, normalised_NBHW.shape[1])
        names = names_of(groups)
        places = telling_positions(groups, names)
        everywhere = torch.tensor(
            [place is None for place in places], device=normalised_NBHW.device
        )
        telling = normalised_NBHW[:, [place or 0 for place in places]]
        shown = (telling > PRESENT) | everywhere[:, None, None]
        return torch.where(shown, normalised_NBHW, 0.0)

    def draw_raw(self, noise_NBHW: Tensor) -> Tensor:
        """Raw pixels as they may come, made of normal numbers: every date and source is there."""
        raw_NBHW = self.mean + self.std * noise_NBHW.to(self.mean.device)
        for place, value in plausible_days(self.groups).items():
            raw_NBHW[:, place] = value
        return raw_NBHW

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
