"""Components and grey levels that training finds on its own areas and keeps in the model."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pytest

from rs_seg.algorithms.classical.features import compute_features
from rs_seg.errors import UserError
from rs_seg.ground.training import Ground, labelled_ground
from rs_seg.io.model import read_description
from rs_seg.io.model_description import ModelDescription
from rs_seg.predicting.pixelwise import FeatureRecipe
from rs_seg.stages.train.learnt_features import settled_recipe
from rs_seg.testing import grid_at, write_image, write_reference
from rs_seg.values import Scene
from rs_seg.values.formula import Weighted
from tests.stages.test_pixelwise import BANDS, CLASSES, Town, methods
from tests.stages.toy_maps import write_split

FOREST = {"architecture": "random_forest", "trees": 5, "samples": 5000}


def settle(ground: Ground, *features: str) -> FeatureRecipe:
    network = methods(forest={**FOREST, "features": list(features)})["forest"]
    return settled_recipe(network, ground)


def make_ground(folder: Path, pixels: np.ndarray, train: list[int]) -> Ground:
    """One scene of BANDS whose training area is the given rectangle."""
    grid = grid_at(*pixels.shape[1:])
    image = write_image(folder / "image.tif", grid, pixels, bands=BANDS)
    codes = np.ones(pixels.shape[1:], dtype=np.uint8)
    reference = write_reference(folder / "reference.tif", grid, codes, classes=CLASSES)
    split = write_split(folder / "split.json", {"one": {"train": [train]}})
    statistics = folder / "statistics.json"
    bands = [
        {"name": name, "mean": 0.0, "std": 1.0, "min": 0, "max": 0, "p2": 0, "p98": 0}
        for name in BANDS
    ]
    statistics.write_text(
        json.dumps(
            {
                "bands": bands,
                "classes": [{**each.model_dump(), "share": 1 / len(CLASSES)} for each in CLASSES],
            }
        )
    )
    files = {"images": [image], "references": [reference], "split": split, "statistics": statistics}
    return labelled_ground(CLASSES, (Scene(name="one"),), 0, **files)


def draw_pixels(seed: int = 0, *, height: int = 100, width: int = 160) -> np.ndarray:
    generator = np.random.default_rng(seed)
    ramps = np.cumsum(generator.normal(0, 1, (4, height, width)), axis=2)
    mixed = np.einsum("ij,jhw->ihw", generator.normal(0, 1, (4, 4)), ramps)
    noise = generator.normal(0, 1, mixed.shape) * np.array([0.1, 0.5, 1, 3])[:, None, None]
    return (100 + mixed + noise).astype(np.float32)


def test_principal_components_are_those_of_the_training_area_alone(tmp_path: Path) -> None:
    pixels = draw_pixels()
    ground = make_ground(tmp_path, pixels, [0, 0, 100, 80])
    recipe = settle(ground, "pca(1)..pca(4)")
    trained = pixels[:, :, :80].reshape(4, -1).astype(np.float64)
    computed = compute_features(recipe.formulas, recipe.bands, pixels[:, :, :80]).reshape(4, -1)
    values = np.linalg.eigvalsh(np.corrcoef(trained))[::-1]
    np.testing.assert_allclose(computed.mean(axis=1), 0, atol=1e-4)
    np.testing.assert_allclose(np.cov(computed, bias=True), np.diag(values), atol=1e-4)
    elsewhere = pixels.copy()
    elsewhere[:, :, 80:] *= 3
    assert settle(make_ground(tmp_path, elsewhere, [0, 0, 100, 80]), "pca(1)..pca(4)") == recipe


def test_noise_fractions_follow_differences_of_neighbours(tmp_path: Path) -> None:
    pixels = draw_pixels(1)
    recipe = settle(make_ground(tmp_path, pixels, [0, 0, 64, 64]), "mnf(1)..mnf(4)")
    area = compute_features(recipe.formulas, recipe.bands, pixels[:, :64, :64]).astype(np.float64)
    beside, below = (np.diff(area, axis=axis).reshape(4, -1) for axis in (2, 1))
    noise = np.cov(np.concatenate([beside, below], axis=1), bias=True) / 2
    np.testing.assert_allclose(noise, np.diag(np.diag(noise)), atol=1e-3)
    assert (np.diff(np.diag(noise)) > 0).all()
    np.testing.assert_allclose(area.reshape(4, -1).var(axis=1), 1, rtol=1e-3)


def test_grey_levels_lie_between_percentiles_of_the_training_area(tmp_path: Path) -> None:
    pixels = draw_pixels(2)
    ground = make_ground(tmp_path, pixels, [0, 0, 64, 64])
    texture, component = settle(
        ground, "glcm_contrast(nir - red, 7)", "glcm_energy(pca(1), 5)"
    ).formulas
    assert texture.numbers == pytest.approx(
        np.percentile((pixels[0] - pixels[1])[:64, :64], (2, 98)), rel=1e-4
    )
    assert isinstance(component.arguments[0], Weighted)
    assert component.numbers[0] < 0 < component.numbers[1]


def test_a_singular_covariance_is_said_and_too_many_components_are_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pixels = draw_pixels(3)
    pixels[1], pixels[3] = 2 * pixels[0], 5.0
    ground = make_ground(tmp_path, pixels, [0, 0, 64, 64])
    with caplog.at_level(logging.WARNING):
        first = settle(ground, "pca(1)", "pca(2)").formulas[0]
    assert (
        "covariance of 4 bands in the training areas is singular: 2 of their directions"
        in caplog.text
    )
    assert "[dsm] do not vary" in caplog.text
    assert isinstance(first, Weighted)
    assert first.bands == ("nir", "red", "green")
    with pytest.raises(UserError, match="fewer noise fractions than are asked for") as error:
        settle(ground, "mnf(3)")
    assert "2 in the training areas" in str(error.value)


def test_a_model_keeps_what_it_found_and_maps_by_it(tmp_path: Path) -> None:
    town = Town(tmp_path)
    features = [
        "pca(1)..pca(3)",
        "mnf(1)",
        "std(pca(1), 5)",
        "glcm_entropy(nir, 5)",
        "hog(red, 7, 2)",
    ]
    network = methods(forest={**FOREST, "features": features})["forest"]
    model = town.train(network, tmp_path / "model")
    description = read_description(model)
    assert str(description.formulas[0]).startswith("weighted(nir, ")
    assert description.features[5].startswith("glcm_entropy(nir, 5, ")
    whole = town.predict(model, tmp_path / "maps")
    np.testing.assert_array_equal(town.predict(model, tmp_path / "maps", tile=128), whole)
    assert (whole.argmax(axis=0)[town.valid] == town.truth[town.valid] - 1).mean() > 0.7
    stated = description.model_dump() | {"features": ("pca(1)",)}
    with pytest.raises(ValueError, match="without the numbers that training finds"):
        ModelDescription.model_validate(stated)
