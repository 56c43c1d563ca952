"""Numbers worked out by hand or counted by others.

Of the operations that networks are made of, and of libraries.
"""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from rs_seg.algorithms.networks.support import find_support


def test_a_transposed_convolution_adds_up_its_scaled_kernels():
    image, kernel = (
        torch.tensor([[0.0, 1, 2], [1, 2, 3], [2, 3, 4]]),
        torch.tensor([[0.0, 1], [2, 3]]),
    )
    found = F.conv_transpose2d(image[None, None], kernel[None, None])[0, 0]
    assert found.tolist() == [[0, 0, 1, 2], [0, 3, 9, 9], [2, 9, 15, 13], [4, 12, 17, 12]]


def test_a_strided_convolution_pads_with_zeros():
    image = torch.tensor(
        [[1.0, 2, 0, 0, 0], [2, 2, 0, 0, 0], [2, 2, 2, 1, 0], [1, 0, 0, 2, 0], [1, 1, 0, 1, 0]],
    )
    kernel = torch.tensor([[0.0, 0, -1], [-1, 0, 0], [-1, -1, -1]])
    found = F.conv2d(image[None, None], kernel[None, None], stride=2, padding=1)[0, 0]
    assert found.tolist() == [[-4, -4, 0], [-3, -4, -3], [0, -3, -1]]


def test_softmax_and_sigmoid_give_the_published_values():
    softmax = torch.softmax(torch.tensor([2.0, 1.0, 0.1]), dim=0)
    torch.testing.assert_close(softmax, torch.tensor([0.66, 0.24, 0.10]), atol=0.005, rtol=0)
    sigmoid = torch.sigmoid(torch.tensor([2.0, 1.0, -3.0]))
    torch.testing.assert_close(sigmoid, torch.tensor([0.88, 0.73, 0.05]), atol=0.005, rtol=0)


@pytest.mark.parametrize("layers", [1, 3, 49])
def test_stacked_convolutions_of_3_x_3_see_one_pixel_more_on_each_side_per_layer(layers):
    stack = nn.Sequential(*(nn.Conv2d(1, 1, 3, padding=1) for _ in range(layers)))
    assert 2 * find_support(stack, 1).radius + 1 == 1 + 2 * layers


class Alexnet(nn.Module):
    """pool5 of AlexNet, without padding, copied to full size: Krizhevsky et al. 2012."""

    total_stride = 32

    def __init__(self) -> None:
        super().__init__()
        shapes = ((11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2))
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 1, size, stride, padding=size // 2) for size, stride in shapes)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.interpolate(self.layers(x), size=x.shape[2:])


def test_pool5_of_alexnet_sees_195_pixels():
    support = find_support(Alexnet(), 1)
    assert (support.stride, 2 * support.reach + 1) == (32, 195)


@pytest.mark.parametrize(
    ("family", "name", "classes", "count"),
    [
        ("segmentation", "deeplabv3_resnet50", 21, 42_004_074),
        ("segmentation", "deeplabv3_resnet101", 21, 60_996_202),
        ("detection", "maskrcnn_resnet50_fpn", 91, 44_454_513),
        ("detection", "fasterrcnn_resnet50_fpn", 91, 41_808_406),
    ],
)
def test_networks_of_torchvision_have_the_parameters_that_are_published(
    family, name, classes, count
):
    import torchvision

    options = {"aux_loss": True} if family == "segmentation" else {}
    with torch.device("meta"):
        build = getattr(getattr(torchvision.models, family), name)
        network = build(weights=None, weights_backbone=None, num_classes=classes, **options)
    assert sum(each.numel() for each in network.parameters()) == count
