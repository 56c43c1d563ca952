"""How the table builds the detectors of the textbook."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from torch import nn

from rs_seg.algorithms.detectors.detector import Detector
from rs_seg.algorithms.detectors.fast_rcnn import FastRcnn
from rs_seg.algorithms.detectors.overfeat import OverFeat
from rs_seg.algorithms.detectors.pyramid import place_encoder
from rs_seg.algorithms.detectors.r_fcn import RFcn
from rs_seg.algorithms.detectors.rcnn import Rcnn
from rs_seg.algorithms.detectors.yolo import Yolo
from rs_seg.algorithms.detectors.yolo_v1 import YoloV1


def build_on_encoder(
    kind: type[Yolo | RFcn | FastRcnn | Rcnn],
    *,
    encoder: str,
    decoder: str | None,  # noqa: ARG001
    weights: str | None,
    bands: Sequence[str],
    class_count: int,
    plan: dict[str, Any],
) -> Detector:
    """A detector on any encoder, with weights of the encoder where they are given."""
    detector = kind(len(bands), class_count, encoder, plan)
    part: nn.Module = detector if isinstance(detector, Rcnn) else detector.features
    place_encoder(part, weights, encoder=encoder, bands=bands)
    return detector


def build_own_layers(
    kind: type[YoloV1 | OverFeat],
    *,
    encoder: None,
    decoder: str | None,  # noqa: ARG001
    weights: str | None,  # noqa: ARG001
    bands: Sequence[str],
    class_count: int,
    plan: dict[str, Any],
) -> Detector:
    """A detector with layers of its own."""
    return kind(len(bands), class_count, encoder, plan)


build_yolo = partial(build_on_encoder, Yolo)
build_r_fcn = partial(build_on_encoder, RFcn)
build_fast_rcnn = partial(build_on_encoder, FastRcnn)
build_rcnn = partial(build_on_encoder, Rcnn)
build_yolo_v1 = partial(build_own_layers, YoloV1)
build_overfeat = partial(build_own_layers, OverFeat)
