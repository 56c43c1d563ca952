"""Whole networks of torchvision, and what becomes of its files here.

Files are as torchvision publishes them, with random values.
"""

from __future__ import annotations

from functools import cache
from typing import get_args

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import get_model

from rs_seg.algorithms.networks import ARCHITECTURES, build_network
from rs_seg.algorithms.networks.of_torchvision import PREFIX, TorchvisionNetwork
from rs_seg.algorithms.networks.provenance import describe_weights
from rs_seg.config.architectures import TORCHVISION
from rs_seg.errors import UserError
from rs_seg.values.pretrained import Layers

ENCODER, BUT_CLASSES, ALL = get_args(Layers)
RGB = ("red", "green", "blue")
LRASPP, DEEPLAB = "lraspp_mobilenet_v3_large", "deeplabv3_mobilenet_v3_large"
NAMES = [
    pytest.param(
        name.removeprefix(PREFIX),
        marks=pytest.mark.slow if name.endswith(("101", "v3_resnet50")) else (),
    )
    for name in TORCHVISION
]


@cache
def source(name: str) -> nn.Module:
    """The network as torchvision builds it for its published files.

    Its layers have seen something.
    """
    torch.manual_seed(3)
    auxiliary = {} if name.startswith("lraspp") else {"aux_loss": True}
    network = get_model(name, weights=None, weights_backbone=None, num_classes=21, **auxiliary)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.1)
            layer.running_var.uniform_(0.5, 1.5)
    return network.eval()


def save(path, tensors: dict[str, Tensor]) -> str:
    torch.save(tensors, path)
    return str(path)


@pytest.fixture
def published(tmp_path):
    """The path of a file as torchvision publishes it."""
    return lambda name: save(tmp_path / f"{name}.pth", source(name).state_dict())


def build(name: str, **changes) -> TorchvisionNetwork:
    torch.manual_seed(8)
    network = build_network(PREFIX + name, **{"bands": RGB, "class_count": 21, **changes})
    assert isinstance(network, TorchvisionNetwork)
    return network.eval()


def describe(name: str, weights: str, class_count: int) -> Layers:
    return describe_weights(
        PREFIX + name, encoder=None, weights=weights, bands=RGB, class_count=class_count
    ).layers


def test_the_table_and_the_configuration_name_the_same_networks_of_torchvision():
    assert [name for name in ARCHITECTURES if name.startswith(PREFIX)] == list(TORCHVISION)


@pytest.mark.parametrize("name", NAMES)
def test_logits_are_those_of_torchvision(name, published):
    pixels = torch.randn(2, 3, 64, 96)
    with torch.inference_mode():
        expected = source(name)(pixels)["out"]
        found = build(name, weights=published(name))(pixels)
    assert expected.std() > 0
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)
    assert describe(name, published(name), 21) == ALL


@pytest.mark.parametrize("name", NAMES)
def test_with_other_classes_all_layers_but_theirs_are_loaded(name, published):
    found, drawn = build(name, class_count=5, weights=published(name)), build(name, class_count=5)
    given = source(name).state_dict()
    for key, value in found.state_dict().items():
        of_classes = key.removeprefix("classifier.").startswith(found.class_layers)
        theirs = given[key.replace("encoder.", "backbone.", 1)] if not of_classes else None
        assert torch.equal(value, drawn.state_dict()[key] if theirs is None else theirs), key
    assert {
        found.state_dict()[f"classifier.{layer}weight"].shape[0] for layer in found.class_layers
    } == {5}
    assert describe(name, published(name), 5) == BUT_CLASSES


def test_the_auxiliary_classifier_is_dropped(published):
    assert any(key.startswith("aux_classifier.") for key in source(DEEPLAB).state_dict())
    network = build(DEEPLAB, weights=published(DEEPLAB))
    assert not any("aux" in key for key in network.state_dict())


def test_filters_go_to_the_bands_of_their_colours_in_whole_networks_too(published):
    first = source(LRASPP).state_dict()["backbone.0.0.weight"]
    found = build(LRASPP, bands=("nir", "blue", "red"), weights=published(LRASPP))
    filters = found.state_dict()["encoder.0.0.weight"]
    torch.testing.assert_close(filters[:, 1:], first[:, [2, 0]])
    torch.testing.assert_close(filters[:, 0], first.mean(dim=1))


def test_a_file_of_the_encoder_alone_leaves_the_rest_as_it_was_drawn(tmp_path):
    given = {
        f"features.{key.removeprefix('backbone.')}": value
        for key, value in source(LRASPP).state_dict().items()
        if key.startswith("backbone.")
    }
    given |= {"classifier.0.weight": torch.zeros(1280, 960), "classifier.0.bias": torch.zeros(1280)}
    path = save(tmp_path / "mobilenet_v3_large.pth", given)
    found, drawn = build(LRASPP, weights=path).state_dict(), build(LRASPP).state_dict()
    for key, value in found.items():
        part, _, name = key.partition(".")
        assert torch.equal(value, given[f"features.{name}"] if part == "encoder" else drawn[key])
    assert describe(LRASPP, path, 21) == ENCODER


def test_a_file_from_before_counters_of_batch_normalisation_is_whole(tmp_path):
    tensors = source(LRASPP).state_dict()
    old = {key: value for key, value in tensors.items() if "num_batches_tracked" not in key}
    assert len(old) < len(tensors)
    path = save(tmp_path / "old.pth", old)
    assert describe(LRASPP, path, 21) == ALL
    pixels = torch.randn(1, 3, 32, 32)
    with torch.inference_mode():
        found = build(LRASPP, weights=path)(pixels)
        torch.testing.assert_close(found, source(LRASPP)(pixels)["out"], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            LRASPP,
            {"classifier.cbr.0.weight": None},
            "no values for 1 tensors such as 'classifier.c",
        ),
        (LRASPP, {"classifier.cbr.0.weight": torch.zeros(7, 960, 1, 1)}, "another shape of 1 tens"),
        (LRASPP, {"classifier.low_classifier.weight": torch.zeros(21, 9, 1, 1)}, "another shape"),
    ],
)
def test_layers_of_another_network_are_refused(name, change, message, tmp_path):
    tensors = {**source(name).state_dict(), **change}
    path = save(
        tmp_path / "x.pth", {key: value for key, value in tensors.items() if value is not None}
    )
    with pytest.raises(UserError, match=f"(?s)weights are those of another network.*{message}"):
        build(name, weights=path)


def test_a_file_of_another_head_on_the_same_encoder_is_refused(published):
    with pytest.raises(UserError, match="weights are those of another network"):
        build("fcn_resnet50", weights=published("deeplabv3_resnet50"))
    with pytest.raises(UserError, match=r"a deeper encoder|no values for"):
        build(DEEPLAB, weights=published("deeplabv3_resnet50"))


def test_other_networks_take_the_encoder_of_such_a_file(published):
    network = build_network(
        "unet", encoder="resnet50", bands=RGB, class_count=2, weights=published("fcn_resnet50")
    )
    own = network.get_submodule("encoder").state_dict()
    given = source("fcn_resnet50").state_dict()
    assert all(torch.equal(value, given[f"backbone.{key}"]) for key, value in own.items())


@pytest.mark.slow
@pytest.mark.parametrize("name", [LRASPP, DEEPLAB, "fcn_resnet50"])
def test_the_onnx_model_agrees_and_takes_tiles_of_any_size(name, published):
    from rs_seg.algorithms.networks import NormalisedNetwork
    from rs_seg.algorithms.networks.onnx import to_onnx
    from rs_seg.algorithms.networks.signature import tile_size

    layers = build(name, weights=published(name))
    network = NormalisedNetwork(layers, mean=[120.0] * 3, std=[60.0] * 3).eval()
    assert (
        tile_size(to_onnx(network, band_count=3, window=64)) is None
    )  # to_onnx compares with torch
