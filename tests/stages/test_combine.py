"""combine: an ensemble's map is its members' mean, without data where one member has none."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import rasterio

from rs_seg.config import ConvolutionalNetwork, Ensemble
from rs_seg.errors import UserError
from rs_seg.stages.combine import combine
from rs_seg.stages.combine import work as stage
from rs_seg.testing import grid_at, write_image
from rs_seg.values import quantize
from tests.stages.toy_maps import LEGEND, ToyMap, make_toy_map

NAMES = LEGEND.class_names
BOTH = Ensemble(name="both", members=("a", "b"))


@pytest.fixture
def toys(tmp_path: Path) -> list[ToyMap]:
    return [make_toy_map(tmp_path / name, seed=seed) for seed, name in enumerate(("a", "b"))]


def run(network: Ensemble, members: list[Path], path: Path) -> np.ndarray:
    combine(network, NAMES, members=members, compared=[], probabilities=path)
    with rasterio.open(path) as dataset:
        assert dataset.descriptions == NAMES.names
        assert dataset.nodata == 255
        return dataset.read()


def test_members_that_are_alike_give_their_own_map(toys: list[ToyMap], tmp_path: Path) -> None:
    found = run(
        BOTH.model_copy(update={"weights": (0.1, 0.7)}),
        [toys[0].probabilities] * 2,
        tmp_path / "mean.tif",
    )
    np.testing.assert_array_equal(found, quantize(toys[0].values))


def test_blocks_of_any_size_give_the_weighted_mean(
    toys: list[ToyMap], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = BOTH.model_copy(update={"weights": (1.0, 3.0)})
    members = [toy.probabilities for toy in toys]
    once = run(network, members, tmp_path / "once.tif")
    monkeypatch.setattr(stage, "BLOCK", 64)
    np.testing.assert_array_equal(run(network, members, tmp_path / "blocks.tif"), once)
    first, second = (quantize(toy.values).astype(float) for toy in toys)
    valid = toys[0].valid
    assert np.abs(once - (first + 3 * second) / 4)[:, valid].max() <= 0.5
    assert (once[:, ~valid] == 255).all()


def test_pixels_that_only_some_members_have_become_nodata_and_are_counted(
    toys: list[ToyMap], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bytes_ = quantize(toys[1].values)
    bytes_[:, 40:50, 40:60] = 255
    write_image(toys[1].probabilities, toys[1].grid, bytes_, bands=NAMES.names, nodata=255)
    with caplog.at_level(logging.WARNING):
        found = run(BOTH, [toy.probabilities for toy in toys], tmp_path / "mean.tif")
    assert ((found == 255).all(axis=0) == (bytes_ == 255).all(axis=0)).all()
    assert "200 pixels have data in some members only" in caplog.text


def test_members_on_other_grids_or_of_other_classes_are_refused(
    toys: list[ToyMap], tmp_path: Path
) -> None:
    members = [toy.probabilities for toy in toys]
    write_image(
        members[1],
        grid_at(96, 128, pixel=1.0),
        quantize(toys[1].values),
        bands=NAMES.names,
        nodata=255,
    )
    with pytest.raises(
        UserError, match=r"b/probabilities.tif: two rasters of one scene lie on different grids"
    ):
        run(BOTH, members, tmp_path / "mean.tif")
    write_image(
        members[1], toys[0].grid, quantize(toys[1].values), bands=("a", "b", "c"), nodata=255
    )
    with pytest.raises(UserError, match=r"do not fit the legend.*bands a, b, c"):
        run(BOTH, members, tmp_path / "mean.tif")


def test_only_the_members_of_an_ensemble_are_combined(toys: list[ToyMap], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"3 files.*one for each of a, b"):
        run(BOTH, [toys[0].probabilities] * 3, tmp_path / "mean.tif")
    single = ConvolutionalNetwork(name="unet", architecture="unet")
    with pytest.raises(UserError, match=r"models.unet: not an ensemble"):
        combine(
            single,
            NAMES,
            members=[toys[0].probabilities],
            compared=[],
            probabilities=tmp_path / "mean.tif",
        )
