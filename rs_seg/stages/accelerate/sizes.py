"""How large tiles are: those of prediction, and those that engines and networks are looked at on.

Nearly all networks take the usual sizes. Networks of many dates hold each of them, and get smaller
tiles, so that a thread needs no more memory than a laptop has for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from rs_seg.algorithms.networks.memory import largest_tile
from rs_seg.algorithms.networks.normalised import NormalisedNetwork
from rs_seg.stages.accelerate.tiles import JUDGING_TILE

TILE = 768
"""Height and width of a tile where the configuration does not say; larger ones cost less overlap,
but fit no cache."""
ROOM = 1.25e9
"""Bytes that the layers may take for a tile of TILE pixels, of which each thread computes one: with
four threads a machine of 8 GB has as much. All networks of one date but FC-DenseNet need less
(docs/experiments.md); where a larger tile suits the scene, they take up to 1.8 times as much."""
RECEPTIVE_TILE = 512
"""Height and width of a tile that the receptive field is measured on, unless predictions have
smaller ones."""
RECEPTIVE_ROOM = 2.5e9
"""Bytes that its pass and the one back may take: there is one tile at a time."""
RACE_TILE = 256
"""Height and width of tiles that speeds are measured on, unless labels are compared on smaller
ones."""
HEAVY_TILE = 256
"""Height and width, at most, of tiles that networks are looked at on whose tiles of the usual size
memory does not hold: they take as much more time for each pixel. Speeds are measured on half."""


@dataclass(frozen=True)
class TileSizes:
    """Heights and widths of tiles, in pixels."""

    prediction: int
    judging: int
    """Of those that labels are compared on."""
    racing: int
    """Of those that speeds are measured on."""
    receptive: int
    """Of those that the receptive field is measured on."""
    fits_memory: bool = False
    """Whether memory, and neither the configuration nor the network, made those of prediction
    smaller than TILE."""


def one_size(tile: int) -> TileSizes:
    """Those of a network that takes tiles of one size only."""
    return TileSizes(tile, judging=tile, racing=tile, receptive=min(tile, RECEPTIVE_TILE))


def choose_sizes(network: NormalisedNetwork, *, band_count: int, given: int | None) -> TileSizes:
    """Those of a network for images with so many bands; `given` is what the configuration says."""
    usual = min(given or TILE, TILE)
    fitting = largest_tile(network, band_count=band_count, most=usual, room=ROOM)
    is_heavy = fitting < usual
    looked_at = min(fitting, HEAVY_TILE) if is_heavy else usual
    return TileSizes(
        given or fitting,
        judging=min(looked_at, JUDGING_TILE),
        racing=min(looked_at, HEAVY_TILE // 2 if is_heavy else RACE_TILE),
        receptive=largest_tile(
            network,
            band_count=band_count,
            most=min(looked_at, RECEPTIVE_TILE),
            room=RECEPTIVE_ROOM,
            gradients=True,
        ),
        fits_memory=given is None and is_heavy,
    )
