"""The example of simulated seasons in a small form: from a seed to what is handed over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import rasterio
import yaml

from rs_seg.io.model import read_description
from tests.workflow.project import ROOT, Project
from tests.workflow.shell_commands import record_as_made, run_in_this_process

pytestmark = pytest.mark.slow
EXAMPLE = ROOT / "config" / "examples" / "simulated_seasons.yaml"
NAMED, MAPPED = "stony ground", "$tony ground"


def shrunk_example() -> dict[str, Any]:
    """Two scenes, one of which lacks dates and the radar, a small network, and a short training."""
    values = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    dates = values["simulate"]["fields"]["dates"]
    pooled = {"encoder": "tu-test_resnet", "decoder_channels": [16, 8, 8, 8, 8]}
    values["legend"][-1]["name"] = MAPPED
    return values | {
        "data_root": "raw",
        "results": "results",
        "scenes": [
            {"name": "north", "simulate": 31},
            {
                "name": "east",
                "simulate": 32,
                "dates": {"optical": dates[1:5]},
                "lacks": ["radar"],
            },
        ],
        "sources": values["sources"] | {"radar": {**values["sources"]["radar"], "optional": True}},
        "label": {**values["label"], "rename": {NAMED: MAPPED}},
        "split": {**values["split"], "missing_class": "warn", "candidates": 50},
        "train": {
            **values["train"],
            "window": 32,
            "epochs": 4,
            "steps_per_epoch": 10,
            "learning_rate": 0.01,
            "precision": "float32",
        },
        "models": {"pooled": {**values["models"]["pooled"], **pooled}},
        "predict": {"tile": 64, "overlap": 16},
        "vectorize": {"formats": ["geopackage"]},
    }


def test_scenes_of_other_dates_are_simulated_learnt_from_and_mapped(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.values = shrunk_example()
    run_in_this_process(project)
    record_as_made(project)
    results = tmp_path / "results"
    description = read_description(results / "models/pooled/model.safetensors")
    assert [group.slots for group in description.groups] == [6, 0]
    assert description.bands[-3:] == ("vv", "vh", "has_radar")
    with rasterio.open(results / "scenes/east/image.tif") as image:
        assert image.descriptions == description.bands
        day = {name: image.read(number) for number, name in enumerate(image.descriptions, start=1)}
    assert 0.15 < (day["day_optical@4"] == 0).mean() < 0.25, "clouds of the fourth date"
    assert not day["day_optical@5"].any(), "a day of a fifth date"
    assert not day["has_radar"].any()
    evaluation = json.loads((results / "evaluation/pooled/argmax.json").read_text(encoding="utf-8"))
    assert evaluation["test"]["overall_accuracy"] > 0.5
    assert (results / "deliver/map.html").is_file()
    assert not project.planned()
