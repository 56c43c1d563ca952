"""The record of pretrained weights in a model file."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from rs_seg.algorithms.networks.first_layer import MEAN, choose_filters
from rs_seg.algorithms.networks.hub import known_licence, known_std
from rs_seg.algorithms.networks.of_torchvision import TorchvisionNetwork, choose_head
from rs_seg.algorithms.networks.table import ARCHITECTURES
from rs_seg.algorithms.networks.weight_files import Weights, read_weights
from rs_seg.values.band_names import COLOURS
from rs_seg.values.checksums import sha256
from rs_seg.values.pretrained import Layers, Pretrained, weights_file


def describe_weights(
    architecture: str, *, encoder: str | None, weights: str, bands: Sequence[str], class_count: int
) -> Pretrained:
    """Where weights come from, which layers get them, and which band gets which first filter.

    Raises:
        UserError: the file cannot be read.
    """
    row = ARCHITECTURES[architecture]
    chosen = row.own_encoder or encoder or row.default_encoder
    path = weights_file(weights)
    if path is None:
        return Pretrained(
            weights=weights,
            encoder=chosen,
            licence=known_licence(chosen),
            input_std=known_std(chosen),
            filters=_filters(bands, COLOURS),
        )
    known = read_weights(path)
    return Pretrained(
        weights=path.name,
        encoder=chosen,
        sha256=sha256(path),
        licence=known.licence,
        input_std=None if known.standardised else known.std or known_std(chosen),
        filters=_filters(bands, known.columns),
        layers=_layers(architecture, known, class_count),
    )


def _layers(architecture: str, weights: Weights, class_count: int) -> Layers:
    if ARCHITECTURES[architecture].own_encoder is None:
        return "encoder"
    with torch.device("meta"):
        network = ARCHITECTURES[architecture].network(
            band_count=len(COLOURS), class_count=class_count
        )
    return (
        choose_head(network, weights)[0] if isinstance(network, TorchvisionNetwork) else "encoder"
    )


def _filters(bands: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    chosen = choose_filters(bands, columns)
    if chosen is None:
        chosen = tuple(columns) if len(bands) == len(columns) else (MEAN,) * len(bands)
    return dict(zip(bands, chosen, strict=True))
