"""Scenes beside training, in values.json, log and changes.json, however the work was cut."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.config import Argmax, Ensemble, Likelihood, RandomForest
from rs_seg.errors import UserError
from rs_seg.io.model import read_model, write_model
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.io.raster import RasterReader
from rs_seg.scenes.values import compare_values, spread_tiles
from rs_seg.stages.combine import combine
from rs_seg.stages.predict import predict
from rs_seg.stages.refine import refine
from rs_seg.testing import grid_at, write_image
from rs_seg.values.band_groups import BandGroup
from rs_seg.values.grid import whole

from .learning_run import BANDS, CLASSES, LEGEND, PREDICT, LearningRun, train_model

METHODS = {
    "forest": RandomForest(
        name="forest", architecture="random_forest", trees=3, max_depth=5, samples=500
    ),
    "likelihood": Likelihood(name="likelihood", architecture="gaussian_likelihood", samples=500),
}


@pytest.fixture(scope="module")
def models(run: LearningRun, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {
        name: train_model(tmp_path_factory.mktemp(name), run, each)
        for name, each in METHODS.items()
    }


def map_scene(model: Path, image: Path, folder: Path) -> dict[str, Any]:
    """What predict says of the values of the scene."""
    (folder / "strips").mkdir(parents=True)
    files = {"model": model, "image": image, "shards": [], "strips": folder / "strips"}
    predict(
        PREDICT, CLASSES, **files, probabilities=folder / "p.tif", values=folder / "values.json"
    )
    content: dict[str, Any] = json.loads((folder / "values.json").read_text())
    return content


def rescale(image: Path, path: Path, *, factor: float) -> Path:
    with RasterReader(image) as reader:
        pixels, valid, grid = (
            reader.read(whole(reader.grid)),
            reader.read_valid(whole(reader.grid)),
            reader.grid,
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_image(path, grid, (pixels * factor).astype(np.float32), bands=BANDS, valid=valid)


@pytest.mark.parametrize("method", METHODS)
def test_a_scene_like_the_training_has_no_warning_and_its_figures_are_right(
    method, models, run, tmp_path, caplog
):
    with caplog.at_level(logging.WARNING):
        content = map_scene(models[method], run.images[1], tmp_path / "alike")
    assert (content["warnings"], content["notes"], caplog.messages) == ([], [], [])
    with RasterReader(run.images[1]) as reader:
        pixels = reader.read(whole(reader.grid))[:, reader.read_valid(whole(reader.grid))]
    assert content["pixels"] == pixels.shape[1]
    for band, values in zip(content["bands"], pixels, strict=True):
        assert band["scene"]["mean"] == pytest.approx(values.mean(dtype=float))
        assert band["scene"]["max"] == values.max()
        trained = band["trained"]
        assert (
            band["outside"] == ((values < trained["min"]) | (values > trained["max"])).mean() < 0.01
        )


@pytest.mark.parametrize("method", METHODS)
def test_a_scene_of_other_units_is_warned_of_in_the_log_and_in_changes(
    method, models, run, tmp_path, caplog
):
    image = rescale(run.images[0], tmp_path / "nord/image.tif", factor=40)
    with caplog.at_level(logging.WARNING):
        content = map_scene(models[method], image, tmp_path / "unlike")
    assert [each["name"] for each in content["bands"] if each["unlike"]] == [
        "red",
        "green",
        "height",
    ]
    assert "another order of magnitude" in content["bands"][0]["unlike"]
    assert content["bands"][0]["outside"] > 0.9
    assert caplog.messages[:3] == [f"scene nord: {warning}" for warning in content["warnings"]]
    assert caplog.messages[3].startswith(
        "scene nord: values are unlike those of the training; the map may be wrong"
    )
    folder = tmp_path / "unlike"
    outputs = {name: folder / name for name in ("classes", "confidence", "changes")}
    files = {
        "probabilities": folder / "p.tif",
        "image": image,
        "parameters": [],
        "values": folder / "values.json",
    }
    refine(Argmax(name="argmax", method="argmax"), LEGEND, **files, **outputs)
    assert json.loads(outputs["changes"].read_text())["warnings"] == content["warnings"]


def test_a_model_of_an_older_version_is_compared_by_its_means_and_that_is_said(
    models, run, tmp_path, caplog
):
    description, tensors = read_model(models["forest"])
    older = tmp_path / "older.safetensors"
    write_model(older, description.model_copy(update={"ranges": ()}), tensors)
    with caplog.at_level(logging.WARNING):
        content = map_scene(older, run.images[0], tmp_path / "alike")
    assert content["warnings"] == []
    assert [each["outside"] for each in content["bands"]] == [None] * 3
    assert "keeps no range of values" in caplog.text
    unlike = map_scene(
        older, rescale(run.images[0], tmp_path / "nord/image.tif", factor=40), tmp_path / "unlike"
    )
    assert len(unlike["warnings"]) == 3


def test_without_a_valid_pixel_nothing_is_compared_and_that_is_said(models, run, tmp_path):
    with RasterReader(run.images[0]) as reader:
        shape, grid = (3, reader.height, reader.width), reader.grid
    empty = write_image(
        tmp_path / "empty.tif",
        grid,
        np.zeros(shape, dtype=np.float32),
        bands=BANDS,
        valid=np.zeros(shape[1:], bool),
    )
    content = compare_values(read_model(models["forest"])[0], empty, scene="empty")
    assert (content["bands"], content["warnings"]) == ([], [])
    assert content["notes"] == [
        "no valid pixel was found in the sample, so values are not compared with the training"
    ]


def test_an_ensemble_gathers_what_is_said_of_its_members(models, run, tmp_path):
    unlike = rescale(run.images[0], tmp_path / "nord/image.tif", factor=40)
    one = map_scene(models["forest"], unlike, tmp_path / "one")
    two = map_scene(models["likelihood"], run.images[0], tmp_path / "two")
    network = Ensemble(name="both", members=("forest", "likelihood"))
    files = {
        "members": [tmp_path / "one/p.tif", tmp_path / "two/p.tif"],
        "probabilities": tmp_path / "p.tif",
    }
    compared = [tmp_path / "one/values.json", tmp_path / "two/values.json"]
    combine(network, CLASSES, **files, compared=compared, values=tmp_path / "values.json")
    content = json.loads((tmp_path / "values.json").read_text())
    assert content["members"] == {"forest": one, "likelihood": two}
    assert content["warnings"] == [f"forest: {warning}" for warning in one["warnings"]] != []
    with pytest.raises(
        UserError, match=r"1 files for --compared.*one for each of forest, likelihood"
    ):
        combine(network, CLASSES, **files, compared=compared[:1], values=tmp_path / "values.json")


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 40))
def test_tiles_lie_apart_inside_the_image_and_are_all_of_it_where_it_is_small(height, width, count):
    tiles = spread_tiles(height, width, size=100, count=count)
    assert len({(tile.row, tile.column) for tile in tiles}) == len(tiles)
    assert all(tile.clip(height, width) == tile for tile in tiles)
    everything = -(-height // 100) * -(-width // 100)
    assert 1 <= len(tiles) <= count
    if everything <= count and min(height, width) <= 100:
        assert sum(tile.height * tile.width for tile in tiles) == height * width
    assert len(tiles) >= min(everything, count) / 3


@pytest.mark.parametrize(("kind", "told"), [("convolutional", ["day_s2@2"]), ("forest", [])])
def test_dates_that_a_network_has_no_room_for_are_told(
    kind: Any, told: list[str], tmp_path: Path
) -> None:
    bands = BandGroup(source="s2", bands=("red",), slots=3).names
    pixels = np.array([5, 40, 6, 90, 0, 0], dtype=np.float32)  # the third slot has no date
    image = write_image(
        tmp_path / "image.tif",
        grid_at(8, 8),
        np.broadcast_to(pixels[:, None, None], (6, 8, 8)),
        bands=bands,
    )
    description = ModelDescription(
        kind=kind,
        network={},
        bands=bands[:2],
        normalisation=[Normalisation(mean=5, std=1), Normalisation(mean=0, std=1)],
        resolution_m=None,
        classes=CLASSES,
        window=64,
        seed=0,
        rs_seg_version="1",
    )
    notes = compare_values(description, image, scene="a")["notes"]
    assert [name for name in bands if any(f"does not see {name};" in note for note in notes)] == (
        told
    )
