"""Tiles that are cut with the exact margin give what one pass over the whole image gives."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rs_seg.algorithms.networks import NormalisedNetwork, ProbabilityNetwork, build_network
from rs_seg.algorithms.networks.receptive_field import allows_exact_tiling
from rs_seg.algorithms.networks.support import find_support

ROUNDING = 1e-5
"""Difference of probabilities: sums of float32 in the order that suits the shape of a tile."""


def train_statistics(layers: nn.Module) -> NormalisedNetwork:
    """A network with random weights, and statistics of batches as they would be after training."""
    network = NormalisedNetwork(layers, mean=[100.0] * 3, std=[40.0] * 3).train()
    with torch.no_grad():
        for _ in range(10):
            network(100 + 40 * torch.randn(2, 3, 128, 128), torch.ones(2, 128, 128, dtype=torch.bool))
    return network.eval()


def make_image(height: int, width: int) -> torch.Tensor:
    """Raw pixels (1, 3, H, W) whose brightness and contrast change along the image, with a hole and invalid edges."""
    rows, columns = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    image = 60 + 80 * (rows + columns) / 2 + (20 + 40 * rows * columns) * torch.randn(1, 3, height, width)
    image[:, :, height // 3 : height // 3 + 20, width // 3 : width // 3 + 20] = torch.nan
    image[:, :, -7:], image[:, :, :, -5:] = torch.nan, torch.nan
    return image


def cut_axis(length: int, tile: int, margin: int) -> list[tuple[int, int, int]]:
    """Origin, and first and last pixel of the core, of tiles along one axis; only inner edges are cut."""
    if length <= tile:
        return [(0, 0, length)]
    origins = [*range(0, length - tile, tile - 2 * margin), length - tile]
    starts = [0, *(origin + margin for origin in origins[1:])]
    return list(zip(origins, starts, [*starts[1:], length], strict=True))


def predict_in_tiles(network: nn.Module, image: torch.Tensor, tile: int, margin: int) -> torch.Tensor:
    height, width = image.shape[2:]
    joined = torch.full((1, 4, height, width), torch.nan)
    for row, top, bottom in cut_axis(height, min(tile, height), margin):
        for column, left, right in cut_axis(width, min(tile, width), margin):
            out = network(image[:, :, row : row + tile, column : column + tile])
            joined[:, :, top:bottom, left:right] = out[:, :, top - row : bottom - row, left - column : right - column]
    return joined


@pytest.mark.parametrize("shape", [(64, 1152), pytest.param((1152, 64), marks=pytest.mark.slow)])
def test_tiles_cut_with_the_exact_margin_equal_one_pass(shape):
    torch.manual_seed(0)
    layers = build_network("unet", encoder="resnet18", bands=3, classes=4, decoder_channels=(64, 32, 16, 16, 8))
    network = train_statistics(layers)
    support = find_support(network.layers, 3)
    assert allows_exact_tiling(network, support) == (True, "")
    assert support.reach is not None
    margin = -(-support.reach // support.stride) * support.stride
    probabilities, image = ProbabilityNetwork(network).eval(), make_image(*shape)
    with torch.inference_mode():
        whole = probabilities(image)
        exact = predict_in_tiles(probabilities, image, tile=2 * margin + 128, margin=margin)
        close = predict_in_tiles(probabilities, image, tile=2 * margin + 128, margin=32)
        shifted = predict_in_tiles(probabilities, image, tile=2 * margin + 112, margin=margin)
    assert (exact - whole).abs().max() <= ROUNDING
    assert (close - whole).abs().max() > 100 * ROUNDING, (
        "so that the test can fail: a margin of one stride is not enough"
    )
    assert (shifted - whole).abs().max() > 100 * ROUNDING, "nor is the margin, where tiles leave the stride's lattice"


def test_equality_cannot_be_had_from_normalisation_over_the_tile():
    torch.manual_seed(0)
    network = train_statistics(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.GroupNorm(1, 4)))
    probabilities, image = ProbabilityNetwork(network).eval(), make_image(64, 512)
    assert not allows_exact_tiling(network, find_support(network.layers, 3))[0]
    with torch.inference_mode():
        joined = predict_in_tiles(probabilities, image, tile=256, margin=64)
        assert (joined - probabilities(image)).abs().max() > 100 * ROUNDING
