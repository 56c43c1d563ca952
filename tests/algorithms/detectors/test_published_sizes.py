"""Our assemblies have as many parameters as those that torchvision publishes, layer by layer."""

from __future__ import annotations

import pytest
import torch
from segmentation_models_pytorch.encoders import get_encoder
from torch import nn
from torchvision.models import vgg16
from torchvision.models.detection import ssdlite320_mobilenet_v3_large
from torchvision.models.detection.ssd import SSDFeatureExtractorVGG

from rs_seg.algorithms.detectors.fcos import Fcos
from rs_seg.algorithms.detectors.pyramid import Pyramid
from rs_seg.algorithms.detectors.retinanet import RetinaNet
from rs_seg.algorithms.detectors.ssd import Ssd
from rs_seg.algorithms.detectors.two_stage import FasterRcnn, MaskRcnn


def anchors_of(*counts: int) -> list[list[list[float]]]:
    return [[[32.0, 32.0]] * count for count in counts]


def pyramid_of(strides: tuple[int, ...]) -> Pyramid:
    encoder = get_encoder("resnet50", in_channels=3, depth=5, weights=None)
    return Pyramid(encoder, band_count=3, strides=strides, channels=256)


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.fixture(autouse=True)
def _without_memory():
    with torch.device("meta"):
        yield


# torchvision's figures for its files, with the 53,120 parameters of the batch normalisation of
# ResNet-50, which it freezes and does not count; 91 classes include the background where a network
# has one
@pytest.mark.parametrize(
    ("network", "expected"), [(FasterRcnn, 41_808_406), (MaskRcnn, 44_454_513)]
)
def test_two_stage_detectors_on_resnet50(network, expected):
    strides = (4, 8, 16, 32, 64)
    detector = network(
        pyramid_of(strides), strides=strides, anchors=anchors_of(3, 3, 3, 3, 3), class_count=90
    )
    assert count(detector) == expected


def test_retinanet_on_resnet50():
    strides = (8, 16, 32, 64, 128)
    anchors = anchors_of(9, 9, 9, 9, 9)
    detector = RetinaNet(pyramid_of(strides), strides=strides, anchors=anchors, class_count=91)
    assert count(detector) == 34_068_119


def test_fcos_on_resnet50():
    strides = (8, 16, 32, 64, 128)
    assert count(Fcos(pyramid_of(strides), strides=strides, class_count=91)) == 32_322_720


# the published backbones of these two have layers behind the encoder: they are torchvision's here,
# and the heads ours
def test_ssd300_on_vgg16():
    features = SSDFeatureExtractorVGG(vgg16().features, highres=False)
    detector = Ssd(
        features,
        widths=(512, 1024, 512, 256, 256, 256),
        strides=(8, 16, 32, 64, 100, 300),
        anchors=anchors_of(4, 6, 6, 6, 4, 4),
        class_count=90,
    )
    assert count(detector) == 35_641_826


def test_ssdlite320_on_mobilenet_v3():
    with torch.device("cpu"):  # it measures its own features
        features = ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None).backbone
    detector = Ssd(
        features,
        widths=(672, 480, 512, 256, 256, 128),
        strides=(16, 32, 64, 107, 160, 320),
        anchors=anchors_of(6, 6, 6, 6, 6, 6),
        class_count=90,
        lite=True,
    )
    assert count(detector) == 3_440_060
