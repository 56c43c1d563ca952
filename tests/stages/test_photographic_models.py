"""Models that learnt on photographs, which have no pixel size and no ground, in the stages."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
import torch
from affine import Affine
from torchvision.models import get_model
from typer.testing import CliRunner

from rs_seg.cli import app
from rs_seg.config import ConvolutionalNetwork, PredictConfig
from rs_seg.ground.seen import Seen, read_learned
from rs_seg.io.model import read_description, read_model
from rs_seg.io.raster import RasterReader, create_raster
from rs_seg.stages.export import export
from rs_seg.stages.predict import predict
from rs_seg.values import dequantize
from rs_seg.values.grid import Grid, whole

from .learning_run import train_model
from .test_predict import engine  # noqa: F401  a folder as accelerate writes it

NAME = "lraspp_mobilenet_v3_large"
GRID = Grid((64, 64), Affine(7.3, 0, 500_000, 0, -7.3, 5_300_000), "EPSG:32632")


@pytest.fixture(scope="module")
def source():
    torch.manual_seed(0)
    network = get_model(NAME, weights=None, weights_backbone=None, num_classes=21).eval()
    with torch.no_grad():  # random weights give every class the same probability
        for layer in (network.classifier.low_classifier, network.classifier.high_classifier):
            layer.weight.mul_(1000)
    return network


@pytest.fixture(scope="module")
def photographic(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    torch.save(source.state_dict(), folder / "whole.pth")
    output = folder / "voc.safetensors"
    arguments = [
        "weights",
        "convert",
        str(folder / "whole.pth"),
        "--architecture",
        NAME,
        "--output",
        str(output),
    ]
    assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 0
    return output


def test_it_maps_an_image_of_any_pixel_size_as_torchvision_does(
    source,
    photographic,
    engine,  # noqa: F811  # a fixture of test_predict
    tmp_path,
):
    pixels = np.random.default_rng(2).integers(0, 256, (3, 64, 64)).astype(np.float32)
    with create_raster(
        tmp_path / "image.tif", GRID, dtype="float32", bands=["blue", "green", "red"]
    ) as dataset:
        dataset.write(pixels[::-1])
    (tmp_path / "strips").mkdir()
    predict(
        PredictConfig(tile=64, overlap=16),
        read_description(photographic).classes,
        model=photographic,
        engine=engine,
        image=tmp_path / "image.tif",
        strips=tmp_path / "strips",
        shards=[],
        probabilities=tmp_path / "p.tif",
        values=tmp_path / "values.json",
    )
    with RasterReader(tmp_path / "p.tif") as reader:
        found = dequantize(reader.read(whole(reader.grid)))
    mean, std = (
        torch.tensor(each).reshape(3, 1, 1)
        for each in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    )
    with torch.inference_mode():
        logits = source(((torch.from_numpy(pixels) / 255 - mean) / std)[None])["out"]
    expected = torch.softmax(logits, dim=1)[0].numpy()
    assert expected.max() > 0.2
    np.testing.assert_allclose(found, expected, atol=1 / 254)
    values = json.loads((tmp_path / "values.json").read_text())
    assert values["warnings"] == []
    assert "another program trained it" in values["notes"][0]


def test_no_ground_of_a_scene_was_seen(photographic):
    learned = read_learned([photographic])
    assert learned.conclude(Seen()) == "disjoint"
    assert not learned.place(GRID).mark(whole(GRID)).any()


@pytest.mark.slow
def test_deepness_is_told_no_pixel_size(photographic, tmp_path):
    export(
        read_description(photographic).classes,
        model=photographic,
        onnx=tmp_path / "m.onnx",
        deepness=tmp_path / "d.onnx",
    )
    metadata = {
        each.key: json.loads(each.value) for each in onnx.load(tmp_path / "d.onnx").metadata_props
    }
    assert "resolution" not in metadata
    assert metadata["resolution_m"] is None
    assert metadata["class_names"]["15"] == "person"


@pytest.mark.slow
def test_a_training_begins_with_all_layers_but_those_of_the_classes(source, run, tmp_path, caplog):
    torch.save(source.state_dict(), tmp_path / "whole.pth")
    network = ConvolutionalNetwork(
        name="whole",
        architecture="torchvision_lraspp_mobilenet_v3_large",
        weights=str(tmp_path / "whole.pth"),
        freeze_encoder=True,
    )
    with caplog.at_level("INFO"):
        description, tensors = read_model(train_model(tmp_path, run, network))
    assert description.pretrained is not None
    assert description.pretrained.layers == "all but those of the classes"
    assert "begin with them too: all but those of the classes" in caplog.text
    given = source.state_dict()
    frozen, trained = "0.1.running_mean", "cbr.0.weight"
    assert np.array_equal(tensors[f"layers.encoder.{frozen}"], given[f"backbone.{frozen}"])
    moved = tensors[f"layers.classifier.{trained}"] - given[f"classifier.{trained}"].numpy()
    assert 0 < np.abs(moved).max() < 0.2
    assert tensors["layers.classifier.low_classifier.weight"].shape[0] == 3
