"""Options of networks that bring their encoder with them, and pretrained weights for it."""

from __future__ import annotations

import re
from typing import get_args

import pytest
import torch
from pydantic import ValidationError

from rs_seg.algorithms.networks import ARCHITECTURES, build_network
from rs_seg.algorithms.networks.classic.fcn import Fcn
from rs_seg.algorithms.networks.pretrained import place_weights
from rs_seg.algorithms.networks.weight_files import Weights
from rs_seg.config import ConvolutionalNetwork
from rs_seg.config.architectures import PUBLISHED, UNTRAINED, Architecture
from rs_seg.errors import UserError


def test_the_configuration_knows_which_networks_bring_their_encoder():
    assert [
        name for name in get_args(Architecture) if ARCHITECTURES[name].own_encoder is not None
    ] == list(PUBLISHED)
    assert [name for name, row in ARCHITECTURES.items() if not row.pretrained] == list(UNTRAINED)


@pytest.mark.parametrize(
    ("architecture", "changes", "message"),
    [
        (
            "segnet",
            {"encoder": "resnet18"},
            "encoder has no effect on this architecture.*segnet with encoder resnet18",
        ),
        ("fcn8s", {"decoder_channels": [8]}, "decoder_channels has no effect"),
        ("unet_original", {"weights": "imagenet"}, "weights has no effect"),
        ("fc_densenet56", {"width": 8}, "width has no effect"),
        ("unet", {"width": 8}, "width has no effect.*one of fcn32s, "),
        ("fcn32s", {"weights": "imagenet", "width": 8}, "leave out either"),
        ("fcn32s", {"weights": "imagnet"}, "'imagenet'.*local file"),
        ("dpt", {"encoder": "resnet18"}, "must start with 'tu-'"),
        ("dpt", {"encoder": "tu-test_resnet"}, "choose another encoder"),
    ],
)
def test_options_without_effect_are_refused(architecture, changes, message):
    with torch.device("meta"), pytest.raises(UserError) as caught:
        build_network(architecture, bands=3, class_count=2, **changes)
    assert re.search(message, " ".join(str(caught.value).split())), str(caught.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"architecture": "segnet", "encoder": "resnet18"},
            "encoder: resnet18 has no effect on segnet",
        ),
        (
            {"architecture": "unet_original", "weights": "imagenet"},
            "weights: imagenet do not exist for unet_original",
        ),
        (
            {"architecture": "fc_densenet103", "width": 8},
            "width: 8 has no effect on fc_densenet103",
        ),
        ({"architecture": "unet", "width": 8}, "width: 8 has no effect on unet"),
    ],
)
def test_the_configuration_refuses_them_before_anything_runs(settings, message):
    with pytest.raises(ValidationError, match=message):
        ConvolutionalNetwork(**settings)


def test_the_configuration_takes_what_the_table_takes():
    for name, row in ARCHITECTURES.items():
        ConvolutionalNetwork(architecture=name, width=8 * row.width_multiple if row.width else None)
        ConvolutionalNetwork(architecture=name, weights="imagenet" if row.pretrained else None)


def test_weights_of_torchvision_s_vgg16_give_its_features(tmp_path):
    from torchvision.models import vgg16_bn

    torch.manual_seed(0)
    source = vgg16_bn(weights=None, init_weights=False).features.eval()
    torch.save(
        {f"features.{key}": value for key, value in source.state_dict().items()},
        tmp_path / "vgg16_bn.pth",
    )
    network = build_network(
        "segnet", bands=3, class_count=2, weights=str(tmp_path / "vgg16_bn.pth")
    ).eval()
    pixels = torch.randn(1, 3, 32, 64)
    with torch.inference_mode():
        expected = source(pixels)
        assert torch.equal(network.get_submodule("encoder").pool_stages(pixels)[-1], expected)
    assert expected.std() > 0


def test_fully_connected_layers_become_convolutions():
    torch.manual_seed(0)
    network = Fcn(band_count=4, class_count=2, finest_stride=32, width=1).eval()
    tensors = {key: torch.randn_like(value) for key, value in network.encoder.state_dict().items()}
    tensors["features.0.weight"] = torch.randn(1, 3, 3, 3)
    tensors["classifier.0.weight"] = tensors["classifier.0.weight"].flatten(1)
    tensors["classifier.3.weight"] = tensors["classifier.3.weight"].flatten(1)
    tensors["classifier.6.weight"] = torch.randn(1000, 64)
    place_weights(network, Weights(tensors, where="nowhere"), encoder="vgg16", bands=4)
    features = torch.randn(1, 8, 7, 7)
    weight, bias = tensors["classifier.0.weight"], tensors["classifier.0.bias"]
    found = network.encoder.classifier[0](features)[0, :, 3, 3]
    torch.testing.assert_close(found, weight @ features.flatten() + bias)
    torch.testing.assert_close(
        network.encoder.features[0].weight.sum(dim=1),
        tensors["features.0.weight"].sum(dim=1),
        rtol=1e-4,
        atol=1e-5,
    )
