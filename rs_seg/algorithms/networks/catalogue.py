"""What each network of the table costs and how far it sees, computed from the network itself."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from rs_seg.algorithms.networks.building import build_network
from rs_seg.algorithms.networks.normalised import NormalisedNetwork
from rs_seg.algorithms.networks.onnx import OnnxMismatchError, tile_size, to_onnx
from rs_seg.algorithms.networks.receptive_field import exact_margin, measure_receptive_field
from rs_seg.algorithms.networks.table import ARCHITECTURES
from rs_seg.errors import UserError

TILE = 512
"""Height and width of the tile that operations are counted in, and of those that fields of view are
measured on."""
THIN = 12
"""Width of the twins that are measured where one can be asked for; neither support nor stride
depends on it."""
BATCHES = 20
"""Random batches that give normalisation its statistics."""
ONNX_WINDOW = 128
"""Training window of the exported models, the smallest that every network takes (PAN)."""
SEED = 0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cost:
    """Size of a network: parameters, and operations for a megapixel.

    `gmac_per_mpix` is in 10^9 multiply-accumulate operations.

    Operations are those of convolutions and matrix products in a tile of 512 pixels; attention
    between all pixels of a tile costs more in larger ones.
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


def count_cost(architecture: str, *, encoder: str | None = None, bands: int, classes: int) -> Cost:
    """The cost of a network as published; no parameter is ever stored.

    Raises:
        UserError: no such architecture or encoder.
    """
    with torch.device("meta"):
        network = build_network(architecture, encoder=encoder, bands=bands, classes=classes).eval()
        counter = FlopCounterMode(display=False)
        with torch.no_grad(), counter:
            network(torch.empty(1, bands, TILE, TILE))
    row = ARCHITECTURES[architecture]
    macs = counter.get_total_flops() / 2 * 1e6 / TILE**2
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return Cost(row.own_encoder or encoder or row.default_encoder, parameters, macs / 1e9)


def measure_reach(
    architecture: str, *, encoder: str | None = None, bands: int, classes: int
) -> Reach:
    """The reach of a network with random weights and the statistics of random batches.

    Measured on its thin twin where it has one.

    Raises:
        UserError: no such architecture or encoder.
    """
    network = untrained_network(architecture, encoder=encoder, bands=bands, classes=classes)
    field = measure_receptive_field(network, tile=TILE, seed=SEED)
    return Reach(
        stride=field.stride,
        support=field.support,
        radius_90=field.radius_90,
        margin=exact_margin(field) if field.exact else None,
        reason=field.reason,
        onnx=_tiles_of_onnx(network, bands),
    )


def untrained_network(
    architecture: str, *, encoder: str | None = None, bands: int, classes: int
) -> NormalisedNetwork:
    """A network, thin where it can be, as it would map scenes if it had been trained on noise."""
    torch.manual_seed(SEED)
    width = THIN if ARCHITECTURES[architecture].width else None
    layers = build_network(architecture, encoder=encoder, width=width, bands=bands, classes=classes)
    network = NormalisedNetwork(layers, mean=[0.0] * bands, std=[1.0] * bands).train()
    with torch.no_grad():
        for _ in range(
            BATCHES
            if any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
            else 0
        ):
            network(torch.randn(4, bands, 128, 128), torch.ones(4, 128, 128, dtype=torch.bool))
    return network.eval()


def _tiles_of_onnx(network: NormalisedNetwork, bands: int) -> str:
    try:
        fixed = tile_size(to_onnx(network, bands=bands, window=ONNX_WINDOW))
    except (OnnxMismatchError, torch.onnx.errors.OnnxExporterError, UserError) as error:
        logger.warning("no ONNX model: %s", str(error).split("\n")[0])
        return "no"
    return "any tile" if fixed is None else "tiles of the training window"
