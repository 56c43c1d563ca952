"""The work of `export_detector`."""

from __future__ import annotations

import json

import torch

from rs_seg.algorithms.detectors.dense import RasterDetector
from rs_seg.algorithms.detectors.exporting import detector_to_onnx
from rs_seg.algorithms.networks.onnx import add_metadata
from rs_seg.algorithms.prediction.applicability import check_classes
from rs_seg.errors import UserError
from rs_seg.io.model_description import ModelDescription
from rs_seg.predicting.detectors import read_detector
from rs_seg.values import ClassNames, InPath, OutPath, thread_count


def export_detector(
    object_names: ClassNames, least_score: float, *, model: InPath, onnx: OutPath
) -> None:
    """See the signature."""
    description, network = read_detector(model)
    detector = network.layers
    if not isinstance(detector, RasterDetector):
        raise UserError(
            "only detectors that say all in rasters are exported",
            where=model,
            found=f"{description.network['architecture']}, which chooses regions and looks again",
        )
    check_classes(description.classes, object_names, where=model)
    torch.set_num_threads(thread_count())
    exported = detector_to_onnx(
        network, band_count=len(description.bands), window=description.window
    )
    told = _describe(description) | _describe_decoding(description, detector)
    told["least_score"] = least_score
    texts = {key: json.dumps(value, ensure_ascii=False) for key, value in told.items()}
    onnx.write_bytes(add_metadata(exported, texts))


def _describe(description: ModelDescription) -> dict[str, object]:
    """What a program needs to feed the model and to read its classes, as `export` says it."""
    return {
        "bands": description.bands,
        "resolution_m": description.resolution_m,
        "class_names": dict(enumerate(description.classes.names)),
        "class_codes": description.classes.codes,
        "normalisation": [band.model_dump() for band in description.normalisation],
        "window": description.window,
        "rs_seg_version": description.rs_seg_version,
    }


def _describe_decoding(
    description: ModelDescription, detector: RasterDetector
) -> dict[str, object]:
    """What a program needs to read objects from the rasters."""
    return {
        "architecture": description.network["architecture"],
        "strides": detector.strides,
        "decoding": detector.decoding,
        "largest": description.plan["largest"],
    }
