"""Tiles that are cut with the exact margin give what one pass over the whole image gives."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rs_seg.algorithms.networks import NormalisedNetwork, ProbabilityNetwork, build_network
from rs_seg.algorithms.networks.receptive_field import allows_exact_tiling
from rs_seg.algorithms.networks.support import find_support
from rs_seg.algorithms.networks.table import STRIDE
from rs_seg.algorithms.prediction.tiling import plan_tiles

ROUNDING = 1e-5
"""Difference of probabilities: sums of float32 in the order that suits the shape of a tile."""


def train_statistics(layers: nn.Module) -> NormalisedNetwork:
    """A network with random weights, and statistics of batches as they would be after training."""
    network = NormalisedNetwork(layers, mean=[100.0] * 3, std=[40.0] * 3).train()
    with torch.no_grad():
        for _ in range(10):
            network(
                100 + 40 * torch.randn(2, 3, 128, 128), torch.ones(2, 128, 128, dtype=torch.bool)
            )
    return network.eval()


def make_image(height: int, width: int) -> torch.Tensor:
    """Raw pixels (1, 3, H, W) of changing brightness and contrast, with a hole, invalid edges."""
    rows, columns = torch.meshgrid(
        torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij"
    )
    image = (
        60
        + 80 * (rows + columns) / 2
        + (20 + 40 * rows * columns) * torch.randn(1, 3, height, width)
    )
    image[:, :, height // 3 : height // 3 + 20, width // 3 : width // 3 + 20] = torch.nan
    image[:, :, -7:], image[:, :, :, -5:] = torch.nan, torch.nan
    return image


def predict_in_tiles(
    network: nn.Module, image: torch.Tensor, tile: int, margin: int, stride: int = STRIDE
) -> torch.Tensor:
    """The cores of tiles that share twice the margin, as `predict.join: exact` plans them."""
    height, width = image.shape[2:]
    plan = plan_tiles(height, width, tile=tile, overlap=2 * margin, stride=stride, join="crop")
    joined = torch.full((1, 4, height, width), torch.nan)
    for row in range(len(plan.rows.origins)):
        for column in range(len(plan.columns.origins)):
            window, core = plan.tile(row, column), plan.core(row, column)
            assert window.intersect(core) == core
            out = network(image[(..., *window.slices)])
            joined[(..., *core.slices)] = out[(..., *core.relative_to(window).slices)]
    return joined


@pytest.mark.parametrize("shape", [(64, 1152), pytest.param((1152, 64), marks=pytest.mark.slow)])
def test_tiles_cut_with_the_exact_margin_equal_one_pass(shape):
    torch.manual_seed(0)
    layers = build_network(
        "unet", encoder="resnet18", bands=3, class_count=4, decoder_channels=(64, 32, 16, 16, 8)
    )
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
        shifted = predict_in_tiles(
            probabilities, image, tile=2 * margin + 112, margin=margin, stride=16
        )
    assert (exact - whole).abs().max() <= ROUNDING
    assert (close - whole).abs().max() > 100 * ROUNDING, (
        "so that the test can fail: a margin of one stride is not enough"
    )
    assert (shifted - whole).abs().max() > 100 * ROUNDING, (
        "nor is the margin, where tiles leave the stride's lattice"
    )


def test_equality_cannot_be_had_from_normalisation_over_the_tile():
    torch.manual_seed(0)
    network = train_statistics(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.GroupNorm(1, 4)))
    probabilities, image = ProbabilityNetwork(network).eval(), make_image(64, 512)
    assert not allows_exact_tiling(network, find_support(network.layers, 3))[0]
    with torch.inference_mode():
        joined = predict_in_tiles(probabilities, image, tile=256, margin=64)
        assert (joined - probabilities(image)).abs().max() > 100 * ROUNDING
