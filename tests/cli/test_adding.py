"""Weights that are fetched: from a stand-in for the hub, and from addresses, on this machine."""

from __future__ import annotations

import hashlib
import io

import huggingface_hub
import pytest
import timm
import torch
from safetensors.torch import save
from typer.testing import CliRunner

from rs_seg.algorithms.networks.weight_files import read_weights
from rs_seg.cli import app
from rs_seg.errors import UserError

from .file_server import serving


@pytest.fixture(scope="module")
def tensors():
    torch.manual_seed(0)
    return timm.create_model("test_resnet").state_dict()


@pytest.fixture
def server():
    with serving() as started:
        yield started


@pytest.fixture
def hub(server, monkeypatch, tmp_path):
    """The server in the place of the hub, as HF_ENDPOINT puts it there when a program starts."""
    template = server.address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", server.address)
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return server


def add(folder, *arguments: str) -> str:
    command = ["weights", "add", *arguments, "--folder", str(folder)]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


REPOSITORY = "/timm/test_resnet.r160_in1k/resolve/main/model.safetensors"


def test_weights_that_have_a_name_are_fetched_from_the_hub(hub, tensors, tmp_path):
    hub.files[REPOSITORY] = save({key: value.contiguous() for key, value in tensors.items()})
    told = add(tmp_path / "weights", "tu-test_resnet")
    assert hub.sent == [REPOSITORY]
    path = tmp_path / "weights" / "tu-test_resnet.imagenet.safetensors"
    assert f"weights: {path}" in told
    fetched = read_weights(path)
    assert fetched.tensors.keys() == tensors.keys()
    assert all(torch.equal(fetched.tensors[key], value) for key, value in tensors.items())
    assert fetched.licence == "apache-2.0"


def test_a_hub_that_breaks_off_leaves_nothing(hub, tensors, tmp_path):
    hub.files[REPOSITORY] = save({key: value.contiguous() for key, value in tensors.items()})
    hub.broken = True
    with pytest.raises(UserError, match="pretrained weights cannot be downloaded"):
        add(tmp_path / "weights", "tu-test_resnet")
    assert hub.sent == [REPOSITORY]
    assert not (tmp_path / "weights").exists()


def published(tensors) -> bytes:
    buffer = io.BytesIO()
    torch.save(tensors, buffer)
    return buffer.getvalue()


def checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_file_at_an_address_is_kept_byte_by_byte(server, tensors, tmp_path):
    content = server.files["/models/resnet-1234.pth"] = published(tensors)
    address = f"{server.address}/models/resnet-1234.pth"
    told = add(tmp_path, "tu-test_resnet", address, "--sha256", checksum(content).upper())
    path = tmp_path / "tu-test_resnet.resnet-1234.pth"
    assert f"`weights: {path}` beside `encoder: tu-test_resnet`" in told
    assert path.read_bytes() == content
    listed = CliRunner().invoke(app, ["weights", "list", "test_resnet", "--folder", str(tmp_path)])
    assert str(path) in listed.stdout


def test_weights_of_a_whole_network_are_added_under_its_name(server, tmp_path):
    content = server.files["/whole.pth"] = published(
        {"backbone.0.0.weight": torch.zeros(16, 3, 3, 3)}
    )
    name = "torchvision_lraspp_mobilenet_v3_large"
    told = add(tmp_path, name, f"{server.address}/whole.pth", "--sha256", checksum(content))
    assert f"{name}.whole.pth` beside `architecture: {name}`" in told


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("another file", "(?s)another file than.*SHA-256.*not kept"),
        ("breaks off", r"(?s)cannot be downloaded.*Found: \d+ of \d+ bytes"),
        ("missing", "(?s)cannot be downloaded.*404"),
        ("no server", "(?s)cannot be downloaded.*refused"),
        ("no weights", "weights cannot be read"),
    ],
)
def test_what_is_not_fetched_as_it_should_be_leaves_nothing(
    case, message, server, tensors, tmp_path
):
    content = b"a page" if case == "no weights" else published(tensors)
    if case != "missing":
        server.files["/a.pth"] = content
    server.broken = case == "breaks off"
    stated = checksum(b"" if case == "another file" else content)
    address = "http://127.0.0.1:1" if case == "no server" else server.address
    with pytest.raises(UserError, match=message) as caught:
        add(tmp_path / "weights", "tu-test_resnet", f"{address}/a.pth", "--sha256", stated)
    assert f"{address}/a.pth" in str(caught.value)
    assert list((tmp_path / "weights").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("resnet18", "https://a.org/b.pth"), "(?s)needs its SHA-256.*Found: none.*weights check"),
        (("resnet18", "https://a.org/b.pth", "--sha256", "12"), "64 hexadecimal digits"),
        (
            ("resnet18", "https://a.org/b.zip", "--sha256", "0" * 64),
            "no address of a file of weights",
        ),
        (("resnet18", "imagenet", "--sha256", "0" * 64), "a checksum belongs to a file"),
        (("resnt18", "https://a.org/b.pth", "--sha256", "0" * 64), "unknown encoder"),
    ],
)
def test_what_cannot_be_fetched_is_refused_before_anything_is_asked_for(
    arguments, message, tmp_path
):
    with pytest.raises(UserError, match=message):
        add(tmp_path / "weights", *arguments)
    assert not (tmp_path / "weights").exists()
