"""The work of `export`."""

from __future__ import annotations

import json
from typing import Any

import torch

from rs_seg.algorithms.networks.onnx import add_metadata, fix_size, to_onnx
from rs_seg.algorithms.networks.signature import tile_size
from rs_seg.algorithms.prediction.applicability import check_classes
from rs_seg.errors import UserError
from rs_seg.io.model import read_description
from rs_seg.io.model_description import ModelDescription
from rs_seg.predicting.networks import read_network
from rs_seg.values import ClassNames, InPath, OutPath, thread_count

DEEPNESS_TILE = 512
"""Height and width of the tiles of the model for Deepness, in pixels, where the network leaves a
choice."""
DEEPNESS_OVERLAP = 25
"""Overlap of its tiles in percent: a pixel is taken from the tile whose middle is nearer."""


def export(class_names: ClassNames, *, model: InPath, onnx: OutPath, deepness: OutPath) -> None:
    """See the signature."""
    description = read_description(model)
    if description.kind != "convolutional":
        raise UserError(
            "only networks of layers are exported", where=model, found=f"a {description.kind}"
        )
    check_classes(description.classes, class_names, where=model)
    torch.set_num_threads(thread_count())
    exported = to_onnx(
        read_network(model), band_count=len(description.bands), window=description.window
    )
    size = tile_size(exported) or max(DEEPNESS_TILE, description.window)
    exported = add_metadata(
        exported, _describe(description) | _describe_for_deepness(description, size)
    )
    onnx.write_bytes(exported)
    deepness.write_bytes(fix_size(exported, size))


def _describe(description: ModelDescription) -> dict[str, str]:
    """Our own keys: what a program needs to feed the model and to read its classes."""
    metadata = {
        "bands": description.bands,
        "resolution_m": description.resolution_m,
        "class_codes": description.classes.codes,
        "normalisation": [band.model_dump() for band in description.normalisation],
        "temperature": description.temperature,
        "window": description.window,
        "rs_seg_version": description.rs_seg_version,
    }
    return {key: json.dumps(value, ensure_ascii=False) for key, value in metadata.items()}


def _describe_for_deepness(description: ModelDescription, size: int) -> dict[str, str]:
    """The keys that Deepness reads, in its units: centimetres, percent.

    It feeds (pixels / 255 - mean) / std: 0 and 1 / 255 give the raw pixels that our model
    normalises itself. No threshold and no smoothing: the class of a pixel is its most probable one.
    """
    band_count = len(description.bands)
    metadata: dict[str, Any] = {
        "model_type": "Segmentor",
        "class_names": dict(enumerate(description.classes.names)),
        "tile_size": size,
        "tiles_overlap": DEEPNESS_OVERLAP,
        "standardization_mean": [0.0] * band_count,
        "standardization_std": [1 / 255] * band_count,
        "seg_thresh": 0.0,
        "seg_small_segment": 0,
    }
    if description.resolution_m is not None:  # else the user of the plugin chooses
        metadata["resolution"] = 100 * description.resolution_m
    return {key: json.dumps(value, ensure_ascii=False) for key, value in metadata.items()}
