"""Memory does not grow with the height of a scene: peaks of processes at two heights."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rs_seg.config import Likelihood
from rs_seg.io.raster import RasterReader, create_raster, to_rasterio
from rs_seg.values import Window
from rs_seg.values.grid import Grid, whole

from .learning_run import BANDS, CLASSES, LearningRun, train_model

WIDTH, LOW, HIGH = 512, 6144, 18432
"""Both are higher than what GDAL keeps of the rasters while they are read."""
BYTES_PER_PIXEL = 1.5
"""What a pixel more may cost: less than to hold its classes, and far less than its bands and
probabilities."""
PREDICT = """
from pathlib import Path
import sys
from rs_seg.config import PredictConfig
from rs_seg.stages.predict import predict
from rs_seg.io.model import read_description
model, image, folder = map(Path, sys.argv[1:])
names = read_description(model).classes
(folder / "strips").mkdir()
files = dict(probabilities=folder / "p.tif", strips=folder / "strips")
predict(PredictConfig(), names, model=model, image=image, shards=[], **files)
"""
REFINE = """
from pathlib import Path
import sys
from rs_seg.config import {method}
from rs_seg.stages.refine import refine
from rs_seg.values import Legend
probabilities, image, folder = map(Path, sys.argv[1:])
classes = [{classes}]
rows = [dict(code=code, name=name, color="#112233") for code, name in classes]
legend = Legend.model_validate(rows)
files = dict(classes=folder / "c.tif", confidence=folder / "f.tif", changes=folder / "c.json")
method = {method}(name="r", **{settings})
refine(method, legend, probabilities=probabilities, image=image, parameters=[], **files)
"""


def peak_memory(program: str, *arguments: Path) -> int:
    """Bytes of the largest resident size of a Python process."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("GDAL_CACHEMAX", None)
    process = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)], env=environment
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss * 1024


def tile_raster(source: Path, path: Path, height: int, **options) -> Path:
    """A raster again and again from top to bottom, and as wide as tall scenes are."""
    with RasterReader(source) as reader:
        pixels, valid = reader.read(whole(reader.grid)), reader.read_valid(whole(reader.grid))
        grid = Grid((height, WIDTH), reader.grid.affine, reader.grid.crs)
        dtype = reader.dtype
    columns = np.arange(WIDTH) % pixels.shape[2]
    with create_raster(path, grid, dtype=dtype, **options) as dataset:
        for row in range(0, height, 256):
            rows = np.arange(row, row + 256) % pixels.shape[1]
            window = to_rasterio(Window(row, 0, 256, WIDTH))
            dataset.write(pixels[:, rows][:, :, columns], window=window)
            if "nodata" not in options:
                dataset.write_mask(valid[rows][:, columns], window=window)
    return path


@pytest.fixture(scope="module")
def model(run: LearningRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = Likelihood(name="likelihood", architecture="gaussian_likelihood", samples=2000)
    return train_model(tmp_path_factory.mktemp("likelihood"), run, network)


@pytest.fixture(scope="module")
def tall(
    run: LearningRun, model: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[int, tuple[Path, Path, int]]:
    """Image, probabilities and the peak memory of their prediction, by height."""
    made = {}
    for height in (LOW, HIGH):
        folder = tmp_path_factory.mktemp(f"tall{height}")
        image = tile_raster(run.images[0], folder / "image.tif", height, bands=BANDS)
        made[height] = image, folder / "p.tif", peak_memory(PREDICT, model, image, folder)
    return made


@pytest.mark.slow
def test_memory_of_prediction_does_not_grow_with_the_height(tall):
    assert tall[HIGH][2] - tall[LOW][2] < BYTES_PER_PIXEL * WIDTH * (HIGH - LOW)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "settings"),
    [("Argmax", {"method": "argmax"}), ("MarkovField", {"method": "markov", "minimiser": "icm"})],
)
def test_memory_of_refinement_does_not_grow_with_the_height(method, settings, tall, tmp_path):
    classes = ", ".join(f"({each.code}, {each.name!r})" for each in CLASSES)
    program = REFINE.format(method=method, settings=settings, classes=classes)
    low, high = (
        peak_memory(program, tall[height][1], tall[height][0], tmp_path) for height in (LOW, HIGH)
    )
    assert high - low < BYTES_PER_PIXEL * WIDTH * (HIGH - LOW)
