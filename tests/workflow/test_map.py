"""`rs-seg map` makes maps of files by a model, once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rs_seg.config import RandomForest
from rs_seg.io.model import read_model, write_model
from rs_seg.io.raster import RasterReader
from tests.stages.learning_run import CLASSES, make_learning_run, train_model

pytestmark = pytest.mark.slow
FOREST = RandomForest(
    name="forest", architecture="random_forest", trees=3, max_depth=5, samples=500
)


def run_map(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "rs_seg", "map", *words, "--cores", "2"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_images_are_mapped_once_and_the_last_lines_say_where(tmp_path: Path) -> None:
    learning = make_learning_run(tmp_path / "learning")
    (tmp_path / "images <a>").mkdir()
    image = tmp_path / "images <a>" / "$a_$ 'b'.tif"
    shutil.copy(learning.images[1], image)
    model = train_model(tmp_path, learning, FOREST)
    words = [model.name, str(image.relative_to(tmp_path)), "--out", "a map"]
    first = run_map(tmp_path, *words)
    assert first.returncode == 0, first.stdout[-2000:] + first.stderr[-4000:]
    results = tmp_path / "a map" / "results"
    project = results / "deliver" / "map.qgz"
    assert f"map     {project.relative_to(tmp_path)}" in (first.stdout + first.stderr).splitlines()
    assert project.exists()
    folder = results / "maps" / image.stem / "forest" / "markov"
    made = {path.name for path in folder.iterdir()}
    assert {"classes.tif", "confidence.tif", "polygons.gpkg"} <= made
    with RasterReader(folder / "classes.tif") as reader:
        codes = np.unique(reader.dataset.read(1))
    assert set(codes.tolist()) <= {*CLASSES.codes, CLASSES.nodata}
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*.tif")}
    again = run_map(tmp_path, *words)
    assert again.returncode == 0
    assert {path: path.stat().st_mtime_ns for path in results.rglob("*.tif")} == before
    _check_refusal(tmp_path, model, words)


def _check_refusal(folder: Path, model: Path, words: list[str]) -> None:
    """A model that learnt from values a thousand times as large maps nothing."""
    description, tensors = read_model(model)
    larger = description.model_dump()
    for key in ("normalisation", "ranges"):
        larger[key] = [
            {name: 1000 * value for name, value in figures.items()} for figures in larger[key]
        ]
    for figures in larger["normalisation"]:
        figures["mean"] = abs(figures["mean"])
    write_model(folder / model.name, type(description).model_validate(larger), tensors)
    refused = run_map(folder, *words)
    assert refused.returncode != 0
    assert "the model was trained on" in refused.stdout + refused.stderr
