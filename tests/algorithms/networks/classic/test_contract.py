"""What the networks of the textbook owe beyond the contract of the table.

Most are tried as thin twins.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from rs_seg.algorithms.networks import ARCHITECTURES, NormalisedNetwork, build_network
from rs_seg.algorithms.networks.classic.tiramisu import FcDenseNet
from rs_seg.algorithms.networks.onnx import to_onnx
from rs_seg.algorithms.networks.receptive_field import allows_exact_tiling
from rs_seg.algorithms.networks.signature import tile_size
from rs_seg.algorithms.networks.support import find_support

PUBLISHED = [name for name, row in ARCHITECTURES.items() if row.own_encoder is not None]
QUICK = [
    name
    for name in PUBLISHED
    if name not in {"fc_densenet67", "fc_densenet103"} and "resnet" not in name
]
THIN = [name for name in PUBLISHED if ARCHITECTURES[name].width is not None]


def build(
    architecture: str, *, band_count: int = 3, class_count: int = 3, width: int = 4
) -> nn.Module:
    torch.manual_seed(0)
    thin = (
        {"width": width * ARCHITECTURES[architecture].width_multiple}
        if ARCHITECTURES[architecture].width
        else {}
    )
    return build_network(architecture, bands=band_count, class_count=class_count, **thin)


@pytest.mark.parametrize("architecture", QUICK)
class TestContract:
    @pytest.mark.parametrize(
        ("band_count", "class_count", "height", "width"),
        [(1, 2, 33, 47), (7, 9, 1, 31), (4, 2, 64, 32)],
    )
    def test_tiles_of_any_size_are_taken(
        self, architecture, band_count, class_count, height, width
    ):
        network = build(architecture, band_count=band_count, class_count=class_count).eval()
        with torch.inference_mode():
            logits = network(torch.randn(1, band_count, height, width))
        assert logits.shape == (1, class_count, height, width)
        assert logits.isfinite().all()

    def test_every_parameter_has_a_gradient_that_is_not_zero(self, architecture):
        network = build(architecture)
        logits = network(torch.randn(4, 3, 64, 64))
        nn.functional.cross_entropy(logits, torch.randint(3, (4, 64, 64))).backward()
        without = [
            name
            for name, each in network.named_parameters()
            if each.grad is None or not each.grad.any()
        ]
        assert without == []

    def test_evaluation_is_deterministic(self, architecture):
        network = build(architecture).eval()
        pixels = torch.randn(1, 3, 64, 64)
        with torch.inference_mode():
            assert torch.equal(network(pixels), network(pixels))


@pytest.mark.parametrize(
    ("architecture", "band_count", "class_count", "count"),
    [
        ("unet_original", 1, 2, 31_030_658),
        ("unet_original_padded", 3, 6, 31_032_070),
        ("fcn32s", 3, 21, 136_152_917),
        ("fcn16s", 3, 21, 134_815_994),
        ("fcn8s", 3, 21, 134_489_759),
        ("fcn32s", 3, 6, 134_432_582),
        ("fcn16s", 3, 6, 134_325_644),
        ("fcn8s", 3, 6, 134_300_114),
        ("swin_unet", 3, 9, 27_168_900),
        ("swin_unet", 3, 6, 27_168_612),
        ("segnet", 3, 6, 29_446_470),
        ("segnet", 3, 12, 29_449_932),
        ("segnet", 3, 21, 29_455_125),
        ("deconvnet", 3, 21, 251_805_653),
        # the paper rounds to 1.5, 3.5 and 9.4 million; the sums of its table's layers are these
        ("fc_densenet56", 3, 12, 1_376_988),
        ("fc_densenet67", 3, 12, 3_463_532),
        ("fc_densenet103", 3, 12, 9_322_348),
    ],
)
def test_parameter_counts_are_those_of_the_literature(architecture, band_count, class_count, count):
    with torch.device("meta"):
        network = build_network(architecture, bands=band_count, class_count=class_count)
    assert sum(each.numel() for each in network.parameters()) == count


def test_deconvnet_without_batch_normalisation_has_the_parameters_of_its_convolutions():
    from rs_seg.algorithms.networks.classic.deconvnet import DeconvNet

    with torch.device("meta"):
        network = DeconvNet(band_count=3, class_count=21, batch_norm=False)
    assert sum(each.numel() for each in network.parameters()) == 251_772_245


def small_fc_densenet() -> nn.Module:
    torch.manual_seed(0)
    return FcDenseNet(band_count=3, class_count=3, blocks=(1, 1, 2, 1, 1, 2), growth=4)


def with_statistics(architecture: str) -> NormalisedNetwork:
    """A thin twin with statistics of batches as they would be after training."""
    layers = build(architecture, width=2) if architecture in THIN else small_fc_densenet()
    network = NormalisedNetwork(layers, mean=[1, 2, 3], std=[1, 1, 1]).train()
    with torch.no_grad():
        for _ in range(5):
            network(torch.randn(2, 3, 64, 64) + 2, torch.ones(2, 64, 64, dtype=torch.bool))
    return network.eval()


@pytest.mark.slow
@pytest.mark.parametrize(
    "architecture",
    ["fcn8s", "hypercolumns", "parsenet", "deconvnet", "segnet", "unet_original", "fc_densenet"],
)
def test_the_onnx_model_takes_tiles_of_any_size_and_openvino_agrees(architecture):
    from rs_seg.algorithms.networks import ProbabilityNetwork
    from rs_seg.algorithms.prediction.engines.openvino_engine import open_network

    network = with_statistics(architecture)
    model = to_onnx(network, band_count=3, window=64)
    assert tile_size(model) is None
    pixels = torch.randn(1, 3, 96, 128) + 2
    pixels[:, :, :40, :40] = torch.nan
    with torch.inference_mode():
        expected = ProbabilityNetwork(network)(pixels).numpy()
    found = open_network(model, "float32", workers=1, batch_size=1).forward(pixels.numpy())
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "reach"),
    [
        # VGG16's pool5 sees 212 pixels: 90 beyond its 32; fc6 404: 186; bilinear upsampling takes
        # the next one as well
        ("fcn32s", 186 + 32),
        ("fcn16s", 186 + 32),
        ("fcn8s", 186 + 32),
        ("hypercolumns", 186 + 32),
        # four levels of two convolutions, down and up again; at the bottom 62 pixels beyond 16
        # (Ronneberger: 140)
        ("patch_classifier", 47),
        ("unet_original", 94),
        ("unet_original_padded", 94),
        # the decoder sees 90 more, three strides of pool5, which sees 90; fc6 and its mirror image
        # three strides each
        ("segnet", 96 + 90),
        ("deconvnet", 96 + 96 + 96 + 90),
    ],
)
def test_tiles_equal_one_pass_beyond_the_reach(architecture, reach):
    network = with_statistics(architecture)
    support = find_support(network.layers, 3)
    assert support.reach == reach
    assert allows_exact_tiling(network, support) == (True, "")


def test_swin_unet_says_that_its_windows_lie_where_the_tile_begins():
    network = NormalisedNetwork(build("swin_unet", width=4), mean=[1, 2, 3], std=[1, 1, 1]).eval()
    assert allows_exact_tiling(network, find_support(network.layers, 3)) == (False, "attention")


def test_parsenet_says_that_it_looks_at_the_whole_tile():
    network = with_statistics("parsenet")
    assert allows_exact_tiling(network, find_support(network.layers, 3)) == (
        False,
        "pooling of the whole tile",
    )
