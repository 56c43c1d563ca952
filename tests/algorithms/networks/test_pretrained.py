"""Files of weights as others write them, put into encoders for any bands."""

from __future__ import annotations

import json
import re

import pytest
import timm
import torch
from safetensors.torch import save_file

from rs_seg.algorithms.networks import build_network
from rs_seg.algorithms.networks.weight_files import Weights, read_weights, write_weights
from rs_seg.errors import UserError

HALF = torch.tensor([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1) / 0.5
"""What a standardised colour is, in the units of an encoder that divides pixels by 0.5."""


def encoder_of(path, encoder, *, bands=3):
    torch.manual_seed(0)
    network = build_network("unet", encoder=encoder, bands=bands, class_count=2, weights=str(path))
    return network.get_submodule("encoder").eval()


def classifier(name, seed=5):
    """A network of timm with its head, whose batch norms have seen something."""
    torch.manual_seed(seed)
    network = timm.create_model(name, num_classes=10)
    network(torch.randn(4, 3, 64, 64))
    return network.eval()


@pytest.mark.parametrize(
    ("name", "spread"),
    [
        ("test_resnet", HALF),
        ("test_efficientnet", 1),
        ("test_convnext", HALF),
        ("test_byobnet", 1),
        ("densenet121", 1),
    ],
)
def test_a_file_of_timm_gives_its_features_in_an_encoder_of_timm(name, spread, tmp_path):
    source = classifier(name)
    torch.save(source.state_dict(), tmp_path / "timm.pth")
    pixels = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        expected = source.forward_intermediates(pixels * spread, intermediates_only=True)
        found = encoder_of(tmp_path / "timm.pth", f"tu-{name}")(pixels)
    (features,) = (level for level in expected if level.shape == found[-2].shape)
    assert features.std() > 0
    torch.testing.assert_close(found[-2], features, rtol=1e-3, atol=1e-5)


def tensors_of_resnet():
    return {key: value.clone() for key, value in classifier("resnet18").state_dict().items()}


def wrap(prefix, tensors):
    return {f"{prefix}{key}": value for key, value in tensors.items()}


WRAPPED = {
    "classifier": lambda tensors: tensors,
    "Lightning": lambda tensors: {
        "pytorch-lightning_version": "2.4.0",
        "epoch": 3,
        "state_dict": wrap("net.encoder.", tensors) | {"net.head.weight": torch.zeros(2, 2)},
    },
    "several devices": lambda tensors: {"model": wrap("module.", tensors), "epoch": 3},
    "torchvision's FCN": lambda tensors: (
        wrap("backbone.", tensors) | {"classifier.0.weight": torch.zeros(4, 512, 3, 3)}
    ),
    "smp's U-Net": lambda tensors: (
        wrap("encoder.", tensors) | {"decoder.blocks.0.conv1.0.weight": torch.zeros(8, 8, 3, 3)}
    ),
    "smp's U-Net of timm": lambda tensors: wrap("encoder.model.", tensors),
}


@pytest.mark.parametrize("encoder", ["resnet18", "tu-resnet18"])
@pytest.mark.parametrize("program", WRAPPED)
def test_tensors_are_found_whatever_program_wrapped_them(program, encoder, tmp_path):
    tensors = tensors_of_resnet()
    torch.save(WRAPPED[program](tensors), tmp_path / "weights.ckpt")
    own = encoder_of(tmp_path / "weights.ckpt", encoder).state_dict()
    for name, value in own.items():
        assert torch.equal(value, tensors[name.removeprefix("model.")]), name


def test_old_names_of_densenet_are_understood(tmp_path):
    tensors = classifier("densenet121").state_dict()
    old = {
        re.sub(r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2", name): value
        for name, value in tensors.items()
    }
    assert set(old) != set(tensors)
    torch.save(old, tmp_path / "densenet121.pth")
    own = encoder_of(tmp_path / "densenet121.pth", "densenet121").state_dict()
    name = "features.denseblock2.denselayer3.conv2.weight"
    assert torch.equal(own[name], tensors[name])


@pytest.mark.parametrize(
    ("own", "given", "message"),
    [
        ("tu-resnet18", "resnet34", "a deeper encoder.*such as 'layer1.2"),
        ("tu-resnet34", "resnet18", "no values for .* such as 'model.layer1.2.*', 'model.layer1.2"),
        (
            "tu-resnet18",
            "resnet50",
            "size mismatch for 'model.layer1.0.conv1.weight': 64 x 64 x 1 x 1",
        ),
        ("tu-test_resnet", "test_convnext", "no values for"),
        ("tu-test_convnext", "test_efficientnet", "no values for"),
    ],
)
def test_files_of_other_architectures_are_refused_and_told_apart(own, given, message, tmp_path):
    torch.save(classifier(given).state_dict(), tmp_path / "weights.pth")
    with pytest.raises(UserError, match=f"(?s)weights do not fit the encoder.*{message}.*of {own}"):
        encoder_of(tmp_path / "weights.pth", own)


def test_files_without_tensors_are_refused(tmp_path):
    torch.save({"epoch": 3}, tmp_path / "weights.pth")
    with pytest.raises(UserError, match="no tensors in it"):
        read_weights(tmp_path / "weights.pth")


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a page",
        b"<html>404</html>",
        b"\x80\x02}q\x00(",
        b"cos\nsystem\n",
        b"a\n",
        b"0",
        b"J1",
    ],
)
def test_junk_is_refused_whatever_its_bytes_mean(content, suffix, tmp_path):
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(content)
    with pytest.raises(UserError, match="weights cannot be read"):
        read_weights(path)


class Settings:
    """What some programs keep beside tensors, and only execution could bring back."""


def test_checkpoints_that_hold_code_are_refused_with_the_way_out(tmp_path):
    torch.save({"state_dict": tensors_of_resnet(), "settings": Settings()}, tmp_path / "last.ckpt")
    with pytest.raises(
        UserError, match=r"(?s)execute code.*saves its tensors.*checkpoint\[.state_dict"
    ):
        read_weights(tmp_path / "last.ckpt")


def first_filters(path, bands):
    own = encoder_of(path, "resnet18", bands=bands).state_dict()
    return own["conv1.weight"]


def test_filters_go_to_the_bands_that_they_were_learnt_on(tmp_path):
    tensors = tensors_of_resnet()
    torch.save(tensors, tmp_path / "resnet18.pth")
    red, green, blue = tensors["conv1.weight"].unbind(1)
    mean = (red + green + blue) / 3
    filters = first_filters(tmp_path / "resnet18.pth", ["B02", "B03", "B04", "B08", "B8A", "dem"])
    expected = torch.stack([blue, green, red, mean, mean, mean], dim=1) * 3 / 6
    torch.testing.assert_close(filters, expected)
    torch.testing.assert_close(filters.sum(dim=1), red + green + blue, rtol=1e-4, atol=1e-6)
    assert torch.equal(
        first_filters(tmp_path / "resnet18.pth", ["blue", "green", "red"]).flip(1),
        tensors["conv1.weight"],
    )


@pytest.mark.parametrize("bands", [["B1", "B2", "B3"], ["red", "green", "blue"], ["R", "G", "B"]])
def test_three_bands_in_order_get_the_filters_as_they_are(bands, tmp_path):
    tensors = tensors_of_resnet()
    torch.save(tensors, tmp_path / "resnet18.pth")
    assert torch.equal(first_filters(tmp_path / "resnet18.pth", bands), tensors["conv1.weight"])


@pytest.mark.parametrize("bands", [["vv", "vh"], ["b1", "b2", "b3", "b4"], ["red"]])
def test_without_known_colours_the_filters_are_spread_evenly(bands, tmp_path):
    tensors = tensors_of_resnet()
    torch.save(tensors, tmp_path / "resnet18.pth")
    filters = first_filters(tmp_path / "resnet18.pth", bands)
    expected = tensors["conv1.weight"].sum(dim=1, keepdim=True) / len(bands)
    torch.testing.assert_close(filters, expected.expand_as(filters))


def test_a_model_file_gives_its_filters_to_bands_of_the_same_names(tmp_path):
    torch.manual_seed(1)
    network = build_network("unet", encoder="tu-test_resnet", bands=4, class_count=2)
    tensors = {f"layers.{key}": value for key, value in network.state_dict().items()}
    description = {"bands": ["vv", "vh", "red", "nir"], "network": {"encoder": "tu-test_resnet"}}
    save_file(tensors, tmp_path / "model.safetensors", metadata={"rs_seg": json.dumps(description)})
    own = encoder_of(
        tmp_path / "model.safetensors", "tu-test_resnet", bands=["nir", "VV", "dem"]
    ).state_dict()
    first = tensors["layers.encoder.model.conv1.0.weight"]
    expected = torch.stack([first[:, 3], first[:, 0], first.mean(dim=1)], dim=1) * 4 / 3
    torch.testing.assert_close(own["model.conv1.0.weight"], expected)


def test_what_is_known_of_weights_stays_with_a_file_of_ours(tmp_path):
    weights = Weights(
        tensors_of_resnet(),
        "nowhere",
        std=(0.5, 0.4, 0.3),
        encoder="resnet18",
        licence="apache-2.0",
    )
    write_weights(tmp_path / "resnet18.safetensors", weights)
    again = read_weights(tmp_path / "resnet18.safetensors")
    assert (again.std, again.encoder, again.licence) == (weights.std, "resnet18", "apache-2.0")
    filters = first_filters(tmp_path / "resnet18.safetensors", ["red", "green", "blue"])
    ratios = (filters / weights.tensors["conv1.weight"])[0, :, 0, 0]
    torch.testing.assert_close(ratios, torch.tensor([0.229 / 0.5, 0.224 / 0.4, 0.225 / 0.3]))


def test_the_rest_of_a_network_is_drawn_as_without_weights(tmp_path):
    torch.save(tensors_of_resnet(), tmp_path / "resnet18.pth")
    torch.manual_seed(7)
    plain = build_network("unet", encoder="resnet18", bands=3, class_count=2)
    torch.manual_seed(7)
    given = build_network(
        "unet", encoder="resnet18", bands=3, class_count=2, weights=str(tmp_path / "resnet18.pth")
    )
    expected = plain.get_submodule("decoder").state_dict()
    for name, value in given.get_submodule("decoder").state_dict().items():
        assert torch.equal(value, expected[name])
