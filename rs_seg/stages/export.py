"""A trained network for other runtimes: one ONNX file from raw pixels to class probabilities."""

from __future__ import annotations

import json

from rs_seg.values import InPath, Legend, OutPath, thread_count

REVISION = 1


def export(legend: Legend, *, model: InPath, onnx: OutPath) -> None:
    """Write the model as ONNX, with normalisation and softmax inside and what a user must know in its metadata.

    The metadata are JSON values: bands, resolution_m, class_names, class_codes, class_colors, normalisation, window.
    """
    import torch

    from rs_seg.algorithms.networks import restore_network
    from rs_seg.algorithms.networks.onnx import to_onnx
    from rs_seg.algorithms.prediction.applicability import check_classes
    from rs_seg.errors import UserError
    from rs_seg.io.model import read_model

    description, tensors = read_model(model)
    if description.kind != "convolutional":
        raise UserError("only networks of layers are exported", where=model, found=f"a {description.kind}")
    check_classes(description.classes, legend.class_names, where=model)
    torch.set_num_threads(thread_count())
    network = restore_network(
        description.network,
        tensors,
        mean=[each.mean for each in description.normalisation],
        std=[each.std for each in description.normalisation],
        classes=len(legend),
    )
    metadata = {
        "bands": description.bands,
        "resolution_m": description.resolution_m,
        "class_names": legend.class_names.names,
        "class_codes": legend.class_names.codes,
        "class_colors": [each.color for each in legend],
        "normalisation": [each.model_dump() for each in description.normalisation],
        "window": description.window,
    }
    texts = {key: json.dumps(value, ensure_ascii=False) for key, value in metadata.items()}
    onnx.write_bytes(to_onnx(network, bands=len(description.bands), window=description.window, metadata=texts))
