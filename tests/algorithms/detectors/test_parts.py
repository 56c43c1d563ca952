"""Anchors, regions, outlines and thinning, each by itself."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import torch
from torchvision.ops import roi_align

from rs_seg.algorithms.detectors.anchors import (
    BACKGROUND,
    NOT_JUDGED,
    decode_boxes,
    encode_boxes,
    match_anchors,
    place_anchors,
)
from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.detectors.masks import draw_outline
from rs_seg.algorithms.detectors.regions import pool_regions
from rs_seg.algorithms.detectors.thinning import thin
from rs_seg.values.candidates import Candidates

BOX = np.array([3.0, 4.0, 31.0, 60.0])
SIDE = 28


def window(boxes: list[list[float]], ignored: list[bool]) -> WindowObjects:
    return WindowObjects(
        torch.tensor(boxes).reshape(-1, 4),
        torch.zeros(len(boxes), dtype=torch.int64),
        torch.tensor(ignored, dtype=torch.bool),
        torch.ones(64, 64, dtype=torch.bool),
    )


def test_anchors_lie_about_the_middles_of_cells_row_by_row():
    anchors = place_anchors([[[2, 4], [6, 6]]], [8], (16, 24), torch.device("cpu"))
    assert anchors.shape == (2 * 3 * 2, 4)
    assert anchors[0].tolist() == [3, 2, 5, 6]
    assert anchors[1].tolist() == [1, 1, 7, 7]
    assert anchors[2].tolist() == [11, 2, 13, 6]
    assert anchors[6].tolist() == [3, 10, 5, 14]


def test_boxes_come_back_from_what_is_told_of_them():
    draws = torch.Generator().manual_seed(0)
    corners = torch.rand(2, 50, 2, generator=draws) * 50
    sizes = torch.rand(2, 50, 2, generator=draws) * 20 + 2
    boxes, anchors = torch.cat([corners, corners + sizes], dim=2)
    weights = (10.0, 10.0, 5.0, 5.0)
    again = decode_boxes(encode_boxes(boxes, anchors, weights), anchors, weights)
    torch.testing.assert_close(again, boxes, atol=1e-3, rtol=0)


def test_each_object_has_an_anchor_and_ignored_ones_have_none():
    anchors = place_anchors([[[8, 8]]], [8], (64, 64), torch.device("cpu"))
    objects = [[8.5, 8.5, 15.5, 15.5], [30.0, 30.0, 33.0, 33.0], [48.0, 48.0, 64.0, 64.0]]
    matched = match_anchors(anchors, window(objects, [False, False, True]), high=0.5, low=0.4)
    grid = matched.view(8, 8)
    assert grid[1, 1] == 0
    assert (grid[3:5, 3:5] == 1).any()
    assert (grid[6:, 6:] == NOT_JUDGED).all()
    assert (matched == BACKGROUND).sum() > 50


def test_an_object_that_no_anchor_meets_is_no_target():
    anchors = place_anchors([[[8, 8]]], [8], (64, 64), torch.device("cpu"))
    matched = match_anchors(anchors, window([[70.0, 70.0, 80.0, 80.0]], [False]), high=0.5, low=0.4)
    assert (matched == BACKGROUND).all()


def test_nothing_is_matched_where_nothing_is_counted():
    anchors = place_anchors([[[8, 8]]], [8], (64, 64), torch.device("cpu"))
    objects = window([[8.0, 8.0, 16.0, 16.0]], [False])
    objects.counted[:, :32] = False
    grid = match_anchors(anchors, objects, high=0.5, low=0.4).view(8, 8)
    assert (grid[:, :4] == NOT_JUDGED).all()
    assert (grid[:, 4:] == BACKGROUND).all()


def test_regions_are_read_at_the_stride_of_their_size():
    draws = torch.Generator().manual_seed(0)
    strides = (2, 4, 8)
    levels = [torch.rand(2, 3, 512 // s, 512 // s, generator=draws) for s in strides]
    regions = [
        torch.tensor([[10.0, 10, 30, 30], [5, 5, 125, 130]]),
        torch.tensor([[0.0, 0, 70, 60]]),
    ]
    pooled = pool_regions(levels, strides, regions, 7)
    for row, (owner, box, level) in enumerate([(0, 0, 0), (0, 1, 2), (1, 0, 1)]):
        roi = torch.cat([torch.tensor([float(owner)]), regions[owner][box]])[None]
        read = roi_align(levels[level], roi, 7, 1 / strides[level], sampling_ratio=2, aligned=True)
        torch.testing.assert_close(pooled[row], read[0])


@pytest.mark.parametrize("value", [1.0, 0.5])
def test_a_full_mask_fills_its_box(value):
    outline = draw_outline(np.full((SIDE, SIDE), value), BOX)
    assert outline.bounds == pytest.approx(tuple(BOX), abs=1.1)
    assert outline.area == pytest.approx(28 * 56, rel=0.08)


def test_of_a_mask_the_largest_part_is_drawn_with_its_holes():
    mask = np.zeros((SIDE, SIDE))
    mask[7:21, 7:21] = 1
    mask[10:12, 10:12] = 0
    mask[:2, :2] = 1
    outline = draw_outline(mask, BOX)
    cell = 28 * 56 / SIDE**2
    assert outline.area == pytest.approx((14 * 14 - 2 * 2) * cell, rel=0.01)
    assert len(outline.interiors) == 1
    assert outline.bounds == pytest.approx((10, 18, 24, 46), abs=0.01)


def test_masks_of_noise_give_valid_polygons_and_empty_ones_the_box():
    draws = np.random.default_rng(0)
    outlines = [draw_outline(draws.random((SIDE, SIDE)), BOX) for _ in range(50)]
    assert all(one.geom_type == "Polygon" and one.is_valid and one.area > 0 for one in outlines)
    assert draw_outline(np.zeros((SIDE, SIDE)), BOX).equals(shapely.box(*BOX))


def test_candidates_near_a_better_one_of_their_class_go():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [2, 0, 12, 10], [1, 0, 11, 10.0]])
    scores, codes = np.array([0.9, 0.8, 0.7, 0.6]), np.array([0, 0, 0, 1])
    # the third is near the second only, which goes too: it goes all the same
    assert thin(Candidates(boxes, scores, codes)).scores.tolist() == [0.9, 0.6]
    assert len(thin(Candidates(boxes[:0], scores[:0], codes[:0]))) == 0
