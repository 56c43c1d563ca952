"""What scenes are mapped with: networks with layers, and what is not learnt yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rs_seg.config import parse_config
from rs_seg.errors import UserError
from rs_seg.io.model import write_model
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.values import ClassName, ClassNames
from rs_seg.workflow.learnt import (
    detectors_with_rasters,
    find_missing_learning,
    networks_with_layers,
)
from tests.workflow.test_fingerprint import VALUES
from tests.workflow.test_plan import config, plan


def write_given(path: Path, kind: str, **network: str) -> dict[str, str]:
    description = ModelDescription(
        kind=kind,
        network=network,
        bands=("red",),
        normalisation=(Normalisation(mean=0, std=1),),
        resolution_m=1,
        classes=ClassNames((ClassName(code=0, name="other"), ClassName(code=1, name="road"))),
        window=64,
        seed=0,
        rs_seg_version="0",
    )
    write_model(path, description, {"tensor": np.zeros(1)})
    return {"model": str(path)}


def with_models(**networks: Any) -> Any:
    return parse_config({**VALUES, "models": networks})


def test_networks_of_layers_are_exported_whether_trained_or_given_in_order(tmp_path):
    run = with_models(
        forest={"architecture": "random_forest"},
        given=write_given(tmp_path / "layers", "convolutional"),
        both={"members": ["given", "unet"]},
        given_forest=write_given(tmp_path / "trees", "forest"),
        clusters={"architecture": "kmeans"},
        given_threshold=write_given(tmp_path / "limits", "threshold"),
        unet={"architecture": "unet"},
    )
    assert networks_with_layers(run) == ("given", "unet")


def test_detectors_of_rasters_are_exported_whether_trained_or_given_and_those_of_regions_not(
    tmp_path: Path,
):
    detectors = {
        "centre": {"architecture": "centre"},
        "regions": {"architecture": "faster_rcnn"},
        "given": write_given(tmp_path / "yolo", "detector", architecture="yolo"),
        "both": {"members": ["centre", "given"]},
        "given_regions": write_given(tmp_path / "rcnn", "detector", architecture="rcnn"),
    }
    run = config(detectors=detectors)
    assert detectors_with_rasters(run) == ("centre", "given")
    exported = plan(run).exported_models()
    assert [path for path in exported if "unet" not in path and "fpn" not in path] == [
        "out/models/centre/model.onnx",
        "out/models/given/model.onnx",
    ]


def test_a_given_file_that_is_no_model_is_named(tmp_path):
    (tmp_path / "weights.pt").write_bytes(b"PK")
    with pytest.raises(UserError, match=r"weights\.pt"):
        networks_with_layers(with_models(given={"model": str(tmp_path / "weights.pt")}))


def test_each_file_that_is_not_learnt_is_told_with_the_command_that_makes_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "there").touch()
    (error,) = find_missing_learning(
        with_models(unet={"architecture": "unet"}),
        [str(tmp_path / "there"), str(tmp_path / "gone")],
    )
    assert str(error.where) == str(tmp_path / "gone")
    assert "-- learn makes it" in str(error)
