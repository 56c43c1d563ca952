"""What each network of the table costs and how far it sees, computed from the network itself."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from rs_seg.algorithms.networks.building import build_network
from rs_seg.algorithms.networks.exporting import OnnxMismatchError
from rs_seg.algorithms.networks.memory import own_side
from rs_seg.algorithms.networks.normalised import NormalisedNetwork
from rs_seg.algorithms.networks.onnx import to_onnx
from rs_seg.algorithms.networks.receptive_field import exact_margin, measure_receptive_field
from rs_seg.algorithms.networks.signature import tile_size
from rs_seg.algorithms.networks.table import ARCHITECTURES
from rs_seg.algorithms.networks.temporal.table import SERIES_NETWORKS, Dating
from rs_seg.algorithms.networks.trying import build_without_memory
from rs_seg.errors import UserError
from rs_seg.values.band_groups import BandGroup
from rs_seg.values.series import PAIRS

TILE = 512
"""Height and width of the tile that operations are counted in, and of those that fields of view are
measured on."""
DATED_TILE = 256
"""Those of networks of several dates, which take as much memory for each."""
DATES, PAIR = 12, 2
"""Dates that these are counted with, and dates that their reach is measured with; siamese networks
always have a pair."""
THIN = 12
"""Width of the twins that are measured where one can be asked for, or the least that the heads of a
network share out; neither support nor stride depends on it."""
BATCHES = 20
"""Random batches that give normalisation its statistics."""
BATCH_SIDE = 128
"""Height and width of their windows."""
ONNX_WINDOW = 128
"""Training window of the exported models, the smallest that every network takes (PAN)."""
SEED = 0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cost:
    """Size of a network: parameters, and operations for a megapixel.

    `gmac_per_mpix` is in 10^9 multiply-accumulate operations; of networks of several dates, for
    12 dates, or the 2 of siamese networks.

    Operations are those of convolutions and matrix products in a tile of 512 pixels, or of the one
    size that the encoder takes; attention between all pixels of a tile costs more in larger ones.
    """

    encoder: str
    parameters: int
    gmac_per_mpix: float


@dataclass(frozen=True)
class Reach:
    """How far a network sees, in pixels, with random weights; see `ReceptiveField`.

    `margin` is what tiles lose on each side to equal one pass, None where they cannot, for the
    `reason`; `onnx` says which tiles the exported model takes.
    """

    stride: int
    support: int | None
    radius_90: int
    margin: int | None
    reason: str
    onnx: str


def count_cost(
    architecture: str, *, encoder: str | None = None, band_count: int, class_count: int
) -> Cost:
    """The cost of a network as published.

    No parameter is stored, unless the encoder asks for the values of some while it is built.

    Raises:
        UserError: no such architecture or encoder.
    """
    dates = PAIR if architecture in PAIRS else DATES
    groups = _groups_of(architecture, band_count=band_count, date_count=dates)

    def build() -> nn.Module:
        return _build(
            architecture, groups, encoder=encoder, band_count=band_count, class_count=class_count
        ).eval()

    # which dates are computed follows from values, which tensors without memory do not have
    hollow = None if groups else build_without_memory(build)
    network, device = (build(), "cpu") if hollow is None else (hollow, "meta")
    tile = _tile_of(network, groups)
    counter = FlopCounterMode(display=False)
    with torch.device(device), torch.no_grad(), counter:
        network(torch.ones(1, _count_bands(groups, band_count), tile, tile))
    macs = counter.get_total_flops() / 2 * 1e6 / tile**2
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return Cost(_encoder_name(architecture, encoder), parameters, macs / 1e9)


def measure_reach(
    architecture: str, *, encoder: str | None = None, band_count: int, class_count: int
) -> Reach:
    """The reach of a network with random weights and the statistics of random batches.

    Measured on its thin twin where it has one.

    Raises:
        UserError: no such architecture or encoder.
    """
    network = untrained_network(
        architecture, encoder=encoder, band_count=band_count, class_count=class_count
    )
    field = measure_receptive_field(network, tile=_tile_of(network, network.groups), seed=SEED)
    return Reach(
        stride=field.stride,
        support=field.support,
        radius_90=field.radius_90,
        margin=exact_margin(field) if field.exact else None,
        reason=field.reason,
        onnx=_tiles_of_onnx(network, _count_bands(network.groups, band_count)),
    )


def untrained_network(
    architecture: str, *, encoder: str | None = None, band_count: int, class_count: int
) -> NormalisedNetwork:
    """A network, thin where it can be, as it would map scenes if it had been trained on noise."""
    torch.manual_seed(SEED)
    groups = _groups_of(architecture, band_count=band_count, date_count=PAIR)
    layers = _build(
        architecture,
        groups,
        encoder=encoder,
        band_count=band_count,
        class_count=class_count,
        width=_thin_width(architecture),
    )
    count = _count_bands(groups, band_count)
    network = NormalisedNetwork(
        layers, mean=[0.0] * count, std=[1.0] * count, groups=groups
    ).train()
    side = own_side(network) or BATCH_SIDE
    normalised = any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    with torch.no_grad():
        for _ in range(BATCHES if normalised else 0):
            pixels_NBHW = network.draw_raw(torch.randn(4, count, side, side))
            network(pixels_NBHW, torch.ones(4, side, side, dtype=torch.bool))
    return network.eval()


def _build(
    architecture: str,
    groups: tuple[BandGroup, ...],
    *,
    encoder: str | None,
    band_count: int,
    class_count: int,
    width: int | None = None,
) -> nn.Module:
    return build_network(
        architecture,
        encoder=encoder,
        width=width,
        bands=band_count,
        class_count=class_count,
        dates=Dating(groups) if groups else None,
    )


def _groups_of(architecture: str, *, band_count: int, date_count: int) -> tuple[BandGroup, ...]:
    """The bands of images for a network of several dates; none for all others."""
    if architecture not in SERIES_NETWORKS:
        return ()
    names = tuple(f"band{number}" for number in range(1, band_count + 1))
    return (BandGroup(source="series", bands=names, slots=date_count),)


def _count_bands(groups: Sequence[BandGroup], band_count: int) -> int:
    """Bands of an image, days among them."""
    return sum(len(group.names) for group in groups) or band_count


def _encoder_name(architecture: str, encoder: str | None) -> str:
    if architecture in SERIES_NETWORKS:
        return "of dates"
    row = ARCHITECTURES[architecture]
    return row.own_encoder or encoder or row.default_encoder


def _thin_width(architecture: str) -> int | None:
    if architecture in SERIES_NETWORKS:
        return max(THIN, SERIES_NETWORKS[architecture].width_multiple)
    return THIN if ARCHITECTURES[architecture].width else None


def _tile_of(network: nn.Module, groups: Sequence[BandGroup]) -> int:
    """Height and width of the tile that a network is measured on."""
    return DATED_TILE if groups else own_side(network) or TILE


def _tiles_of_onnx(network: NormalisedNetwork, band_count: int) -> str:
    try:
        fixed = tile_size(to_onnx(network, band_count=band_count, window=ONNX_WINDOW))
    except (OnnxMismatchError, torch.onnx.errors.OnnxExporterError, UserError) as error:
        logger.warning("no ONNX model: %s", str(error).split("\n")[0])
        return "no"
    return "any tile" if fixed is None else "tiles of the training window"
