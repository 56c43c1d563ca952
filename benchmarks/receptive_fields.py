"""How far networks see, as a table: stride, support, measured radii, exact tiles.

Tiles are exact where they equal one pass.

    python benchmarks/receptive_fields.py                   the architectures of the table
    python benchmarks/receptive_fields.py MODEL_FILE ...    networks that were trained

MODEL_FILE is such as results/models/NAME/model.safetensors.

Networks of the table have a ResNet-18 encoder (SegFormer: MiT-B0; DPT: ViT-Tiny) or are thin twins
(width 12) of published ones, with random weights and the statistics of random batches; training
changes the radii, not the support. The tile is random noise of 512 pixels.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import torch

from rs_seg.algorithms.networks import ARCHITECTURES, NormalisedNetwork
from rs_seg.algorithms.networks.catalogue import untrained_network
from rs_seg.algorithms.networks.receptive_field import (
    ReceptiveField,
    exact_margin,
    measure_receptive_field,
)

TILE, SEED, BANDS, CLASSES = 512, 0, 3, 6
HEADINGS = (
    "network",
    "stride",
    "support",
    "90 %",
    "95 %",
    "99 %",
    "99.9 %",
    "margin of exact tiles",
)


def networks(models: list[Path]) -> Iterator[tuple[str, NormalisedNetwork]]:
    if models:
        from rs_seg.predicting.networks import read_network

        yield from ((model.parent.name, read_network(model)) for model in models)
    else:
        names = ((each, "mit_b0" if each == "segformer" else None) for each in ARCHITECTURES)
        yield from (
            (name, untrained_network(name, encoder=encoder, band_count=BANDS, class_count=CLASSES))
            for name, encoder in names
        )


def table_row(name: str, field: ReceptiveField) -> str:
    support = "unbounded" if field.support is None else field.support
    exact = exact_margin(field) if field.exact else f"none: {field.reason}"
    radii = (field.radius_90, field.radius_95, field.radius_99, field.radius_999)
    return f"| {' | '.join(map(str, (name, field.stride, support, *radii, exact)))} |"


def main() -> None:
    torch.set_num_threads(1)
    print(f"| {' | '.join(HEADINGS)} |\n|{'---|' * len(HEADINGS)}")
    for name, network in networks([Path(each) for each in sys.argv[1:]]):
        print(table_row(name, measure_receptive_field(network, tile=TILE, seed=SEED)), flush=True)


if __name__ == "__main__":
    main()
