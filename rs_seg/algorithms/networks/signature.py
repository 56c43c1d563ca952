"""What is read from an ONNX model of ours without the programs that make or compute one."""

from __future__ import annotations

import hashlib

import onnx

INPUT = "pixels"
"""The name of its input."""


def tile_size(model: bytes) -> int | None:
    """Side in pixels of the tiles that an ONNX model of `to_onnx` takes; None if it is free."""
    height = onnx.load_model_from_string(model).graph.input[0].type.tensor_type.shape.dim[2]
    return int(height.dim_value) if height.HasField("dim_value") else None


def bands_of_model(model: bytes) -> int:
    """Bands of the tiles that an ONNX model of `to_onnx` takes."""
    return int(
        onnx.load_model_from_string(model).graph.input[0].type.tensor_type.shape.dim[1].dim_value
    )


def architecture_signature(model: bytes) -> str:
    """A hash of the operators, their attributes and the shapes of weights, not of the weights.

    Networks of one architecture have the same, whatever they were trained on. Equal ones mean
    equal layers and sizes of weights, so equal speed.
    """
    graph = onnx.load_model_from_string(model).graph
    digest = hashlib.sha256()
    for node in graph.node:
        settings = sorted(
            (attribute.name, attribute.i, tuple(attribute.ints))
            for attribute in node.attribute
            if attribute.type in {onnx.AttributeProto.INT, onnx.AttributeProto.INTS}
        )
        digest.update(repr((node.op_type, settings)).encode())
    digest.update(repr([tuple(weights.dims) for weights in graph.initializer]).encode())
    return digest.hexdigest()
