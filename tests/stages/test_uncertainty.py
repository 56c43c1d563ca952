"""uncertainty: one band per measure that the network has, nodata where it has no probabilities."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import rasterio
from scipy.stats import entropy

from rs_seg.config import ConvolutionalNetwork, Ensemble, ModelConfig, UncertaintyConfig
from rs_seg.errors import UserError
from rs_seg.stages.combine import combine
from rs_seg.stages.uncertainty import uncertainty
from rs_seg.stages.uncertainty import work as stage
from rs_seg.testing import grid_at, write_image
from rs_seg.values import ClassName, ClassNames, quantize
from tests.stages.toy_maps import LEGEND, ToyMap, make_toy_map

NAMES = LEGEND.class_names
ALL = ("maximum_probability", "entropy", "disagreement")
SINGLE = ConvolutionalNetwork(name="unet", architecture="unet")
BOTH = Ensemble(name="both", members=("a", "b"))


def run(
    folder: Path,
    network: ModelConfig,
    probabilities: Path,
    *,
    members: tuple[Path, ...] = (),
    measures: tuple[str, ...] = ALL,
    names: ClassNames = NAMES,
) -> dict[str, np.ndarray]:
    config = UncertaintyConfig.model_validate({"measures": measures})
    path = folder / "uncertainty.tif"
    uncertainty(
        config, network, names, probabilities=probabilities, members=list(members), uncertainty=path
    )
    with rasterio.open(path) as dataset:
        assert dataset.nodata == 255
        assert dataset.dtypes[0] == "uint8"
        return dict(zip(dataset.descriptions, dataset.read(), strict=True))


@pytest.fixture
def toy(tmp_path: Path) -> ToyMap:
    return make_toy_map(tmp_path / "toy")


def test_a_network_has_confidence_and_entropy_and_no_disagreement(
    toy: ToyMap, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="rs_seg.stages.uncertainty"):
        bands = run(tmp_path, SINGLE, toy.probabilities)
    assert list(bands) == ["maximum_probability", "entropy"]
    bytes_ = quantize(toy.values)
    np.testing.assert_array_equal(
        bands["maximum_probability"], np.where(toy.valid, bytes_.max(axis=0), 255)
    )
    expected = entropy(bytes_[:, toy.valid], base=3, axis=0)
    assert np.abs(bands["entropy"][toy.valid] / 254 - expected).max() <= 0.5 / 254 + 1e-5
    assert (bands["entropy"][~toy.valid] == 255).all()
    assert "no disagreement, since unet is no ensemble" in caplog.text


def test_bands_come_in_the_order_asked_for_and_blocks_leave_no_trace(
    toy: ToyMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measures = ("entropy", "maximum_probability")
    once = run(tmp_path, SINGLE, toy.probabilities, measures=measures)
    assert tuple(once) == measures
    monkeypatch.setattr(stage, "BLOCK", 48)
    blocks = run(tmp_path, SINGLE, toy.probabilities, measures=measures)
    assert all(np.array_equal(blocks[name], once[name]) for name in measures)


def test_members_that_are_alike_do_not_disagree(toy: ToyMap, tmp_path: Path) -> None:
    bands = run(tmp_path, BOTH, toy.probabilities, members=(toy.probabilities,) * 2)
    np.testing.assert_array_equal(bands["disagreement"], np.where(toy.valid, 0, 255))


def test_two_members_certain_of_two_classes_are_as_unsure_as_can_be(tmp_path: Path) -> None:
    names = ClassNames((ClassName(code=1, name="land"), ClassName(code=2, name="water")))
    certain = np.zeros((2, 4, 5), np.uint8)
    certain[0] = 254
    grid = grid_at(4, 5)
    members = tuple(
        write_image(tmp_path / f"{number}.tif", grid, pixels, bands=names.names, nodata=255)
        for number, pixels in enumerate((certain, certain[::-1]))
    )
    combine(BOTH, names, members=list(members), compared=[], probabilities=tmp_path / "mean.tif")
    bands = run(tmp_path, BOTH, tmp_path / "mean.tif", members=members, names=names)
    assert {name: set(np.unique(band)) for name, band in bands.items()} == {
        "maximum_probability": {127},
        "entropy": {254},
        "disagreement": {254},
    }


def test_what_cannot_be_measured_is_refused(toy: ToyMap, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"unet.*no measure.*Found: disagreement"):
        run(tmp_path, SINGLE, toy.probabilities, measures=("disagreement",))
    with pytest.raises(UserError, match=r"1 files.*one for each of a, b"):
        run(tmp_path, BOTH, toy.probabilities, members=(toy.probabilities,))
    other = make_toy_map(tmp_path / "other", grid=grid_at(96, 128, pixel=1.0))
    with pytest.raises(UserError, match="different grids"):
        run(tmp_path, BOTH, toy.probabilities, members=(toy.probabilities, other.probabilities))
