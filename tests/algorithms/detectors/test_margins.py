"""Margins of tiles: all that a detector looks at where that is little, else what objects need."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from rs_seg.algorithms.detectors.dense import DenseDetector
from rs_seg.algorithms.detectors.detector import Detector
from rs_seg.algorithms.detectors.margins import choose_margin, look_of
from rs_seg.algorithms.detectors.table import build_detector, plan_detector


class Pyramid(DenseDetector):
    """Two rasters of strides 1 and 4; it looks `radius` pixels around at the first one."""

    strides = (1, 4)

    def __init__(self, radius: int) -> None:
        super().__init__()
        kernel, holes = (3, radius) if radius else (1, 1)
        self.fine = nn.Conv2d(2, 5, kernel, padding=radius, dilation=holes)

    def forward(self, pixels_NBHW):
        return self.fine(pixels_NBHW), nn.functional.avg_pool2d(pixels_NBHW, 4)

    def decode(self, rasters, *, least):
        raise NotImplementedError

    def loss(self, pixels_NBHW, objects):
        raise NotImplementedError


class Region(Detector):
    """A detector that looks at regions."""

    def find(self, pixels_NBHW, *, least):
        raise NotImplementedError

    def loss(self, pixels_NBHW, objects):
        raise NotImplementedError


@pytest.mark.parametrize("radius", [0, 3, 20])
def test_a_dense_detector_looks_as_far_as_its_rasters(radius):
    # a cell of four pixels holds those up to three pixels away
    assert look_of(Pyramid(radius), 2, most=64) == max(radius, 3)
    assert look_of(Pyramid(radius), 2, most=2) is None


def test_a_detector_that_looks_around_little_gets_all_it_looks_at():
    assert choose_margin(Pyramid(12), band_count=2, tile=256, largest=50) == 12 + 4 * 4


@pytest.mark.parametrize("strides", [(4, 4), (1, 4), (4, 1)])
def test_around_a_centre_there_are_cells_of_the_coarsest_raster(strides):
    coarse = Pyramid(20)
    coarse.strides = strides
    assert choose_margin(coarse, band_count=2, tile=512, largest=50) == 20 + 4 * 4


def test_overfeat_gets_room_for_centres_far_from_the_places_of_its_second_scale():
    sizes = np.full((9, 2), 30.0) * np.linspace(0.5, 1.5, 9)[:, None]
    plan = plan_detector("overfeat", sizes, class_count=1, window=128)
    detector = build_detector(
        "overfeat",
        encoder=None,
        decoder=None,
        weights=None,
        bands=("a",),
        class_count=1,
        plan=plan,
    ).eval()
    assert detector.strides == (4, 8)
    look = look_of(detector, 1, most=96)
    assert look is not None
    # objects of 80 pixels are learnt by places up to a quarter of their side away
    assert choose_margin(detector, band_count=1, tile=1024, largest=45) >= look + 80 / 4


def test_a_detector_that_looks_far_gets_what_its_objects_need_at_most_a_quarter():
    far = Pyramid(40)
    assert choose_margin(far, band_count=2, tile=256, largest=5) == 32
    assert choose_margin(far, band_count=2, tile=256, largest=81) == 41
    assert choose_margin(far, band_count=2, tile=256, largest=500) == 64
    assert choose_margin(far, band_count=2, tile=512, largest=5) == 40 + 4 * 4


def test_a_detector_of_regions_gets_the_largest_object():
    assert look_of(Region(), 2, most=64) is None
    assert choose_margin(Region(), band_count=2, tile=256, largest=20.5) == 21
    assert choose_margin(Region(), band_count=2, tile=256, largest=200) == 64


def test_the_centre_detector_looks_further_than_is_cheap():
    torch.manual_seed(0)
    plan = plan_detector("centre", np.array([[20.0, 30.0]]), class_count=2, window=128)
    detector = build_detector(
        "centre",
        encoder="tu-test_resnet",
        decoder="unet",
        weights=None,
        bands=("a", "b"),
        class_count=2,
        plan=plan,
    )
    assert look_of(detector.eval(), 2, most=32) is None
    assert choose_margin(detector, band_count=2, tile=256, largest=80) == 40
