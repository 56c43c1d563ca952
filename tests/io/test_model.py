from __future__ import annotations

import json
import math
import struct

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from rs_seg.errors import UserError
from rs_seg.io.model import (
    KEY,
    count_parameters,
    read_description,
    read_model,
    write_model,
)
from rs_seg.io.model_description import LearnedGround, ModelDescription, Normalisation, ValueRange
from rs_seg.io.reliability import Calibration, Reliability, ReliabilityBin
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
    before, after = (
        Reliability(ece=0.1, nll=2, bins=bins),
        Reliability(ece=0.05, nll=1 / 3, bins=bins),
    )
    calibration = Calibration(pixels=9, before=before, after=after)
    calibrated = DESCRIPTION.model_copy(update={"temperature": 1.7, "calibration": calibration})
    write_model(tmp_path / "m", calibrated, TENSORS)
    assert read_model(tmp_path / "m")[0] == read_description(tmp_path / "m") == calibrated


def test_the_parameters_of_a_file_are_those_that_are_trained(tmp_path):
    torch = pytest.importorskip("torch")
    network = torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, 3),
        torch.nn.BatchNorm2d(3),
        torch.nn.PReLU(),
        torch.nn.Conv2d(3, 2, 1),
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


def test_ground_comes_back_and_a_file_from_before_does_not_say_where_it_was_trained(tmp_path):
    ground = (LearnedGround.model_validate(GROUND),)
    trained = DESCRIPTION.model_copy(update={"ground": ground})
    write_model(tmp_path / "m", trained, TENSORS)
    assert read_description(tmp_path / "m").ground == ground
    content = DESCRIPTION.model_dump(mode="json", exclude={"ground"})
    save_file(TENSORS, tmp_path / "m", metadata={KEY: json.dumps(content)})
    assert read_description(tmp_path / "m").ground is None


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
    [
        lambda data: b"",
        lambda data: data[:100],
        lambda data: data[:-5],
        lambda data: b"\x80\x04cos\nsystem\n" * 9,
    ],
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


NUMBERS = [math.nan, math.inf, -math.inf]
GROUND = {
    "crs": "PROJCRS[...]",
    "transform": [0.5, 0, 500_000, 0, -0.5, 5_300_000],
    "height": 60,
    "width": 80,
    "train": [[0, 0, 60, 20]],
    "validation": [],
}
WRONG_GROUND: list[dict[str, object]] = [
    {"crs": ""},
    {"crs": "x" * 200_000},
    {"height": 0},
    {"width": 10**30},
    {"transform": [0.5, 0, 0, 0, -0.5]},
    {"transform": [0, 0, 0, 0, -0.5, 0]},
    {"transform": [math.nan, 0, 0, 0, -0.5, 0]},
    {"transform": [1e300, 0, 0, 0, -1e300, 0]},
    {"train": [[0, 0, 61, 20]]},
    {"validation": [[0, 70, 5, 11]]},
    {"train": [[-1, 0, 5, 5]]},
    {"train": [[0, 0, 0, 5]]},
    {"train": [[0, 0, 5]]},
    {"train": [[0.5, 0, 5, 5]]},
]
RANGE = {"min": 0, "p2": 1, "p98": 2, "max": 3}


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "pickle"},
        {"classes": 3},
        {"classes": []},
        {"classes": [{"code": 1, "name": "a"}, {"code": 1, "name": "b"}]},
        {"classes": [{"code": -1, "name": "a"}]},
        {"classes": [{"code": 65534, "name": "a"}]},
        *({"temperature": value} for value in (0.0, *NUMBERS)),
        *({"resolution_m": value} for value in ("far", 0, -1, 1e9, *NUMBERS)),
        *({"window": value} for value in (0, -64, 10**12, int("9" * 400))),
        *({"normalisation": [{"mean": 0, "std": value}] * 2} for value in (-1, *NUMBERS)),
        *({"normalisation": [{"mean": value, "std": 1}] * 2} for value in NUMBERS),
        {"normalisation": [{"mean": 0, "std": 1}]},
        {"ranges": [RANGE]},
        {"ranges": [{**RANGE, "max": 0.5}] * 2},
        {"ranges": [{**RANGE, "min": math.nan}] * 2},
        {"bands": []},
        {"bands": ["nir", "nir"]},
        {"features": ["nir + " * 3000 + "nir"]},
        {"features": ["__import__('os')"]},
        {"seed": 2**80},
        {"ground": 3},
        *({"ground": [{**GROUND, **change}]} for change in WRONG_GROUND),
        {"validation": {"miou": math.inf}},
    ],
)
def test_a_wrong_description_is_refused_with_the_field(tmp_path, change):
    text = json.dumps({**DESCRIPTION.model_dump(mode="json"), **change})
    save_file(TENSORS, tmp_path / "m", metadata={KEY: text})
    with pytest.raises(UserError, match=next(iter(change))):
        read_model(tmp_path / "m")


def test_a_figure_without_labelled_pixels_is_not_defined(tmp_path):
    write_model(
        tmp_path / "m",
        DESCRIPTION.model_copy(update={"validation": {"epoch": 1, "miou": math.nan}}),
        TENSORS,
    )
    assert math.isnan(read_description(tmp_path / "m").validation["miou"])


def test_a_band_of_one_value_has_no_spread(tmp_path):
    plain = DESCRIPTION.model_copy(update={"normalisation": (Normalisation(mean=3, std=0),) * 2})
    write_model(tmp_path / "m", plain, TENSORS)
    assert read_description(tmp_path / "m").normalisation[0].std == 0


def with_header(text: bytes, *, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(text) if length is None else length) + text + bytes(64)


TENSOR = b'{"dtype":"F32","shape":[2],"data_offsets":[%d,%d]}'


@pytest.mark.parametrize(
    "data",
    [
        with_header(b"{}", length=2**63),
        with_header(b"{}", length=10**8),
        with_header(b'{"a":' + TENSOR % (0, 8) + b',"b":' + TENSOR % (4, 12) + b"}"),
        with_header(b'{"a":' + TENSOR % (8, 0) + b"}"),
        with_header(b'{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}'),
        with_header(b'{"a":{"dtype":"F32","shape":[' + b"9" * 5000 + b'],"data_offsets":[0,8]}}'),
        with_header(
            b'{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}}'
        ),
        with_header(b"[" * 100_000),
        with_header(b'{"__metadata__":{"rs_seg":"\xff\xfe"}}'),
        with_header(b'{"__metadata__":{"rs_seg":3}}'),
        with_header(json.dumps({"__metadata__": {KEY: "[" * 50_000}}).encode()),
        with_header(json.dumps({"__metadata__": {KEY: '{"seed": ' + "9" * 5000 + "}"}}).encode()),
        with_header(
            json.dumps({"__metadata__": {KEY: '{"kind": "' + "x" * 100_000 + '"}'}}).encode()
        ),
    ],
)
def test_hostile_headers_end_in_one_short_paragraph(tmp_path, data):
    (tmp_path / "m").write_bytes(data)
    for read in (read_model, read_description, count_parameters):
        with pytest.raises(UserError, match="not a model file that rs_seg can read") as raised:
            read(tmp_path / "m")
        assert len(str(raised.value)) < 1000


def test_changed_bytes_end_in_a_model_or_in_a_user_error(tmp_path):
    draws, sound = np.random.default_rng(0), whole(tmp_path / "m")
    refused = 0
    for _ in range(400):
        changed = bytearray(sound)
        for place in draws.integers(0, len(sound), draws.integers(1, 4)):
            changed[place] = draws.integers(0, 256)
        (tmp_path / "m").write_bytes(changed)
        try:
            description, tensors = read_model(tmp_path / "m")
        except UserError:
            refused += 1
            continue
        assert all(each.std >= 0 and math.isfinite(each.mean) for each in description.normalisation)
        assert description.window > 0
        assert tensors
    assert 100 < refused < 400


def test_a_description_is_read_without_the_tensors(tmp_path, monkeypatch):
    write_model(tmp_path / "m", DESCRIPTION, TENSORS)
    opened = []

    class Header:
        """A file whose tensors nobody may ask for."""

        def __init__(self, path, framework):
            with safe_open(path, framework) as file:
                said = file.metadata()
            self.metadata = lambda: said
            opened.append(path)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr("rs_seg.io.model.safe_open", Header)
    assert read_description(tmp_path / "m") == DESCRIPTION
    assert opened == [tmp_path / "m"]


def test_a_model_file_of_an_older_version_has_no_ranges(tmp_path):
    ranges = (ValueRange(min=0, max=255, p2=3, p98=250), ValueRange(min=-9.5, max=2, p2=-9, p98=1))
    write_model(tmp_path / "m", DESCRIPTION.model_copy(update={"ranges": ranges}), TENSORS)
    assert read_description(tmp_path / "m").ranges == ranges
    older = DESCRIPTION.model_dump(mode="json", exclude={"ranges"})
    save_file(TENSORS, tmp_path / "older", metadata={KEY: json.dumps(older)})
    assert read_description(tmp_path / "older") == DESCRIPTION
    assert DESCRIPTION.ranges == ()


def test_files_from_before_there_were_detectors_are_read():
    told = DESCRIPTION.model_dump(mode="json")
    for key in ("plan", "largest_m"):
        del told[key]
    assert ModelDescription.model_validate(told) == DESCRIPTION
