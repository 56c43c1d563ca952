"""What each network of the table costs and how far it sees, computed from the network itself."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from rs_seg.algorithms.networks.building import build_network
from rs_seg.algorithms.networks.exporting import OnnxMismatchError
from rs_seg.algorithms.networks.normalised import NormalisedNetwork
from rs_seg.algorithms.networks.onnx import to_onnx
from rs_seg.algorithms.networks.receptive_field import exact_margin, measure_receptive_field
from rs_seg.algorithms.networks.signature import tile_size
from rs_seg.algorithms.networks.table import ARCHITECTURES
from rs_seg.algorithms.networks.trying import build_without_memory
from rs_seg.errors import UserError

TILE = 512
"""Height and width of the tile that operations are counted in, and of those that fields of view are
measured on."""
THIN = 12
"""Width of the twins that are measured where one can be asked for; neither support nor stride
depends on it."""
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

    `gmac_per_mpix` is in 10^9 multiply-accumulate operations.

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


def count_cost(architecture: str, *, encoder: str | None = None, bands: int, classes: int) -> Cost:
    """The cost of a network as published.

    No parameter is stored, unless the encoder asks for the values of some while it is built.

    Raises:
        UserError: no such architecture or encoder.
    """

    def build() -> nn.Module:
        return build_network(architecture, encoder=encoder, bands=bands, classes=classes).eval()

    hollow = build_without_memory(build)
    network, device = (build(), "cpu") if hollow is None else (hollow, "meta")
    tile = _tile_of(network)
    counter = FlopCounterMode(display=False)
    with torch.device(device), torch.no_grad(), counter:
        network(torch.zeros(1, bands, tile, tile))
    row = ARCHITECTURES[architecture]
    macs = counter.get_total_flops() / 2 * 1e6 / tile**2
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
    field = measure_receptive_field(network, tile=_tile_of(network), seed=SEED)
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
    side = _own_side(network) or BATCH_SIDE
    normalised = any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    with torch.no_grad():
        for _ in range(BATCHES if normalised else 0):
            network(torch.randn(4, bands, side, side), torch.ones(4, side, side, dtype=torch.bool))
    return network.eval()


def _tile_of(network: nn.Module) -> int:
    """Height and width of the tile that a network is measured on."""
    return _own_side(network) or TILE


def _own_side(network: nn.Module) -> int | None:
    """The one height and width that the encoder takes, None where it takes several.

    Transformers of timm whose positions are tied to the size of their training say so at the layer
    that makes patches (timm 1.0).
    """
    for module in network.modules():
        size = vars(module).get("img_size")
        if size is not None and vars(module).get("strict_img_size"):
            return int(size[0])
    return None


def _tiles_of_onnx(network: NormalisedNetwork, bands: int) -> str:
    try:
        fixed = tile_size(to_onnx(network, bands=bands, window=ONNX_WINDOW))
    except (OnnxMismatchError, torch.onnx.errors.OnnxExporterError, UserError) as error:
        logger.warning("no ONNX model: %s", str(error).split("\n")[0])
        return "no"
    return "any tile" if fixed is None else "tiles of the training window"
