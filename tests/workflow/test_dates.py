"""Networks of several dates from files of dates to figures and what is handed over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine

from rs_seg.io.model import read_description
from rs_seg.testing import write_image
from rs_seg.values.grid import Grid
from tests.workflow.project import Project
from tests.workflow.shell_commands import record_as_made, run_in_this_process

pytestmark = pytest.mark.slow
SIDE, PEAKS = 256, np.array([60.0, 180.0, 300.0])
DAYS = {
    "west": {"20210214": 45, "20210506": 126, "20210720": 201, "20211101": 305},
    "east": {"20210309": 68, "20210618": 169, "20211012": 285},
}
"""Dates of each scene and their days: not the same, and not as many."""
SETTINGS: dict[str, Any] = {
    "title": "Seasons",
    "data_root": "raw",
    "results": "results",
    "scenes": [{"name": name} for name in DAYS],
    "sources": {
        "s2": {"path": "{scene}/s2_{date}.tif", "bands": ["red", "nir"], "nodata": 0},
        "dsm": {"path": "{scene}/dsm.tif", "bands": ["height"], "optional": True},
    },
    "legend": [
        {"code": code, "name": name, "color": color}
        for code, name, color in (
            (1, "wheat", "#dddd00"),
            (2, "maize", "#00aa00"),
            (3, "$beet", "#aa0000"),
        )
    ],
    "label": {"path": "{scene}/labels.tif"},
    "split": {
        "block_size": 64,
        "validation": 0.15,
        "test": 0.2,
        "missing_class": "warn",
        "candidates": 50,
    },
    "train": {
        "window": 32,
        "batch_size": 8,
        "epochs": 4,
        "steps_per_epoch": 10,
        "learning_rate": 0.01,
        "drop_dates": 0.2,
        "precision": "float32",
    },
    "models": {
        "pooled": {
            "architecture": "unet",
            "encoder": "tu-test_resnet",
            "decoder_channels": [16, 8, 8, 8, 8],
            "dates": {"pooling": "mean"},
        },
    },
    "predict": {"tile": 64, "overlap": 16},
    "refinements": {"argmax": {"method": "argmax"}},
    "vectorize": {"formats": ["geopackage"]},
}


def write_scenes(folder: Path) -> None:
    """Two scenes of fields whose season has its peak on another day in each class."""
    generator = np.random.default_rng(1)
    for number, (name, days) in enumerate(DAYS.items()):
        grid = Grid((SIDE, SIDE), Affine(10, 0, 500_000 + 9000 * number, 0, -10, 5e6), "EPSG:32632")
        indices = np.kron(generator.integers(0, 3, (16, 16)), np.ones((16, 16), dtype=np.int64))
        (folder / name).mkdir(parents=True)
        for date, day in days.items():
            season = np.exp(-(((day - PEAKS[indices]) / 60) ** 2))
            pixels = np.stack([200 - 100 * season, 100 + 100 * season])
            pixels += generator.normal(0, 5, pixels.shape)
            row, column = generator.integers(0, SIDE - 40, 2)
            pixels[:, row : row + 40, column : column + 40] = 0  # a cloud
            write_image(folder / name / f"s2_{date}.tif", grid, pixels.astype(np.uint8), nodata=0)
        write_image(folder / name / "labels.tif", grid, (indices + 1)[None].astype(np.uint8))
    # the other scene lacks the surface model
    write_image(
        folder / "west" / "dsm.tif", grid_of_west(), np.full((1, SIDE, SIDE), 7.0, np.float32)
    )


def grid_of_west() -> Grid:
    return Grid((SIDE, SIDE), Affine(10, 0, 500_000, 0, -10, 5e6), "EPSG:32632")


def test_scenes_of_other_dates_are_learnt_from_and_mapped(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.values = dict(SETTINGS)
    write_scenes(tmp_path / "raw")
    run_in_this_process(project)
    record_as_made(project)
    results = tmp_path / "results"
    description = read_description(results / "models/pooled/model.safetensors")
    assert [group.slots for group in description.groups] == [4, 0]
    assert description.bands[-2:] == ("height", "has_dsm")
    with rasterio.open(results / "scenes/east/image.tif") as image:
        assert image.descriptions == description.bands
        assert not image.read(12).any(), "a day of a fourth date"
    evaluation = json.loads((results / "evaluation/pooled/argmax.json").read_text(encoding="utf-8"))
    assert evaluation["test"]["overall_accuracy"] > 0.5
    assert (results / "deliver/map.html").is_file()
    assert not project.planned()
