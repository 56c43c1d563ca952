"""What the workflow asks about files before it builds its DAG."""

from __future__ import annotations

from pathlib import Path
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


def with_places(folder: Path, **estimate: str) -> list[str]:
    values = {
        **VALUES,
        "data_root": str(folder),
        "sample": {"map": "unet/argmax"},
        "estimate": estimate,
    }
    return [
        str(error)
        for error in find_missing_inputs(parse_config(values))
        if "estimate" in str(error)
    ]


def test_missing_files_of_labelled_places_are_told_before_any_work(tmp_path: Path) -> None:
    missing = with_places(tmp_path, labelled="places.csv", design="design.json")
    assert len(missing) == 2
    assert "places.csv" in missing[0]
    assert "estimate.labelled" in missing[0]
    assert "estimate.design" in missing[1]
    (tmp_path / "places.csv").touch()
    (tmp_path / "design.json").touch()
    assert with_places(tmp_path, labelled="places.csv", design="design.json") == []


def test_places_that_do_not_say_how_they_were_drawn_need_their_design(tmp_path: Path) -> None:
    (tmp_path / "places.csv").touch()
    (error,) = with_places(tmp_path, labelled="places.csv")
    assert "does not say how they were drawn" in error
    assert "design.json" in error
