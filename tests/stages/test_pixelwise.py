"""Methods of single pixels through the stages, on formulas of a simulated town."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from rasterio.features import rasterize
from scipy import ndimage

from rs_seg.algorithms.simulate import simulate_town
from rs_seg.algorithms.statistics import describe_band
from rs_seg.config import KMeans, Pixelwise, PredictConfig, TrainConfig, parse_config
from rs_seg.errors import UserError
from rs_seg.io.model import read_description, read_model, write_model
from rs_seg.io.raster import RasterReader
from rs_seg.stages.predict import predict
from rs_seg.stages.train import train
from rs_seg.testing import grid_at, write_image, write_reference
from rs_seg.values import ClassNames, Scene, Window
from rs_seg.values.grid import whole
from tests.config.test_load import changed
from tests.stages.toy_maps import write_split

SIZE = 320
BANDS = ("nir", "red", "green", "dsm")
NAMES = ("impervious", "building", "low vegetation", "tree", "car", "water")
CLASSES = ClassNames.model_validate(
    [{"code": code, "name": name} for code, name in enumerate(NAMES, start=1)]
)
INDICES = {
    "ndvi": "(nir - red) / (nir + red)",
    "ndsm": "dsm - opening(dsm, 41)",
    "texture": "std(ndvi, 5)",
}
FEATURES = ["nir", "red", "ndvi", "ndsm", "texture"]
METHODS: dict[str, dict[str, Any]] = {
    "forest": {
        "architecture": "random_forest",
        "trees": 10,
        "max_depth": 10,
        "samples": 5000,
        "features": FEATURES,
    },
    "boosting": {
        "architecture": "gradient_boosting",
        "iterations": 15,
        "samples": 5000,
        "features": FEATURES,
    },
    "gaussian": {"architecture": "gaussian_likelihood", "samples": 5000, "features": FEATURES},
    "bands": {"architecture": "gradient_boosting", "iterations": 15, "samples": 5000},
    "clusters": {
        "architecture": "kmeans",
        "clusters": 30,
        "passes": 1,
        "samples": 5000,
        "features": FEATURES,
    },
    "otsu": {"architecture": "threshold", "feature": "ndvi", "samples": 5000},
    "several": {
        "architecture": "threshold",
        "feature": "mean(ndvi, 5)",
        "method": "multi_otsu",
        "intervals": 3,
        "samples": 5000,
    },
    "named": {
        "architecture": "threshold",
        "feature": "std(ndvi, 3) + ndvi",
        "method": "fixed",
        "thresholds": [-0.2, 0.15],
        "classes": ["water", "impervious", "low vegetation"],
    },
}


def methods(**networks: Any) -> dict[str, Pixelwise]:
    legend = [{**each.model_dump(), "color": "#123456"} for each in CLASSES]
    source = {"image": {"path": "{scene}.tif", "bands": list(BANDS)}}
    return parse_config(
        changed(sources=source, indices=INDICES, legend=legend, models=networks)
    ).models


class Town:
    """A simulated town in one image file, its left half for training, its right for the rest."""

    def __init__(self, folder: Path) -> None:
        town = simulate_town(seed=3, height=SIZE, width=SIZE, pixel_size=0.5)
        grid = grid_at(SIZE, SIZE, pixel=0.5)
        up = Affine(0.5, 0, 0, 0, -0.5, SIZE * 0.5)
        codes = [NAMES.index(each) + 1 for each in town.classes]
        self.truth = rasterize(
            zip(town.polygons, codes, strict=True), (SIZE, SIZE), transform=up, dtype="uint8"
        )
        x, y = town.optical_grid.centres
        coarse = town.surface_grid
        rows, columns = (
            (coarse.top - y) / coarse.pixel_size - 0.5,
            (x - coarse.left) / coarse.pixel_size - 0.5,
        )
        surface = ndimage.map_coordinates(
            town.surface, np.meshgrid(rows, columns, indexing="ij"), order=1
        )
        pixels = np.concatenate([town.optical, surface[None]]).astype(np.float32)
        valid = np.ones((SIZE, SIZE), dtype=bool)
        valid[200:230, 150:190] = False
        self.valid = valid
        self.image = write_image(folder / "image.tif", grid, pixels, valid=valid, bands=BANDS)
        codes_HW = np.where(valid, self.truth, CLASSES.nodata)
        codes_HW[:, :40] = CLASSES.nodata
        self.reference = write_reference(folder / "reference.tif", grid, codes_HW, classes=CLASSES)
        roles = {
            "train": [[0, 0, SIZE, 160]],
            "validation": [[0, 165, 100, 155]],
            "test": [[105, 165, 215, 155]],
        }
        self.split = write_split(folder / "split.json", {"town": roles})
        self.statistics = folder / "statistics.json"
        bands = [
            {"name": name, **describe_band(each)} for name, each in zip(BANDS, pixels, strict=True)
        ]
        shares = [
            {**each.model_dump(), "share": float((self.truth == each.code).mean())}
            for each in CLASSES
        ]
        self.statistics.write_text(json.dumps({"bands": bands, "classes": shares}))

    def train(self, network: Pixelwise, folder: Path) -> Path:
        folder.mkdir(exist_ok=True)
        train(
            TrainConfig(window=96),
            network,
            CLASSES,
            (Scene(name="town"),),
            0,
            images=[self.image],
            references=[self.reference],
            split=self.split,
            statistics=self.statistics,
            model=folder / "model.safetensors",
            curves=folder / "curves.csv",
            checkpoints=folder / "checkpoints",
        )
        return folder / "model.safetensors"

    def predict(
        self, model: Path, folder: Path, *, tile: int | None = None, image: Path | None = None
    ) -> np.ndarray:
        probabilities = folder / f"probabilities-{tile}.tif"
        folder.mkdir(exist_ok=True)
        predict(
            PredictConfig(tile=tile),
            CLASSES,
            model=model,
            engine=None,
            image=image or self.image,
            shards=[],
            probabilities=probabilities,
            strips=folder / "strips",
        )
        with RasterReader(probabilities) as reader:
            return reader.read(whole(reader.grid))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def models(town: Town, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {
        name: town.train(network, folder / name) for name, network in methods(**METHODS).items()
    }


@pytest.mark.parametrize("name", METHODS)
def test_every_method_beats_the_majority_class_where_nothing_was_trained(
    name, town, models, tmp_path
):
    found = town.predict(models[name], tmp_path)
    assert (found[:, ~town.valid] == 255).all()
    test = Window(105, 165, 215, 155).slices
    known = town.valid[test]
    truth, mapped = town.truth[test][known], found.argmax(axis=0)[test][known] + 1
    majority = np.bincount(truth).max() / len(truth)
    assert (mapped == truth).mean() > majority + 0.02


@pytest.mark.parametrize("name", METHODS)
def test_tiles_of_any_size_make_the_same_map(name, town, models, tmp_path):
    once = town.predict(models[name], tmp_path)
    for tile in (64, 96, 192):
        np.testing.assert_array_equal(town.predict(models[name], tmp_path, tile=tile), once)


@pytest.mark.parametrize("name", METHODS)
def test_a_model_is_the_same_twice_and_calibrated(name, town, models, tmp_path):
    again = town.train(methods(**METHODS)[name], tmp_path)
    assert again.read_bytes() == models[name].read_bytes()
    description = read_description(again)
    assert description.calibration.after.nll <= description.calibration.before.nll
    assert 0 < description.validation["miou"] < 1


def test_a_model_holds_its_formulas_and_asks_for_no_other_band(town, models, tmp_path):
    description = read_description(models["forest"])
    assert description.bands == ("nir", "red", "dsm")
    assert description.features[2] == "((nir - red) / (nir + red))"
    assert len(description.normalisation) == 3
    with RasterReader(town.image) as reader:
        pixels, grid = reader.read(whole(reader.grid)), reader.grid
        valid = reader.read_valid(whole(grid))
    other = write_image(
        tmp_path / "o.tif", grid, pixels[[3, 1, 0]], valid=valid, bands=("dsm", "red", "nir")
    )
    expected = town.predict(models["forest"], tmp_path / "a")
    np.testing.assert_array_equal(
        town.predict(models["forest"], tmp_path / "b", image=other), expected
    )


def test_a_model_file_with_a_formula_that_is_none_is_refused(models, tmp_path):
    description, tensors = read_model(models["forest"])
    write_model(tmp_path / "m", description.model_copy(update={"features": ("nir +",)}), tensors)
    with pytest.raises(UserError, match="ends too early"):
        read_description(tmp_path / "m")


def test_no_pixel_with_features_is_told(town, tmp_path):
    network = methods(never={"architecture": "kmeans", "features": ["log(-abs(nir))"]})["never"]
    with pytest.raises(UserError, match="no pixel with features"):
        town.train(network, tmp_path)


def test_a_singular_covariance_is_told_with_its_features(
    town: Town, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    twice = {
        "architecture": "gaussian_likelihood",
        "samples": 500,
        "features": ["red", "nir", "red * 2"],
    }
    town.train(methods(twice=twice)["twice"], tmp_path)
    told = [
        record.getMessage() for record in caplog.records if "is singular" in record.getMessage()
    ]
    (building,) = (message for message in told if "class building " in message)
    assert "the features [red, (red * 2.0)] do not vary, or follow from one another" in building


def test_the_seed_of_a_method_changes_its_clusters(town, models, tmp_path):
    other = methods(other={**METHODS["clusters"], "seed": 5})["other"]
    _, one = read_model(models["clusters"])
    _, two = read_model(town.train(other, tmp_path))
    assert one["centers"].tobytes() != two["centers"].tobytes()


def test_clusters_without_names_need_no_labels(tmp_path: Path) -> None:
    names = ClassNames.model_validate(
        [{"code": code, "name": f"cluster {code}"} for code in (1, 2, 3)]
    )
    stripes = np.repeat(np.array([[200, 10, 90]]), 20, axis=1).repeat(40, axis=0)
    noise = np.random.default_rng(0).normal(0, 2, stripes.shape)
    image = tmp_path / "image.tif"
    write_image(image, grid_at(40, 60), (stripes + noise)[None].astype(np.float32), bands=["grey"])
    network = KMeans(name="km", architecture="kmeans", clusters=3, naming="none")
    model, curves, checkpoints = (
        tmp_path / name for name in ("model.safetensors", "curves.csv", "checkpoints")
    )
    learnt = {"model": model, "curves": curves, "checkpoints": checkpoints}
    train(TrainConfig(), network, names, (), 0, images=[image], references=[], **learnt)
    mapped = tmp_path / "probabilities.tif"
    predict(
        PredictConfig(),
        names,
        model=model,
        image=image,
        shards=[],
        probabilities=mapped,
        strips=tmp_path / "strips",
    )
    with RasterReader(mapped) as reader:
        found = reader.read(Window(0, 0, 40, 60)).argmax(axis=0)
    np.testing.assert_array_equal(found, np.repeat([[2, 0, 1]], 20, axis=1).repeat(40, axis=0))
