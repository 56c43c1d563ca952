"""Networks as ONNX models: probabilities of classes from raw pixels, and what models say."""

from __future__ import annotations

from collections.abc import Mapping

import onnx

from rs_seg.algorithms.networks.exporting import Exportable, export_layers
from rs_seg.algorithms.networks.normalised import NormalisedNetwork, ProbabilityNetwork

TOLERANCE = 1e-4
OUTPUT = "probabilities"


def to_onnx(network: NormalisedNetwork, *, band_count: int, window: int) -> bytes:
    """ONNX model of raw bands (N, B, H, W) float32 -> class probabilities (N, K, H, W).

    The same bytes every time.

    A pixel that is NaN in any band counts as invalid, as masked pixels do in training. N is free; H
    and W are any multiples of 32 where the architecture allows it, else the training window. Agrees
    with torch within 1e-4 on random pixels, in ONNX Runtime.

    Raises:
        OnnxMismatchError: it does not.
    """
    layers = ProbabilityNetwork(network).eval()
    exported = Exportable(layers, network, (OUTPUT,), TOLERANCE)
    return serialize(export_layers(exported, band_count=band_count, window=window))


def add_metadata(model: bytes, metadata: Mapping[str, str]) -> bytes:
    """The ONNX model with these texts as its metadata, in the order of their keys."""
    changed = onnx.load_model_from_string(model)
    onnx.helper.set_model_props(changed, {key: metadata[key] for key in sorted(metadata)})
    return serialize(changed)


def fix_size(model: bytes, size: int) -> bytes:
    """The same ONNX model for one tile of `size` x `size` pixels at a time.

    For programs that plan by the shape.

    Raises:
        ValueError: the model cannot take tiles of this size.
    """
    fixed = onnx.load_model_from_string(model)
    dimensions = fixed.graph.input[0].type.tensor_type.shape.dim
    for dimension, value in ((dimensions[0], 1), (dimensions[2], size), (dimensions[3], size)):
        if dimension.HasField("dim_value") and dimension.dim_value != value:
            raise ValueError(f"the model takes {dimension.dim_value} here, not {value}")
        dimension.dim_value = value
    classes = fixed.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    for dimension, value in zip(
        fixed.graph.output[0].type.tensor_type.shape.dim, (1, classes, size, size), strict=True
    ):
        dimension.dim_value = value
    del fixed.graph.value_info[:]  # shapes of what lies between, stated by the free sizes
    return serialize(onnx.shape_inference.infer_shapes(fixed, strict_mode=True))


def serialize(model: onnx.ModelProto) -> bytes:
    """The bytes of an ONNX model, the same every time."""
    serialized: bytes = model.SerializeToString(deterministic=True)
    return serialized
