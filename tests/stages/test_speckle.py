"""Radar from labels to a map: a likelihood is trained, a random field refines its map."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import rasterio
from scipy.ndimage import gaussian_filter

from rs_seg.algorithms.statistics import describe_band
from rs_seg.config import Likelihood, MarkovField, PredictConfig, TrainConfig
from rs_seg.stages.predict import predict
from rs_seg.stages.refine import refine
from rs_seg.stages.train import train
from rs_seg.testing import grid_at, write_image, write_reference
from rs_seg.values import Legend, Scene
from tests.stages.toy_maps import write_split

LEGEND = Legend.model_validate(
    [{"code": 3, "name": "sea", "color": "#3f88c5"}, {"code": 9, "name": "ice", "color": "#ffffff"}]
)
GAMMA = Likelihood(
    name="gamma", architecture="gamma_likelihood", band="intensity", looks=4, samples=1000
)
CUT = MarkovField(
    name="cut",
    method="markov",
    minimiser="graph_cut",
    strength=1.0,
    contrast=None,
    block=64,
    overlap=32,
)


def test_a_cut_of_a_gamma_field_at_least_halves_the_error_of_the_likelihood_alone(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(2)
    truth = (gaussian_filter(rng.standard_normal((128, 160)), 8) > 0).astype(np.int64)
    pixels = np.stack(
        [
            rng.normal(size=truth.shape),
            np.array([0.02, 0.05])[truth] * rng.gamma(4, 1 / 4, truth.shape),
        ]
    )
    grid = grid_at(*truth.shape)
    image = write_image(
        tmp_path / "image.tif", grid, pixels.astype(np.float32), bands=("angle", "intensity")
    )
    reference = write_reference(tmp_path / "reference.tif", grid, LEGEND.class_names.encode(truth))
    split = write_split(
        tmp_path / "split.json",
        {"sea": {"train": [[0, 0, 128, 40]], "validation": [[0, 60, 128, 30]], "test": []}},
    )
    statistics = tmp_path / "statistics.json"
    bands = [
        {"name": name, **describe_band(each)}
        for name, each in zip(("angle", "intensity"), pixels, strict=True)
    ]
    classes = [{**each.model_dump(), "share": 0.5} for each in LEGEND.class_names]
    statistics.write_text(json.dumps({"bands": bands, "classes": classes}))
    files = {name: tmp_path / name for name in ("model", "curves", "checkpoints")}
    train(
        TrainConfig(window=32),
        GAMMA,
        LEGEND.class_names,
        (Scene(name="sea"),),
        0,
        images=[image],
        references=[reference],
        split=split,
        statistics=statistics,
        **files,
    )
    probabilities = tmp_path / "probabilities.tif"
    predict(
        PredictConfig(),
        LEGEND.class_names,
        model=files["model"],
        engine=None,
        image=image,
        shards=[],
        probabilities=probabilities,
        strips=tmp_path / "strips",
    )
    outputs = {name: tmp_path / f"{name}.tif" for name in ("classes", "confidence")}
    outputs["changes"] = tmp_path / "changes.json"
    refine(CUT, LEGEND, probabilities=probabilities, image=image, parameters=[], **outputs)
    with rasterio.open(probabilities) as predicted, rasterio.open(outputs["classes"]) as refined:
        alone = (predicted.read().argmax(axis=0) != truth).mean()
        cut = (refined.read(1) != LEGEND.class_names.encode(truth)).mean()
    assert alone > 0.15
    assert cut <= alone / 2
