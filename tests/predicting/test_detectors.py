from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from rs_seg.algorithms.detectors.detector import Detector
from rs_seg.algorithms.detectors.table import build_detector, plan_detector
from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.errors import UserError
from rs_seg.io.model import count_parameters, write_model
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.predicting.detectors import read_detector
from rs_seg.values import ClassName, ClassNames

PLAN = plan_detector("centre", np.array([[8.0, 5.0], [20.0, 12.0]]), class_count=1, window=32)
DESCRIPTION = ModelDescription(
    kind="detector",
    network={"architecture": "centre", "encoder": "tu-test_resnet", "decoder": "unet"},
    bands=("nir", "dsm"),
    normalisation=(Normalisation(mean=3, std=2), Normalisation(mean=0, std=0)),
    resolution_m=0.5,
    classes=ClassNames((ClassName(code=5, name="car"),)),
    window=32,
    seed=1,
    rs_seg_version="0",
    plan=PLAN,
    largest_m=10.0,
)


@pytest.fixture
def network() -> NormalisedNetwork:
    torch.manual_seed(0)
    layers = build_detector(
        "centre",
        encoder="tu-test_resnet",
        decoder="unet",
        weights=None,
        bands=DESCRIPTION.bands,
        class_count=1,
        plan=PLAN,
    )
    return NormalisedNetwork(layers, mean=[3, 0], std=[2, 0]).eval()


def write(path: Path, built: NormalisedNetwork, **changes: object) -> Path:
    tensors = {key: value.numpy() for key, value in built.state_dict().items()}
    write_model(path, DESCRIPTION.model_copy(update=changes), tensors)
    return path


def test_a_detector_comes_back_and_finds_the_same(network, tmp_path):
    description, restored = read_detector(write(tmp_path / "m", network))
    assert description == DESCRIPTION
    assert isinstance(restored.layers, Detector)
    assert not any(module.training for module in restored.modules())
    pixels, valid = torch.randn(1, 2, 32, 32), torch.ones(1, 32, 32, dtype=torch.bool)
    before, after = (
        each.layers.find(each.normalise(pixels, valid), least=0.001)[0]
        for each in (network, restored)
    )
    assert len(before) > 0
    assert np.array_equal(before.boxes, after.boxes)
    assert np.array_equal(before.scores, after.scores)


def test_the_parameters_of_a_detector_are_counted(network, tmp_path):
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count_parameters(write(tmp_path / "m", network)) == count


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": "forest"}, "finds no objects"),
        ({"plan": {}}, "description of the detector is wrong"),
        ({"plan": {"typical": "wide"}}, "description of the detector is wrong"),
        ({"network": {}}, "description of the detector is wrong"),
        ({"network": {"architecture": "oracle"}}, "oracle"),
        ({"network": {**DESCRIPTION.network, "decoder": "fpn"}}, "not those of its network"),
    ],
)
def test_a_file_that_is_no_detector_is_refused(network, tmp_path, changes, told):
    with pytest.raises(UserError, match=told):
        read_detector(write(tmp_path / "m", network, **changes))
