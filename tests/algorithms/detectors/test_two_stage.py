"""Which boxes of Mask R-CNN get a mask."""

from __future__ import annotations

import torch

from rs_seg.algorithms.detectors.table import build_detector, plan_detector
from rs_seg.algorithms.detectors.two_stage import DRAWN
from rs_seg.algorithms.objects.suppression import suppress
from tests.algorithms.detectors.test_contract import SMALL_ENCODER, draw_boxes, pixels_of, rows_of


def test_a_mask_is_drawn_for_the_best_box_of_a_place_only():
    torch.manual_seed(0)
    boxes = draw_boxes(200, 64, seed=9)
    plan = plan_detector("mask_rcnn", boxes[:, 2:] - boxes[:, :2], class_count=2, window=64)
    detector = build_detector(
        "mask_rcnn",
        encoder=SMALL_ENCODER,
        decoder=None,
        weights=None,
        bands=("red", "green", "blue"),
        class_count=2,
        plan={**plan, "channels": 16},
    ).eval()
    pixels = pixels_of(64, count=2)
    windows = zip(
        detector.find_boxes(pixels, least=0.001), detector.find(pixels, least=0.001), strict=True
    )
    for found, drawn in windows:
        assert found.shapes is None
        assert drawn.shapes is not None
        stays = suppress(found, limit=DRAWN)
        assert rows_of(drawn) == rows_of(found.take(stays))
        assert 0 < len(drawn) < len(found)
