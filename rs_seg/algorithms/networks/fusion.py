"""Late fusion: an encoder for each source, whose features are joined at every level.

Source: after Audebert, Le Saux and Lefevre 2018 ("Beyond RGB", section 3.3), who add the features
of two encoders. Here they are averaged over the sources that are there, with learnt weights, so
that a missing source leaves no trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor, nn
from torch.nn import functional

from rs_seg.algorithms.networks.presence import PRESENT, fit_groups, wrong_description
from rs_seg.algorithms.networks.temporal.pooling import DatedEncoder
from rs_seg.errors import UserError
from rs_seg.values.band_groups import BandGroup, day_band, names_of, presence_band


@dataclass(frozen=True)
class Fusion:
    """Which bands belong together, and how their encoders are trained."""

    groups: tuple[BandGroup, ...]
    """The bands of each source, the source that decides on the decoder first."""
    encoders: Mapping[str, str]
    """Encoders of sources that have another one than the network's."""
    drop: float = 0.0
    """Probability that training leaves out a source that scenes may lack."""

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of all bands, in the order of the image."""
        return tuple(names_of(self.groups))


def fusion_of(network: Mapping[str, Any]) -> Fusion | None:
    """The fusion that settings of a network ask for, those of a model file too; None: none.

    Raises:
        UserError: the groups of bands are not what the configuration holds.
    """
    if network.get("fuse") is None:
        return None
    try:
        groups = tuple(map(BandGroup.model_validate, network["groups"]))
        encoders = {str(source): str(name) for source, name in network["encoders"].items()}
    except (ValidationError, KeyError, TypeError, AttributeError) as error:
        raise wrong_description("no usable groups or encoders of the sources") from error
    return Fusion(groups, encoders)


class FusedEncoder(nn.Module):
    """Features of several sources, joined at every level into those of one encoder.

    The features of a level are the mean of those of all sources, weighted by a learnt weight of the
    source and by the share of the pixels behind a feature that the source has data for. A source
    that is nowhere changes nothing. Where none is, features are 0. Features of other widths than
    those of the first source are brought to its width by convolutions of single pixels.

    In training, sources that scenes may lack are left out of whole windows at random, but never all
    that a window has. Their encoders see the window all the same, so that the statistics of batch
    normalisation are those of data.
    """

    def __init__(
        self,
        encoders: Sequence[nn.Module],
        groups: Sequence[BandGroup],
        *,
        drop: float,
    ) -> None:
        super().__init__()
        self.encoders = nn.ModuleList(encoders)
        self.drop = drop
        self.out_channels = _channels(encoders[0])
        self.output_stride = int(getattr(encoders[0], "output_stride"))  # noqa: B009  # untyped
        self._check_levels()
        self.groups = tuple(groups)
        self._droppable = [group.optional for group in groups]
        self.scores = nn.Parameter(torch.zeros(len(encoders), len(self.out_channels)))
        self.projections = nn.ModuleList(
            nn.ModuleList(
                _projection(own, wanted)
                for own, wanted in zip(_channels(encoder), self.out_channels, strict=True)
            )
            for encoder in encoders
        )

    def forward(self, pixels_NBHW: Tensor) -> list[Tensor]:
        """Features of each level, the pixels of the first source before them."""
        # one source with dates may have another number of them than in training
        groups = fit_groups(self.groups, pixels_NBHW.shape[1])
        bands = names_of(groups)
        present = torch.stack(
            [self._presence(pixels_NBHW, _telling_positions(group, bands)) for group in groups]
        )
        sources = [
            pixels_NBHW[:, [bands.index(name) for name in _bands_for(encoder, group)]]
            * present_NHW[:, None]
            for encoder, group, present_NHW in zip(self.encoders, groups, present, strict=True)
        ]
        features = [encoder(source) for encoder, source in zip(self.encoders, sources, strict=True)]
        if self.training and self.drop > 0 and any(self._droppable):
            present = self._drop_some(present)
        shares, joined = present, [features[0][0]]
        for level in range(1, len(self.out_channels)):
            if 2**level <= self.output_stride:
                shares = functional.avg_pool2d(shares, 2)
            joined.append(self._join(level, [own[level] for own in features], shares))
        return joined

    def _presence(self, pixels_NBHW: Tensor, telling: Sequence[int]) -> Tensor:
        """1 where a source has data, else 0 (N, H, W)."""
        if not telling:
            return torch.ones_like(pixels_NBHW[:, 0])
        there_NHW = (pixels_NBHW[:, telling] > PRESENT).any(dim=1)
        return there_NHW.to(pixels_NBHW.dtype)

    def _drop_some(self, present: Tensor) -> Tensor:
        """The presence (S, N, H, W) without the sources that are left out of windows at random."""
        droppable = torch.tensor(self._droppable, device=present.device)
        drawn = torch.rand(present.shape[:2], device=present.device) < self.drop
        left_out = drawn & droppable[:, None]
        has_some = present.flatten(2).amax(dim=2) > 0
        bare = ~(has_some & ~left_out).any(dim=0)
        return present * (~left_out | bare)[:, :, None, None]

    def _join(self, level: int, features: Sequence[Tensor], shares: Tensor) -> Tensor:
        """The weighted mean of the features of a level; `shares` (S, N, H, W) say where each is."""
        if self.out_channels[level] == 0:  # some transformers have no features at the first levels
            return features[0]
        total = torch.zeros_like(features[0])
        weight = torch.zeros_like(total[:, :1])
        for source, (own, share) in enumerate(zip(features, shares, strict=True)):
            if own.shape[1] == 0:
                continue
            counted = torch.exp(self.scores[source, level]) * share[:, None]
            projection = self.projections[source]
            assert isinstance(projection, nn.ModuleList)
            total = total + counted * projection[level](own)
            weight = weight + counted
        # the sum is 0 where no source is, whatever it is divided by
        return total / torch.where(weight > 0, weight, torch.ones_like(weight))

    def _check_levels(self) -> None:
        """Refuse encoders whose levels do not correspond.

        Raises:
            UserError: one has another number of levels, or another deepest stride.
        """
        for encoder in self.encoders[1:]:
            stride = int(getattr(encoder, "output_stride"))  # noqa: B009  # untyped
            if len(_channels(encoder)) != len(self.out_channels) or stride != self.output_stride:
                raise UserError(
                    "the encoders of the sources do not fit together",
                    found=f"{len(_channels(encoder)) - 1} levels down to a stride of {stride} "
                    f"beside {len(self.out_channels) - 1} levels down to {self.output_stride}",
                    expected="encoders with as many levels",
                    remedy="choose encoders of one family, such as resnet18 and resnet34",
                )


def fuse(networks: Sequence[nn.Module], fusion: Fusion) -> nn.Module:
    """The first network with the encoders of all in place of its own; it sees all bands.

    `networks` are of one architecture, each for the bands that a source measured.

    Raises:
        UserError: their encoders do not fit together, or the architecture needs more of an encoder
            than its features.
    """
    network: Any = networks[0]
    encoders = [part.get_submodule("encoder") for part in networks]
    network.encoder = FusedEncoder(encoders, fusion.groups, drop=fusion.drop)
    assert isinstance(network, nn.Module)
    return network


def _channels(encoder: nn.Module) -> tuple[int, ...]:
    """Channels of the features of each level, the input before them."""
    channels: Sequence[int] = getattr(encoder, "out_channels")  # noqa: B009  # untyped
    return tuple(int(count) for count in channels)


def _bands_for(encoder: nn.Module, group: BandGroup) -> tuple[str, ...]:
    """Names of the bands that the encoder of a source sees: days too, if it takes dates apart."""
    return group.names if isinstance(encoder, DatedEncoder) else group.measured


def _projection(own: int, wanted: int) -> nn.Module:
    """What brings features to the wanted width."""
    if own == wanted or 0 in (own, wanted):
        return nn.Identity()
    return nn.Conv2d(own, wanted, kernel_size=1)


def _telling_positions(group: BandGroup, bands: Sequence[str]) -> list[int]:
    """Positions of the bands that say where a source is; none: it is everywhere."""
    if group.slots:
        names = [day_band(group.source, slot) for slot in range(1, group.slots + 1)]
    else:
        names = [presence_band(group.source)] if group.optional else []
    return [list(bands).index(name) for name in names]
