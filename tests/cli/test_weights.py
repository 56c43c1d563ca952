from __future__ import annotations

import hashlib

import huggingface_hub
import pytest
import timm
import torch
from typer.testing import CliRunner

from rs_seg.algorithms.networks.weight_files import read_weights
from rs_seg.cli import app
from rs_seg.errors import UserError


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["weights", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("weights") / "test_resnet.pth"
    torch.save(timm.create_model("test_resnet", num_classes=1000).state_dict(), file)
    return file


def test_check_tells_what_a_file_holds(path):
    told = run("check", str(path))
    assert "classifier as timm or torchvision name it" in told
    assert hashlib.sha256(path.read_bytes()).hexdigest() in told
    assert "input bands 3" in told
    assert "--encoder NAME" in told


def test_check_tells_the_fit_the_filters_and_what_is_seen_in_the_photograph(path):
    told = run("check", str(path), "--encoder", "tu-test_resnet", "--bands", "nir, red")
    assert "fits tu-test_resnet" in told
    assert "nir: mean, red: red" in told
    assert "0.5, 0.5, 0.5" in told
    assert "coffee.png: class" in told


def test_check_says_where_a_file_cannot_classify(path, tmp_path):
    tensors = torch.load(path, weights_only=True)
    del tensors["fc.weight"]
    torch.save(tensors, tmp_path / "headless.pth")
    told = run("check", str(tmp_path / "headless.pth"), "--encoder", "tu-test_resnet")
    assert "not classified: no head" in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--encoder", "resnet18"], "weights do not fit the encoder"),
        (["--encoder", "tu-test_resnt"], "unknown encoder"),
    ],
)
def test_check_refuses_what_does_not_fit(path, arguments, message):
    with pytest.raises(UserError, match=message):
        run("check", str(path), *arguments)


def test_list_names_weights_with_their_licences_and_the_files_fetched(tmp_path):
    (tmp_path / "resnet18.imagenet.safetensors").touch()
    lines = run("list", "resnet18", "--folder", str(tmp_path)).splitlines()
    assert ["resnet18", "imagenet", "licence", "not", "told"] in [line.split() for line in lines]
    assert ["tu-resnet18.a1_in1k", "imagenet", "apache-2.0"] in [line.split() for line in lines]
    assert lines[-1].endswith("resnet18.imagenet.safetensors")
    assert all("resnet18" in line for line in lines)


def test_add_writes_a_file_that_needs_no_connection(monkeypatch, tmp_path):
    """The download itself is replaced: only what is made of it is tested."""
    from rs_seg.algorithms.networks import hub

    torch.manual_seed(0)
    tensors = timm.create_model("test_resnet").state_dict()
    monkeypatch.setattr(hub, "_download", lambda encoder, weights: tensors)
    told = run("add", "tu-test_resnet", "--folder", str(tmp_path / "fetched"))
    (file,) = (tmp_path / "fetched").iterdir()
    assert f"weights: {file}" in told
    assert read_weights(file).std == (0.5, 0.5, 0.5)
    assert "fits tu-test_resnet" in run("check", str(file))


def test_add_without_a_connection_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UserError, match=r"(?s)cannot be downloaded.*where there is a connection"):
        run("add", "resnet18", "--folder", str(tmp_path / "fetched"))
    assert not (tmp_path / "fetched").exists()
