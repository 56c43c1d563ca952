from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from rs_seg.algorithms.networks import NormalisedNetwork, build_network
from rs_seg.algorithms.networks.receptive_field import (
    ReceptiveField,
    allows_exact_tiling,
    exact_margin,
    measure_receptive_field,
    suggest_overlap,
)
from rs_seg.algorithms.networks.support import Support, find_support


def convolutions(*kernels: int, dilation: int = 1) -> list[nn.Module]:
    return [
        layer
        for kernel in kernels
        for layer in (
            nn.Conv2d(2, 2, kernel, padding=kernel // 2 * dilation, dilation=dilation),
            nn.ReLU(),
        )
    ]


def normalised(layers: nn.Module, band_count: int = 2) -> NormalisedNetwork:
    return NormalisedNetwork(layers, mean=[100.0] * band_count, std=[40.0] * band_count).eval()


@cache
def build(architecture: str) -> NormalisedNetwork:
    """A network with random weights, and statistics of batches as they would be after training."""
    torch.manual_seed(0)
    layers = build_network(architecture, encoder="resnet18", bands=3, class_count=4)
    network = normalised(layers, 3).train()
    with torch.no_grad():
        for _ in range(10):
            network(
                100 + 40 * torch.randn(2, 3, 128, 128), torch.ones(2, 128, 128, dtype=torch.bool)
            )
    return network.eval()


@cache
def support_of(architecture: str) -> Support:
    return find_support(build(architecture).layers, 3)


class Residual(nn.Module):
    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.layers(x)
        out += x
        return torch.cat([out, x], dim=1)


class Mirrored(nn.Module):
    """Something no table can know: each pixel sees its mirror image in the tile."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + x.flip(2)


@pytest.mark.parametrize(
    ("layers", "stride", "radius", "reach"),
    [
        (convolutions(3, 3, 3), 1, 3, 3),
        (convolutions(1), 1, 0, 0),
        (convolutions(3, 5), 1, 3, 3),
        (convolutions(3, dilation=7), 1, 7, 7),
        ([nn.Conv2d(2, 2, (1, 9), padding=(0, 4))], 1, 4, 4),
        ([nn.Conv2d(2, 2, (9, 1), padding=(4, 0))], 1, 4, 4),
        ([Residual(*convolutions(3, 3))], 1, 2, 2),
        # the two pixels that a maximum is taken of, copied back to both
        ([nn.MaxPool2d(2), nn.Upsample(scale_factor=2)], 2, 1, 0),
        # a pooled pixel takes its neighbours, two pixels each: 2 beyond the block of 2, 3 from the
        # far side of it
        ([nn.MaxPool2d(2), *convolutions(3), nn.Upsample(scale_factor=2)], 2, 3, 2),
        ([nn.Conv2d(2, 2, 4, 4), *convolutions(3), nn.ConvTranspose2d(2, 2, 4, 4)], 4, 7, 4),
        # windows of 3 about every other pixel: one more before the block of 2, none behind it
        ([nn.MaxPool2d(3, 2, 1), nn.Upsample(scale_factor=2)], 2, 2, 1),
        # the four phases of bilinear upsampling take the nearest neighbour on one side or the other
        ([nn.AvgPool2d(4), nn.Upsample(scale_factor=4, mode="bilinear")], 4, 5, 4),
    ],
)
def test_supports_are_those_computed_by_hand(layers, stride, radius, reach):
    support = find_support(nn.Sequential(*layers), 2)
    assert (support.stride, support.radius, support.reach) == (stride, radius, reach)


def test_the_bottleneck_of_the_first_u_net_sees_140_pixels():
    """Two convolutions and a pooling at each of four levels, then two convolutions.

    Source: Ronneberger et al. 2015.
    """
    level = [*convolutions(3, 3), nn.MaxPool2d(2)]
    encoder = [*level * 4, *convolutions(3, 3)]
    support = find_support(nn.Sequential(*encoder, nn.Upsample(scale_factor=16)), 2)
    assert support.stride == 16
    assert support.reach is not None
    assert 2 * support.reach + support.stride == 140


class DeepestLayer(nn.Module):
    """One channel of the deepest features of a ResNet as He et al. 2016 had it.

    Strides are in the 1 x 1 convolutions.
    """

    def __init__(self, encoder: str) -> None:
        super().__init__()
        self.encoder = build_network("unet", encoder=encoder, bands=3, class_count=2).get_submodule(
            "encoder"
        )
        for stage in ("layer2", "layer3", "layer4"):
            first = self.encoder.get_submodule(stage)[0]
            first.conv1.stride, first.conv2.stride = (2, 2), (1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.interpolate(self.encoder(x)[-1][:, :1], scale_factor=32)


@pytest.mark.parametrize(
    ("encoder", "size"),
    [("resnet50", 483), pytest.param("resnet101", 1027, marks=pytest.mark.slow)],
)
def test_the_receptive_fields_of_resnets_are_483_and_1027_pixels(encoder, size):
    support = find_support(DeepestLayer(encoder), 3)
    # a deep pixel is copied to 32, and sees as many pixels on either side of the first of them
    assert (support.stride, 2 * support.reach + 1, support.radius) == (32, size, size // 2 + 31)


@pytest.mark.parametrize("architecture", ["unet", "linknet"])
def test_a_changed_pixel_changes_nothing_further_away_than_the_support(architecture):
    network = build(architecture)
    support = support_of(architecture)
    assert support.radius is not None
    pixels, valid = 100 + 40 * torch.randn(1, 3, 896, 64), torch.ones(1, 896, 64, dtype=torch.bool)
    changed = pixels.clone()
    changed[:, :, 450, 30] += 1000
    with torch.inference_mode():
        rows = (
            (network(changed, valid) != network(pixels, valid)).any(dim=3).any(dim=1)[0].nonzero()
        )
    assert rows.numel() > 0
    assert (rows - 450).abs().max() <= support.radius


@pytest.mark.parametrize(
    "architecture", ["unet", pytest.param("unetplusplus", marks=pytest.mark.slow), "linknet"]
)
def test_convolutional_decoders_with_nearest_or_transposed_upsampling_allow_exact_tiling(
    architecture,
):
    assert allows_exact_tiling(build(architecture), support_of(architecture)) == (True, "")


class Pooled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(self.pool(x))


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ([nn.GroupNorm(1, 2)], "normalisation over the tile"),
        ([nn.InstanceNorm2d(2)], "normalisation over the tile"),
        ([nn.BatchNorm2d(2, track_running_stats=False)], "any distance"),
        ([Pooled()], "pooling of the whole tile"),
        ([nn.AvgPool2d(4), nn.UpsamplingBilinear2d(scale_factor=4)], "align_corners"),
        ([Mirrored()], "where the tile lies"),
    ],
)
def test_operations_on_the_whole_tile_do_not_allow_exact_tiling(layers, reason):
    network = normalised(nn.Sequential(*layers))
    exact, found = allows_exact_tiling(network, find_support(network.layers, 2))
    assert not exact
    assert reason in found


def test_networks_that_compute_by_the_size_of_the_tile_are_found_out_by_trying():
    class Sized(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * x.shape[2]

    network = normalised(Sized())
    support = find_support(network.layers, 2)
    assert support.reach == 0
    assert allows_exact_tiling(network, support) == (
        False,
        "the output depends on where the tile lies",
    )


def test_networks_of_one_size_are_not_exact_and_say_what_they_refuse():
    class Fixed(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if x.shape[2:] != (224, 224):
                raise ValueError("size must be 224")
            return x

    network = normalised(Fixed())
    exact, reason = allows_exact_tiling(network, find_support(network.layers, 2))
    assert not exact
    assert "does not take tiles of 512 x 128 pixels (size must be 224)" in reason
    assert measure_receptive_field(network, tile=224, seed=0).radius_999 == 0


def test_measured_radii_are_those_of_the_weights():
    """All weight on the centre, but 1 in 100 at distance 3 and 1 in 1000 at distance 5."""
    layer = nn.Conv2d(1, 1, 11, padding=5, bias=False)
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[0, 0, 5, 5], layer.weight[0, 0, 2, 5], layer.weight[0, 0, 6, 10] = (
            0.97,
            -0.025,
            0.005,
        )
    field = measure_receptive_field(normalised(layer, 1), tile=32, seed=0)
    assert (field.radius_90, field.radius_95, field.radius_99, field.radius_999) == (0, 0, 3, 5)
    assert (field.support, field.exact) == (5, True)


def test_the_measurement_is_the_same_for_the_same_seed_and_lies_within_the_support():
    fields = [measure_receptive_field(build("linknet"), tile=256, seed=1) for _ in range(2)]
    assert fields[0] == fields[1]
    field = fields[0]
    assert 0 < field.radius_90 <= field.radius_95 <= field.radius_99 <= field.radius_999
    assert field.support is not None
    assert field.radius_999 <= field.support


def test_one_random_tile_is_held_at_a_time():
    counts = []

    class Counting(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            counts.append(len(x))
            return x

    layers = nn.Sequential(*convolutions(3), Counting())
    measure_receptive_field(normalised(layers), tile=64, seed=0)
    assert set(counts) == {1}


def test_invalid_pixels_of_given_tiles_do_not_spoil_the_measurement():
    pixels = np.full((1, 2, 64, 64), 100, dtype=np.float32)
    pixels[:, :, :20] = np.nan
    field = measure_receptive_field(
        normalised(nn.Sequential(*convolutions(3, 3))), tile=64, seed=0, pixels_NBHW=pixels
    )
    assert 0 <= field.radius_90 <= field.radius_999 <= 2


def field(**changes: object) -> ReceptiveField:
    return replace(ReceptiveField(32, 311, 281, 20, 30, 50, 90, True, ""), **changes)


def test_the_exact_margin_is_the_reach_rounded_up_to_the_stride():
    assert exact_margin(field()) == 288
    assert exact_margin(field(reach=0)) == 0
    assert exact_margin(field(reach=288)) == 288


@pytest.mark.parametrize(
    ("radius", "tile", "overlap"),
    [(50, 512, 128), (48, 512, 96), (0, 512, 0), (400, 512, 128), (20, 64, 32), (20, 32, 0)],
)
def test_the_suggested_overlap_is_twice_the_radius_but_hardly_more_than_a_quarter_of_a_tile(
    radius, tile, overlap
):
    assert suggest_overlap(field(radius_90=radius), tile) == overlap
