"""Signatures of ONNX models: equal ones mean equal layers and sizes of weights, so equal speed."""

from __future__ import annotations

import hashlib

import onnx


def architecture_signature(model: bytes) -> str:
    """A hash of the operators, their attributes and the shapes of weights, not of the weights.

    Networks of one architecture have the same, whatever they were trained on.
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
