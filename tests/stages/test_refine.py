"""refine: nodata stays nodata, ties go to the first class, and blocks leave no seams."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import numpy as np
import pytest
import rasterio

from rs_seg.config import Argmax, DenseCRF, MarkovField, RefinementConfig
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.refining.pixels import contrasting
from rs_seg.stages.refine import refine
from rs_seg.testing import grid_at, write_image
from rs_seg.values import Legend, Window, quantize
from tests.stages.toy_maps import LEGEND, ToyMap, make_toy_map

ARGMAX = Argmax(name="argmax", method="argmax")
CRF = DenseCRF(name="crf", method="densecrf", block=64, overlap=32)
MRF = MarkovField(name="mrf", method="markov", block=64, overlap=16)
MINIMISERS = ("icm", "annealing", "alpha_expansion")
EVERY = pytest.mark.parametrize("refinement", [ARGMAX, CRF, MRF], ids=["argmax", "crf", "mrf"])
FIELDS = pytest.mark.parametrize(
    "field",
    [CRF, *(MRF.model_copy(update={"minimiser": each}) for each in MINIMISERS)],
    ids=["crf", *MINIMISERS],
)


def run(
    refinement: RefinementConfig, toy: ToyMap, folder: Path, *, legend: Legend = LEGEND
) -> tuple[np.ndarray, np.ndarray]:
    folder.mkdir(exist_ok=True)
    refine(
        refinement,
        legend,
        probabilities=toy.probabilities,
        image=toy.image,
        parameters=[],
        classes=folder / "classes.tif",
        confidence=folder / "confidence.tif",
        changes=folder / "changes.json",
    )
    with (
        rasterio.open(folder / "classes.tif") as classes,
        rasterio.open(folder / "confidence.tif") as confidence,
    ):
        assert confidence.nodata == 255
        assert classes.nodata == legend.class_names.nodata
        return classes.read(1), confidence.read(1)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks are refined one by one, without other processes, unless a test says otherwise."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def toy(tmp_path: Path) -> ToyMap:
    return make_toy_map(tmp_path / "toy")


def test_argmax_gives_the_most_probable_class_and_its_probability(
    toy: ToyMap, tmp_path: Path
) -> None:
    classes, confidence = run(ARGMAX, toy, tmp_path)
    bytes_ = quantize(toy.values)
    expected = LEGEND.class_names.encode(np.where(toy.valid, bytes_.argmax(axis=0), -1))
    np.testing.assert_array_equal(classes, expected)
    np.testing.assert_array_equal(confidence, np.where(toy.valid, bytes_.max(axis=0), 255))


@EVERY
def test_masked_pixels_never_get_a_class(
    refinement: RefinementConfig, toy: ToyMap, tmp_path: Path
) -> None:
    bytes_ = quantize(toy.values)
    bytes_[:, ~toy.valid] = 80  # a network that maps the collar all the same
    bytes_[:, 40:50, 40:50] = 255  # and leaves a hole
    write_image(toy.probabilities, toy.grid, bytes_, bands=LEGEND.class_names.names, nodata=255)
    classes, confidence = run(refinement, toy, tmp_path)
    mapped = toy.valid.copy()
    mapped[40:50, 40:50] = False
    np.testing.assert_array_equal(classes != 255, mapped)
    np.testing.assert_array_equal(confidence != 255, mapped)


def test_ties_go_to_the_first_class(tmp_path: Path) -> None:
    toy = make_toy_map(tmp_path / "toy")
    bytes_ = np.full(toy.values.shape, 85, dtype=np.uint8)
    write_image(toy.probabilities, toy.grid, bytes_, bands=LEGEND.class_names.names, nodata=255)
    classes, _ = run(ARGMAX, toy, tmp_path)
    assert set(np.unique(classes)) == {LEGEND.class_names.codes[0], 255}


@EVERY
def test_abstaining_below_nothing_changes_nothing(
    refinement: RefinementConfig, toy: ToyMap, tmp_path: Path
) -> None:
    plain = run(refinement, toy, tmp_path / "plain")
    sure = run(refinement.model_copy(update={"abstain": 0.0}), toy, tmp_path / "sure")
    np.testing.assert_array_equal(plain, sure)


@EVERY
def test_abstaining_takes_the_class_of_pixels_with_less_confidence_and_no_others(
    refinement: RefinementConfig, toy: ToyMap, tmp_path: Path
) -> None:
    plain, confidence = run(refinement, toy, tmp_path / "plain")
    classes, kept = run(refinement.model_copy(update={"abstain": 0.8}), toy, tmp_path / "sure")
    unsure = toy.valid & (confidence < 0.8 * 254)
    assert 0 < unsure.sum() < toy.valid.sum()
    np.testing.assert_array_equal(classes, np.where(unsure, 254, plain))
    np.testing.assert_array_equal(kept, confidence)


def test_maps_that_abstain_open_styled_and_say_how_often(
    toy: ToyMap, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="rs_seg.stages"):
        classes, _ = run(ARGMAX.model_copy(update={"abstain": 0.8}), toy, tmp_path)
    with rasterio.open(tmp_path / "classes.tif") as dataset:
        assert dataset.colormap(1)[254] == (0x6E, 0x6E, 0x6E, 255)
        assert dataset.tags(1)["class_254"] == "abstain"
    assert (
        f"refine abstained from {(classes == 254).sum()} of {toy.valid.sum()} pixels" in caplog.text
    )


def test_class_maps_open_styled(toy: ToyMap, tmp_path: Path) -> None:
    run(ARGMAX, toy, tmp_path)
    with rasterio.open(tmp_path / "classes.tif") as dataset:
        assert dataset.colormap(1)[4] == (0x3F, 0x7D, 0x3A, 255)
        assert dataset.tags(1)["class_7"] == "lake"
        assert "class_254" not in dataset.tags(1)


@FIELDS
def test_the_field_mends_noise_that_the_image_contradicts(
    field: RefinementConfig, toy: ToyMap, tmp_path: Path
) -> None:
    truth = LEGEND.class_names.encode(toy.truth)
    before, _ = run(ARGMAX, toy, tmp_path / "argmax")
    after, _ = run(field, toy, tmp_path / "field")
    wrong_before = (before != truth)[toy.valid].mean()
    wrong_after = (after != truth)[toy.valid].mean()
    assert wrong_before > 0.1
    assert wrong_after < wrong_before / 5


@FIELDS
def test_blocks_of_a_field_leave_no_seams(
    field: DenseCRF | MarkovField, toy: ToyMap, tmp_path: Path
) -> None:
    blocks, _ = run(field, toy, tmp_path / "blocks")
    once, _ = run(field.model_copy(update={"block": 512}), toy, tmp_path / "once")
    assert (blocks != once).mean() < 0.001


@FIELDS
def test_the_same_input_gives_the_same_bytes(
    field: RefinementConfig, toy: ToyMap, tmp_path: Path
) -> None:
    run(field, toy, tmp_path / "first")
    run(field, toy, tmp_path / "second")
    for name in ("classes.tif", "confidence.tif"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


@EVERY
def test_a_scene_without_valid_pixels_becomes_an_empty_map(
    refinement: RefinementConfig, tmp_path: Path
) -> None:
    toy = make_toy_map(tmp_path / "toy")
    write_image(
        toy.image, toy.grid, np.zeros((2, 96, 128), np.uint16), valid=np.zeros((96, 128), bool)
    )
    classes, confidence = run(refinement, toy, tmp_path)
    assert (classes == 255).all()
    assert (confidence == 255).all()


@FIELDS
def test_the_log_says_what_the_field_changed(
    field: RefinementConfig, toy: ToyMap, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="rs_seg.stages"):
        run(field, toy, tmp_path)
    assert f"of {toy.valid.sum()} pixels" in caplog.text
    assert "refine: lake" in caplog.text


def logged_energies(text: str) -> tuple[float, float]:
    found = re.search(r"energy ([\d.]+) -> ([\d.]+) nats", text)
    assert found is not None
    return float(found[1]), float(found[2])


def test_the_log_says_the_energy_of_the_whole_map_and_how_well_blocks_agree(
    toy: ToyMap, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="rs_seg.stages"):
        run(MRF, toy, tmp_path / "blocks")
        blocks = logged_energies(caplog.text)
        seams = re.search(r"disagree on (\d+) of (\d+) pixels", caplog.text)
        caplog.clear()
        run(MRF.model_copy(update={"block": 512}), toy, tmp_path / "once")
    assert "disagree" not in caplog.text, "one block has no seams"
    assert blocks == pytest.approx(logged_energies(caplog.text), rel=1e-3)
    assert blocks[1] < blocks[0] / 2
    assert seams is not None
    assert int(seams[1]) <= 3
    assert int(seams[2]) > 300


def test_blocks_that_know_too_little_of_one_another_are_warned_about(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Pixels are known in few places only: far from these, blocks decide by what they see."""
    toy = make_toy_map(tmp_path / "toy")
    rng = np.random.default_rng(0)
    noise = rng.dirichlet([1, 1, 1], (96, 128)).transpose(2, 0, 1)
    write_image(
        toy.probabilities, toy.grid, quantize(noise), bands=LEGEND.class_names.names, nodata=255
    )
    blind = MRF.model_copy(update={"strength": 1.0, "contrast": None, "overlap": 1})
    with caplog.at_level(logging.WARNING, logger="rs_seg.stages"):
        run(blind, toy, tmp_path)
    assert "raise refinements.mrf.overlap above 1" in caplog.text


def test_a_graph_cut_finds_what_expansions_find_for_two_classes(tmp_path: Path) -> None:
    toy = make_toy_map(tmp_path / "toy")
    legend = Legend(LEGEND.root[:2])
    first = np.where(toy.valid, np.nan_to_num(toy.values[0]), np.nan)
    write_image(
        toy.probabilities,
        toy.grid,
        quantize(np.stack([first, 1 - first])),
        bands=legend.class_names.names,
        nodata=255,
    )
    maps = [
        run(MRF.model_copy(update={"minimiser": each}), toy, tmp_path / each, legend=legend)
        for each in ("graph_cut", "alpha_expansion")
    ]
    np.testing.assert_array_equal(maps[0], maps[1])


def test_pixels_that_are_not_finite_spoil_no_others(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).normal(size=(2, 8, 8)).astype(np.float32)
    pixels[1, 3, 4] = np.nan
    write_image(tmp_path / "image.tif", grid_at(8, 8), pixels, bands=["a", "b"])
    with RasterReader(tmp_path / "image.tif") as picture:
        compared = contrasting(picture, CRF)(Window(0, 0, 8, 8))
    assert np.isfinite(compared[0]).all()
    assert np.isfinite(compared[1]).sum() == 63


def test_probabilities_of_another_legend_are_refused(toy: ToyMap, tmp_path: Path) -> None:
    write_image(
        toy.probabilities,
        toy.grid,
        quantize(toy.values),
        bands=["lake", "wood", "field"],
        nodata=255,
    )
    with pytest.raises(UserError, match=r"lake, wood, field.*field, wood, lake"):
        run(ARGMAX, toy, tmp_path)


def test_an_image_on_another_grid_is_refused(toy: ToyMap, tmp_path: Path) -> None:
    write_image(toy.image, grid_at(96, 128, pixel=1.0), np.ones((2, 96, 128), np.uint16))
    with pytest.raises(UserError, match="different grids"):
        run(ARGMAX, toy, tmp_path)
