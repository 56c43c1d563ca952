"""Statistics of the training areas say how bands differ from one another, and models keep it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

from rs_seg.algorithms.inspection.band_pairs import find_reordering
from rs_seg.config import RandomForest
from rs_seg.io.documents import read_document
from rs_seg.io.model import read_description
from rs_seg.io.raster import RasterReader
from rs_seg.stages.summarize import summarize
from rs_seg.values.grid import whole
from rs_seg.values.statistics import Statistics

from .learning_run import BANDS, CLASSES, SCENES, LearningRun, train_model

FOREST = RandomForest(
    name="forest", architecture="random_forest", trees=2, max_depth=3, samples=500
)


def test_pairs_of_bands_come_with_the_model_and_tell_their_order(
    run: LearningRun, tmp_path: Path
) -> None:
    files = []
    for scene, image, reference in zip(SCENES, run.images, run.references, strict=True):
        folder = tmp_path / "scenes" / scene.name
        folder.mkdir(parents=True)
        files += [Path(shutil.copy(path, folder / path.name)) for path in (image, reference)]
    statistics = tmp_path / "statistics.json"
    summarize(CLASSES, SCENES, files=files, split=run.split, statistics=statistics)
    pairs = read_document(statistics, Statistics).pairs
    assert [(pair.first, pair.second) for pair in pairs] == list(combinations(BANDS, 2))
    model = train_model(tmp_path, replace(run, statistics=statistics), FOREST)
    assert read_description(model).pairs == pairs
    with RasterReader(run.images[0]) as reader:
        pixels = reader.read(whole(reader.grid))[:, reader.read_valid(whole(reader.grid))]
    assert find_reordering(pairs, BANDS, pixels) is None
    reordering = find_reordering(pairs, BANDS, pixels[[1, 0, 2]])
    assert reordering is not None
    assert reordering.fitting == ("green", "red", "height")
    assert np.isclose(sum(pairs[0].ratios), 100_000, atol=65)
