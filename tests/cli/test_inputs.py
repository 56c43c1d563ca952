"""What the workflow asks about files before it builds its DAG."""

from __future__ import annotations

from typing import Any

from rs_seg.cli.inputs import find_missing_inputs
from rs_seg.config import parse_config
from tests.workflow.test_fingerprint import VALUES


def with_models(**networks: Any) -> Any:
    return parse_config({**VALUES, "models": networks})


def test_a_missing_file_of_weights_is_told_before_any_work(tmp_path):
    def missing(weights: str) -> list[str]:
        run = with_models(unet={"architecture": "unet", "weights": weights})
        return [
            str(each) for each in find_missing_inputs(run) if "models.unet.weights" in str(each)
        ]

    (error,) = missing(str(tmp_path / "encoder.pth"))
    assert "encoder.pth" in error
    (tmp_path / "encoder.pth").touch()
    assert missing(str(tmp_path / "encoder.pth")) == []
    assert missing("imagenet") == []


def test_a_missing_raster_of_strata_is_told_before_any_work(tmp_path):
    sample = {"map": "unet/argmax", "raster": "{scene}/zones.tif"}
    run = parse_config({**VALUES, "data_root": str(tmp_path), "sample": sample})

    def missing() -> list[str]:
        told = (str(error) for error in find_missing_inputs(run))
        return [text for text in told if "sample.raster" in text]

    first, *others = missing()
    assert "zones.tif" in first
    assert len(others) == len(run.scenes) - 1
    for scene in run.scenes:
        (tmp_path / scene.name).mkdir()
        (tmp_path / scene.name / "zones.tif").touch()
    assert missing() == []
