from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from rs_seg.errors import UserError
from rs_seg.io.model import (
    KEY,
    Calibration,
    ModelDescription,
    Normalisation,
    Reliability,
    ReliabilityBin,
    ValueRange,
    count_parameters,
    read_description,
    read_model,
    write_model,
)
from rs_seg.values import ClassName, ClassNames

DESCRIPTION = ModelDescription(
    kind="convolutional",
    network={"architecture": "unet", "encoder": "resnet18"},
    bands=("nir", "hæight"),
    normalisation=(Normalisation(mean=0.1, std=1 / 3), Normalisation(mean=-5, std=2)),
    resolution_m=0.132,
    classes=ClassNames((ClassName(code=3, name="Bäume"), ClassName(code=300, name="x"))),
    window=128,
    seed=4,
    rs_seg_version="1.2.3",
    validation={"epoch": 3, "miou": 0.5},
)
TENSORS = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array(7, dtype=np.int64)}


def test_a_model_comes_back_as_it_was_written(tmp_path):
    write_model(tmp_path / "m.safetensors", DESCRIPTION, TENSORS)
    description, tensors = read_model(tmp_path / "m.safetensors")
    assert description == DESCRIPTION
    assert set(tensors) == set(TENSORS)
    for key, value in TENSORS.items():
        np.testing.assert_array_equal(tensors[key], value)
        assert tensors[key].dtype == value.dtype


def test_a_calibration_comes_back_and_the_description_can_be_read_alone(tmp_path):
    bins = (
        ReliabilityBin(pixels=0, confidence=None, accuracy=None),
        ReliabilityBin(pixels=9, confidence=1, accuracy=0.8),
    )
    before, after = Reliability(ece=0.1, nll=2, bins=bins), Reliability(ece=0.05, nll=1 / 3, bins=bins)
    calibration = Calibration(pixels=9, before=before, after=after)
    calibrated = DESCRIPTION.model_copy(update={"temperature": 1.7, "calibration": calibration})
    write_model(tmp_path / "m", calibrated, TENSORS)
    assert read_model(tmp_path / "m")[0] == read_description(tmp_path / "m") == calibrated


def test_the_parameters_of_a_file_are_those_that_are_trained(tmp_path):
    torch = pytest.importorskip("torch")
    network = torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.PReLU(), torch.nn.Conv2d(3, 2, 1)
    )
    network.register_buffer("positions", torch.arange(9))
    tensors = {key: value.numpy() for key, value in network.state_dict().items()}
    write_model(tmp_path / "m", DESCRIPTION, tensors)
    assert count_parameters(tmp_path / "m") == sum(each.numel() for each in network.parameters())
    write_model(tmp_path / "m", DESCRIPTION.model_copy(update={"kind": "forest"}), tensors)
    assert count_parameters(tmp_path / "m") is None


def test_a_file_from_before_calibration_has_the_temperature_one(tmp_path):
    content = DESCRIPTION.model_dump(mode="json", exclude={"temperature", "calibration"})
    save_file(TENSORS, tmp_path / "m", metadata={KEY: json.dumps(content)})
    description = read_description(tmp_path / "m")
    assert description.temperature == 1
    assert description.calibration is None


def test_the_same_model_gives_the_same_bytes(tmp_path):
    write_model(tmp_path / "one", DESCRIPTION, TENSORS)
    write_model(tmp_path / "two", DESCRIPTION, dict(reversed(TENSORS.items())))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_tensors_that_are_not_contiguous_are_written_whole(tmp_path):
    turned = TENSORS["b"].T
    write_model(tmp_path / "m", DESCRIPTION, {"b": turned})
    np.testing.assert_array_equal(read_model(tmp_path / "m")[1]["b"], turned)


def whole(path) -> bytes:
    write_model(path, DESCRIPTION, TENSORS)
    return path.read_bytes()


@pytest.mark.parametrize(
    "spoil",
    [lambda data: b"", lambda data: data[:100], lambda data: data[:-5], lambda data: b"\x80\x04cos\nsystem\n" * 9],
)
def test_what_is_not_a_whole_model_file_is_refused(tmp_path, spoil):
    path = tmp_path / "m.safetensors"
    path.write_bytes(spoil(whole(path)))
    for read in (read_model, read_description):
        with pytest.raises(UserError, match=r"m\.safetensors: not a model file"):
            read(path)


def test_a_stranger_s_tensors_are_refused(tmp_path):
    save_file(TENSORS, tmp_path / "m", metadata={"format": "pt"})
    with pytest.raises(UserError, match="without a description"):
        read_model(tmp_path / "m")


@pytest.mark.parametrize("change", [{"kind": "pickle"}, {"resolution_m": "far"}, {"classes": 3}, {"temperature": 0.0}])
def test_a_wrong_description_is_refused_with_the_field(tmp_path, change):
    text = json.dumps({**DESCRIPTION.model_dump(mode="json"), **change})
    save_file(TENSORS, tmp_path / "m", metadata={KEY: text})
    with pytest.raises(UserError, match=next(iter(change))):
        read_model(tmp_path / "m")


def test_a_model_file_of_an_older_version_has_no_ranges(tmp_path):
    ranges = (ValueRange(min=0, max=255, p2=3, p98=250), ValueRange(min=-9.5, max=2, p2=-9, p98=1))
    write_model(tmp_path / "m", DESCRIPTION.model_copy(update={"ranges": ranges}), TENSORS)
    assert read_description(tmp_path / "m").ranges == ranges
    older = DESCRIPTION.model_dump(mode="json", exclude={"ranges"})
    save_file(TENSORS, tmp_path / "older", metadata={KEY: json.dumps(older)})
    assert read_description(tmp_path / "older") == DESCRIPTION
    assert DESCRIPTION.ranges == ()
