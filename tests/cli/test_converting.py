"""Whole networks of torchvision as model files that map scenes as they are."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch
from torchvision.models import get_model
from typer.testing import CliRunner
from yaml import safe_load

from rs_seg.cli import app
from rs_seg.errors import UserError
from rs_seg.io.model import read_description
from rs_seg.predicting.networks import read_network
from rs_seg.values import Legend

NAME = "lraspp_mobilenet_v3_large"


@pytest.fixture(scope="module")
def source():
    torch.manual_seed(0)
    return get_model(NAME, weights=None, weights_backbone=None, num_classes=21).eval()


@pytest.fixture
def path(source, tmp_path):
    torch.save(source.state_dict(), tmp_path / "lraspp.pth")
    return tmp_path / "lraspp.pth"


def convert(path, *options, architecture=NAME):
    output = path.with_name("voc.safetensors")
    arguments = [
        "weights",
        "convert",
        str(path),
        "--architecture",
        architecture,
        "--output",
        str(output),
        *options,
    ]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return output, result.stdout


def logits_of_torchvision(source, pixels_BHW, white):
    """What torchvision's own preparation of photographs and its network give."""
    mean, std = (
        torch.tensor(each).reshape(3, 1, 1)
        for each in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    )
    with torch.inference_mode():
        return source(((torch.from_numpy(pixels_BHW) / white - mean) / std)[None])["out"]


@pytest.mark.parametrize(("options", "white"), [((), 255), (("--white", "1"), 1)])
def test_the_model_computes_what_torchvision_computes(source, path, options, white):
    output, _ = convert(path, *options)
    pixels = (white * np.random.default_rng(0).random((3, 64, 96))).astype(np.float32)
    with torch.inference_mode():
        found = read_network(output)(torch.from_numpy(pixels)[None], torch.ones(1, 64, 96) > 0)
    expected = logits_of_torchvision(source, pixels, white)
    assert expected.std() > 0
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_the_model_file_says_what_it_is(path):
    output, _ = convert(path, architecture="torchvision_" + NAME)
    description = read_description(output)
    assert description.bands == ("red", "green", "blue")
    assert description.classes.codes == tuple(range(21))
    assert description.classes.names[:2] == ("__background__", "aeroplane")
    assert (description.resolution_m, description.ground) == (None, ())
    assert description.normalisation[0].mean == pytest.approx(0.485 * 255)
    assert description.normalisation[2].std == pytest.approx(0.225 * 255)
    assert description.pretrained is not None
    assert description.pretrained.layers == "all"
    assert description.pretrained.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_legend_that_is_printed_is_that_of_the_model(path):
    output, told = convert(path)
    legend = Legend.model_validate(safe_load(told)["legend"])
    assert legend.class_names == read_description(output).classes
    colors = {each.name: each.color for each in legend}
    # as the colour maps of Pascal VOC have them
    assert colors["__background__"] == "#000000"
    assert (colors["aeroplane"], colors["bicycle"], colors["bird"]) == (
        "#800000",
        "#008000",
        "#808000",
    )
    assert (colors["chair"], colors["tvmonitor"]) == ("#c00000", "#004080")


def test_the_same_file_gives_the_same_bytes(path):
    first = convert(path)[0].read_bytes()
    assert convert(path)[0].read_bytes() == first


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"classes": 5},
            "(?s)has not all layers.*those of the classes.*21 classes.*train a network from it",
        ),
        ({"encoder_only": True}, "(?s)has not all layers.*layers: encoder"),
        ({"architecture": "lraspp_mobilenet"}, "did you mean 'lraspp_mobilenet_v3_large'"),
        (
            {"architecture": "deeplabv3_mobilenet_v3_large"},
            "(?s)has not all layers.*layers: encoder",
        ),
        ({"options": ("--white", "0")}, "(?s)white pixel.*positive"),
        ({"suffix": ".txt"}, "weights cannot be read"),
    ],
)
def test_what_is_no_whole_network_is_refused(change, message, source, path):
    tensors = source.state_dict()
    if change.get("encoder_only"):
        tensors = {key: value for key, value in tensors.items() if key.startswith("backbone.")}
    if change.get("classes"):
        tensors = get_model(NAME, weights=None, weights_backbone=None, num_classes=5).state_dict()
    path = path.with_suffix(change.get("suffix", ".pth"))
    torch.save(tensors, path)
    with pytest.raises(UserError, match=message):
        convert(path, *change.get("options", ()), architecture=change.get("architecture", NAME))
    assert not path.with_name("voc.safetensors").exists()


def test_check_says_that_a_whole_network_fits(path):
    arguments = ["weights", "check", str(path), "--architecture", f"torchvision_{NAME}"]
    told = CliRunner().invoke(app, arguments, catch_exceptions=False).stdout
    assert "encoder     fits mobilenet_v3_large" in told
    assert f"network     fits torchvision_{NAME}" in told
