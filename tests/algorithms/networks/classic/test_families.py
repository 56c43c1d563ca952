"""What each family of the textbook is known to do."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from rs_seg.algorithms.networks.classic.fcn import Fcn
from rs_seg.algorithms.networks.classic.hypercolumns import Hypercolumns
from rs_seg.algorithms.networks.classic.layers import (
    NormalisedFeatures,
    bilinear_kernel,
    bilinear_upsampling,
    pool_with_places,
    unpool,
)
from rs_seg.algorithms.networks.classic.parsenet import ParseNet
from rs_seg.algorithms.networks.classic.unet import OriginalUnet, mirror
from rs_seg.algorithms.networks.classic.vgg import VggEncoder
from rs_seg.algorithms.networks.support import find_support


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 5))
def test_unpooling_puts_each_maximum_back_in_its_place_and_zero_elsewhere(seed, height, width):
    x = torch.randperm(
        2 * 3 * 4 * height * width, generator=torch.Generator().manual_seed(seed)
    ).float()
    x = x.reshape(2, 3, 2 * height, 2 * width) - 20
    pooled, places = pool_with_places(x)
    values, indices = F.max_pool2d(x, 2, return_indices=True)
    assert torch.equal(pooled, values)
    assert torch.equal(unpool(pooled, places), F.max_unpool2d(values, indices, 2))


def test_of_equal_values_the_first_is_unpooled_even_if_they_differ_by_rounding():
    x = torch.tensor([[5.0, 5.0], [5.000001, 2.0]])[None, None]
    found = unpool(*pool_with_places(x))[0, 0]
    assert found[0, 0] == x.max()
    assert found.count_nonzero() == 1


def test_the_gradient_of_unpooling_is_that_of_the_maximum():
    x = torch.tensor([[1.0, 4.0], [2.0, 3.0]])[None, None].requires_grad_()
    unpool(*pool_with_places(x)).sum().backward()
    assert x.grad[0, 0].tolist() == [[0, 1], [0, 0]]


def test_the_bilinear_kernel_is_the_one_of_the_paper():
    tent = torch.tensor([0.25, 0.75, 0.75, 0.25])
    torch.testing.assert_close(bilinear_kernel(2), torch.outer(tent, tent))


@pytest.mark.parametrize("factor", [2, 8, 16, 32])
def test_transposed_convolutions_begin_as_bilinear_upsampling_away_from_the_edges(factor):
    x = torch.randn(1, 3, 6, 5)
    found = bilinear_upsampling(3, factor)(x)
    expected = F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)
    assert found.shape == expected.shape
    inside = (..., slice(factor, -factor), slice(factor, -factor))
    torch.testing.assert_close(found[inside], expected[inside])


@pytest.mark.parametrize(("stride", "factors"), [(32, [32]), (16, [2, 16]), (8, [2, 2, 8])])
def test_an_fcn_without_its_skips_is_the_upsampled_path_of_its_deepest_scores(stride, factors):
    network = Fcn(band_count=3, class_count=4, finest_stride=stride, width=4).eval()
    pixels = torch.randn(1, 3, 320, 320)
    with torch.inference_mode():
        found = network(pixels)
        scores = network.score(network.encoder.classifier(network.encoder.pool_stages(pixels)[-1]))
        for factor in factors:
            scores = F.interpolate(
                scores, scale_factor=factor, mode="bilinear", align_corners=False
            )
    torch.testing.assert_close(found[..., 96:-96, 96:-96], scores[..., 96:-96, 96:-96])
    assert found.std() > 0


def test_skips_change_an_fcn_8s_once_they_have_weights():
    network = Fcn(band_count=3, class_count=4, finest_stride=8, width=4).eval()
    pixels = torch.randn(1, 3, 64, 64)
    before = network(pixels)
    for skip in network.skips:
        nn.init.ones_(skip.weight)
        assert not torch.equal(network(pixels), before)
        nn.init.zeros_(skip.weight)


class Deepest(nn.Module):
    """One channel of pool5, or of fc6, copied to full size."""

    def __init__(self, *, head: bool) -> None:
        super().__init__()
        self.encoder, self.head = VggEncoder(3, width=1, head=True), head

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        deepest = self.encoder.pool_stages(x)[-1]
        return F.interpolate(
            (self.encoder.classifier(deepest) if self.head else deepest)[:, :1], scale_factor=32
        )


@pytest.mark.parametrize(("head", "size"), [(False, 212), (True, 404)])
def test_pool5_of_vgg16_sees_212_pixels_and_fc6_404(head, size):
    support = find_support(Deepest(head=head), 3)
    assert support.stride == 32
    assert 2 * support.reach + support.stride == size


def test_the_first_u_net_gives_388_pixels_of_572():
    network = OriginalUnet(band_count=1, class_count=2, padded=False, width=1)
    with torch.inference_mode():
        assert network.shrink(torch.zeros(1, 1, 572, 572)).shape == (1, 2, 388, 388)


def test_padded_and_valid_convolutions_agree_away_from_the_edges():
    valid, padded = (
        OriginalUnet(band_count=2, class_count=3, padded=each, width=2).eval()
        for each in (False, True)
    )
    padded.load_state_dict(valid.state_dict())
    pixels = torch.randn(1, 2, 256, 288)
    with torch.inference_mode():
        one, other = valid(pixels), padded(pixels)
    inside = (..., slice(96, -96), slice(96, -96))
    torch.testing.assert_close(one[inside], other[inside])
    assert not torch.allclose(one, other)


def test_mirroring_is_that_of_torch_and_goes_on_where_torch_s_ends():
    x = torch.randn(1, 2, 7, 9)
    assert torch.equal(mirror(x, 5), F.pad(x, (5, 5, 5, 5), mode="reflect"))
    line = torch.arange(3.0).expand(1, 1, 3, 3)
    assert mirror(line, 5)[0, 0, 0].tolist() == [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]


def test_the_global_feature_of_parsenet_is_constant_in_space():
    network = ParseNet(band_count=3, class_count=2, width=4).eval()
    nn.init.zeros_(network.score.weight)
    with torch.no_grad():
        network.score.weight[:, network.score.in_channels // 2 :] = torch.randn(
            2, network.score.in_channels // 2, 1, 1
        )
    logits = network(torch.randn(1, 3, 64, 64))
    torch.testing.assert_close(logits, logits[..., :1, :1].expand_as(logits))


def test_normalised_features_have_the_length_of_their_scale():
    lengths = NormalisedFeatures(6)(torch.randn(2, 6, 4, 5)).norm(dim=1)
    torch.testing.assert_close(lengths, torch.full((2, 4, 5), 10.0))


def test_upsampled_scores_are_the_scores_of_hypercolumns():
    network = Hypercolumns(band_count=3, class_count=4, width=4).eval()
    pixels = torch.randn(1, 3, 96, 64)
    with torch.inference_mode():
        parts = [
            F.interpolate(part, size=(96, 64), mode="bilinear", align_corners=False)
            for part in network.column_parts(pixels)
        ]
        weight = torch.cat([score.weight for score in network.scores], dim=1)
        bias = sum(score.bias for score in network.scores)
        torch.testing.assert_close(network(pixels), F.conv2d(torch.cat(parts, dim=1), weight, bias))
