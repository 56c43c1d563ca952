"""Selective search: objects of simple images are among its boxes, always the same ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchvision.ops import box_iou

from rs_seg.algorithms.detectors.selective_search import (
    Regions,
    _find_borders,
    _measure_slopes,
    propose_regions,
)

BOXES = np.array([[10, 12, 34, 30], [60, 20, 66, 26], [20, 60, 90, 92], [70, 40, 88, 52]])


def picture(band_count: int, *, seed: int = 0) -> np.ndarray:
    pixels = np.random.default_rng(seed).normal(0, 0.3, (band_count, 100, 110)).astype(np.float32)
    for number, (left, top, right, bottom) in enumerate(BOXES):
        pixels[number % band_count, top:bottom, left:right] += 2
    return pixels


@pytest.mark.parametrize("band_count", [1, 3, 5])
def test_each_object_is_among_the_boxes(band_count):
    boxes = propose_regions(picture(band_count))
    shares = box_iou(torch.from_numpy(BOXES).double(), torch.from_numpy(boxes))
    assert (shares.max(dim=1).values > 0.8).all()
    assert len(boxes) < 300


def test_an_object_of_two_colours_is_found_whole():
    """No first region is the whole house: its roof has two sides."""
    pixels = np.random.default_rng(1).normal(0, 0.1, (3, 80, 80)).astype(np.float32)
    pixels[:, 20:40, 20:60] += 2.5
    pixels[:, 40:60, 20:60] += 1.5
    shares = box_iou(
        torch.tensor([[20.0, 20, 60, 60], [20, 20, 60, 40], [20, 40, 60, 60]]),
        torch.from_numpy(propose_regions(pixels)).float(),
    )
    assert (shares.max(dim=1).values > 0.8).all()


def test_equal_pixels_give_equal_boxes_and_a_limit_takes_the_first():
    one, other = (propose_regions(picture(3)) for _ in range(2))
    assert one.tobytes() == other.tobytes()
    assert propose_regions(picture(3), limit=7).tolist() == one[:7].tolist()
    assert len(np.unique(one, axis=0)) == len(one)


def test_boxes_lie_in_the_window_and_the_window_is_one_of_them():
    boxes = propose_regions(picture(3))
    assert boxes.min() >= 0
    assert (boxes[:, 2:] <= [110, 100]).all()
    assert (boxes[:, 2:] > boxes[:, :2]).all()
    assert [0, 0, 110, 100] in boxes.tolist()


def test_an_empty_window_is_one_region():
    assert propose_regions(np.zeros((2, 32, 64), np.float32)).tolist() == [[0, 0, 64, 32]]


def test_alikeness_by_hand():
    """Two regions of 2 and 4 pixels side by side in an image of 24 pixels."""
    regions = Regions(
        np.array([[0.0, 0, 2, 1], [2, 0, 4, 2]]),
        np.array([2.0, 4.0]),
        np.array([[0.5, 0.5], [0.25, 0.75]]),
        np.array([[1.0, 0.0], [0.0, 1.0]]),
    )
    one, other = np.array([0]), np.array([1])
    # colour 0.25 + 0.5, texture 0, size 1 - 6 / 24, fill 1 - (8 - 6) / 24
    for measure, wanted in (("c", 0.75), ("t", 0.0), ("s", 0.75), ("f", 1 - 2 / 24)):
        assert regions.compare(one, other, measure, 24.0).tolist() == pytest.approx([wanted])
    assert regions.compare(one, other, "ctsf", 24.0)[0] == pytest.approx(0.75 + 0.75 + 1 - 2 / 24)
    joined = regions.enlarge()
    joined.join(0, 1, 2)
    assert joined.boxes[2].tolist() == [0, 0, 4, 2]
    assert joined.colours[2].tolist() == pytest.approx([2 / 6, 4 / 6])


def test_borders_are_pairs_of_neighbours():
    labels = np.array([[0, 0, 1], [2, 0, 1], [2, 2, 2]])
    assert _find_borders(labels).tolist() == [[0, 1], [0, 2], [1, 2]]


def test_slopes_fall_into_the_bin_of_their_direction():
    ramp = np.tile(np.linspace(0, 1.1, 11), (11, 1))[..., None]  # 0.11 by pixel to the right
    bins = _measure_slopes(ramp)[:, 5, 5]
    assert bins[0] == 4  # 0.11 of 0.25 in ten bins
    assert bins[4] == 0  # to the left it falls
    assert bins[1] == bins[7] == 3  # the diagonals see 0.078
