"""Centre detectors on rasters that are coarser than the image."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rs_seg.algorithms.detectors.centre import RARE
from rs_seg.algorithms.detectors.centre_detector import CentreDetector
from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.detectors.table import build_detector, plan_detector
from rs_seg.algorithms.networks.table import ARCHITECTURES

SIDE = 64
BOXES = np.array([[3.2, 4.7, 23.9, 30.1], [20.5, 40.25, 60.75, 57.0]], np.float32)


def build(decoder: str, stride: int) -> CentreDetector:
    torch.manual_seed(0)
    detector = build_detector(
        "centre",
        encoder="tu-test_resnet" if ARCHITECTURES[decoder].own_encoder is None else None,
        decoder=decoder,
        weights=None,
        bands=("red", "green", "blue"),
        class_count=2,
        plan={"typical": [24.0, 30.0], "largest": 60.0, "stride": stride},
    )
    assert isinstance(detector, CentreDetector)
    return detector


def objects(**changes: torch.Tensor) -> WindowObjects:
    settings = {
        "boxes": torch.from_numpy(BOXES),
        "classes": torch.tensor([1, 0]),
        "ignored": torch.zeros(2, dtype=torch.bool),
        "counted": torch.ones(SIDE, SIDE, dtype=torch.bool),
    }
    return WindowObjects(**{**settings, **changes})


@pytest.mark.parametrize(
    ("decoder", "stride", "own"),
    [
        *(("unet", stride, stride) for stride in (1, 2, 4, 8)),
        *(("linknet", stride, stride) for stride in (1, 2, 4)),
        *(("fpn", stride, own) for stride, own in ((1, 1), (2, 1), (4, 4))),
        ("unetplusplus", 4, 1),
    ],
)
def test_rasters_have_the_stride_that_they_say_and_all_parameters_learn(decoder, stride, own):
    detector = build(decoder, stride)
    assert detector.strides == (own,)
    pixels = torch.randn(2, 3, SIDE, SIDE)
    (output,) = detector(pixels)
    assert output.shape == (2, 6, SIDE // own, SIDE // own)
    # BatchNorm of the deepest 2 x 2 features is the only thing that could hide a layer
    detector.loss(pixels, [objects(), objects()]).backward()
    unused = [name for name, own in detector.named_parameters() if own.grad is None]
    assert unused == []


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_boxes_in_pixels_come_back_from_targets_in_cells(stride):
    detector = build("unet", stride)
    drawn = detector._draw(objects())
    heat = drawn.heat.double().clamp(1e-6, 1 - 1e-6).logit()
    output = torch.cat([heat, drawn.beside.double()]).numpy().astype(np.float32)
    found = detector.decode([output], least=0.9)
    order = np.argsort(found.boxes[:, 0])
    np.testing.assert_allclose(found.boxes[order], BOXES, atol=1e-3)
    assert found.codes[order].tolist() == [1, 0]


def test_a_cell_with_one_pixel_without_data_is_not_judged():
    counted = torch.ones(SIDE, SIDE, dtype=torch.bool)
    counted[5, 62] = False
    drawn = build("unet", 4)._draw(objects(counted=counted))
    assert (~drawn.counted).nonzero().tolist() == [[1, 15]]


def test_an_untrained_detector_expects_objects_of_the_typical_size_in_pixels():
    detector = build("unet", 4)
    detector.network = torch.nn.Conv2d(3, 6, 1)
    torch.nn.init.zeros_(detector.network.weight)
    torch.nn.init.zeros_(detector.network.bias)
    (found,) = detector.find(torch.zeros(1, 3, 8, 8), least=RARE / 2)
    sizes = found.boxes[:, 2:] - found.boxes[:, :2]
    np.testing.assert_allclose(sizes, [[24.0, 30.0]] * 2, rtol=1e-5)  # one of each class


@pytest.mark.parametrize(("side", "stride"), [(6.0, 1), (11.9, 1), (12.0, 2), (23.9, 2), (72.0, 4)])
def test_the_stride_follows_from_the_smallest_tenth_of_the_objects(side, stride):
    sizes = np.full((100, 2), side)
    sizes[:5] = 4.0
    assert plan_detector("centre", sizes, class_count=1, window=256)["stride"] == stride
