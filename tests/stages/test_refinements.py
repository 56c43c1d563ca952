"""For every refinement, any number of threads gives the same bytes, and it is recorded."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import rasterio

from rs_seg.config import (
    Argmax,
    DenseCRF,
    Edges,
    MarkovField,
    RefinementConfig,
    RegionGrowing,
    Superpixels,
    Watershed,
)
from rs_seg.refining.blocks import METHODS
from rs_seg.stages.refine import refine
from rs_seg.testing import write_image
from rs_seg.values import Legend, quantize
from tests.stages.toy_maps import LEGEND, ToyMap, make_toy_map

REFINEMENTS: dict[str, RefinementConfig] = {
    "argmax": Argmax(name="argmax", method="argmax"),
    "densecrf": DenseCRF(name="densecrf", method="densecrf", block=64, overlap=32),
    "markov": MarkovField(name="markov", method="markov", block=64, overlap=16),
    "superpixels": Superpixels(
        name="superpixels", method="superpixels", size=25, block=64, overlap=32
    ),
    "watershed": Watershed(name="watershed", method="watershed", block=64, overlap=32),
    "edges": Edges(name="edges", method="edges", block=64, overlap=32),
    "sobel": Edges(
        name="sobel",
        method="edges",
        detector="sobel",
        smoothing=0,
        threshold=0.5,
        block=64,
        overlap=32,
    ),
    "region_growing": RegionGrowing(name="growing", method="region_growing", block=64, overlap=32),
}
FILES = ("classes.tif", "confidence.tif", "changes.json")
FIRST_WRONG = 0.1
"""Share of wrong pixels that the toy's probabilities exceed."""


def run(
    refinement: RefinementConfig,
    toy: ToyMap,
    folder: Path,
    *,
    legend: Legend = LEGEND,
    **files: Any,
) -> np.ndarray:
    folder.mkdir(exist_ok=True)
    refine(
        refinement,
        legend,
        probabilities=toy.probabilities,
        image=toy.image,
        parameters=files.get("parameters", []),
        classes=folder / "classes.tif",
        confidence=folder / "confidence.tif",
        changes=folder / "changes.json",
    )
    with rasterio.open(folder / "classes.tif") as dataset:
        classes: np.ndarray = dataset.read(1)
    return classes


def changes_in(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "changes.json").read_text())
    return content


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks are refined one by one, without other processes, unless a test says otherwise."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def toy(tmp_path: Path) -> ToyMap:
    return make_toy_map(tmp_path / "toy")


def test_every_method_is_in_the_table_and_held_to_the_contract() -> None:
    methods = {
        get_args(each.model_fields["method"].annotation)[0]
        for each in get_args(get_args(RefinementConfig)[0])
    }
    assert methods == set(METHODS) == {each.method for each in REFINEMENTS.values()}


@pytest.mark.parametrize("refinement", REFINEMENTS.values(), ids=REFINEMENTS)
class TestContract:
    """What every refinement promises."""

    def test_two_workers_give_the_same_bytes_as_one(
        self,
        refinement: RefinementConfig,
        toy: ToyMap,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for threads in ("1", "2"):
            monkeypatch.setenv("OMP_NUM_THREADS", threads)
            run(refinement, toy, tmp_path / threads)
        for name in FILES:
            assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()

    def test_only_valid_pixels_have_a_class_and_a_confidence(
        self, refinement: RefinementConfig, toy: ToyMap, tmp_path: Path
    ) -> None:
        bytes_ = quantize(toy.values)
        bytes_[:, ~toy.valid] = 80  # a network that maps the collar all the same
        bytes_[:, 40:50, 40:50] = 255  # and leaves a hole
        write_image(toy.probabilities, toy.grid, bytes_, bands=LEGEND.class_names.names, nodata=255)
        classes = run(refinement, toy, tmp_path / "out")
        mapped = toy.valid.copy()
        mapped[40:50, 40:50] = False
        np.testing.assert_array_equal(classes != 255, mapped)
        with rasterio.open(tmp_path / "out" / "confidence.tif") as dataset:
            np.testing.assert_array_equal(dataset.read(1) != 255, mapped)

    def test_a_scene_without_valid_pixels_becomes_an_empty_map(
        self, refinement: RefinementConfig, toy: ToyMap, tmp_path: Path
    ) -> None:
        write_image(
            toy.image, toy.grid, np.zeros((2, 96, 128), np.uint16), valid=np.zeros((96, 128), bool)
        )
        assert (run(refinement, toy, tmp_path / "out") == 255).all()
        assert changes_in(tmp_path / "out")["pixels"] == 0

    def test_one_class_stays_one_class(
        self, refinement: RefinementConfig, toy: ToyMap, tmp_path: Path
    ) -> None:
        bytes_ = quantize(np.stack([np.where(toy.valid, each, np.nan) for each in (0.2, 0.5, 0.3)]))
        write_image(toy.probabilities, toy.grid, bytes_, bands=LEGEND.class_names.names, nodata=255)
        classes = run(refinement, toy, tmp_path / "out")
        assert set(classes[toy.valid]) == {LEGEND.class_names.codes[1]}
        assert changes_in(tmp_path / "out")["changed"] == 0

    def test_noise_that_the_image_contradicts_is_mended(
        self, refinement: RefinementConfig, toy: ToyMap, tmp_path: Path
    ) -> None:
        truth = LEGEND.class_names.encode(toy.truth)
        wrong = (run(refinement, toy, tmp_path / "out") != truth)[toy.valid].mean()
        before = (quantize(toy.values).argmax(axis=0) != toy.truth)[toy.valid].mean()
        assert before > FIRST_WRONG
        assert wrong == before if refinement.method == "argmax" else wrong < before / 2

    def test_blocks_change_the_map_little(
        self, refinement: RefinementConfig, toy: ToyMap, tmp_path: Path
    ) -> None:
        blocks = run(refinement, toy, tmp_path / "blocks")
        once = (
            refinement
            if isinstance(refinement, Argmax)
            else refinement.model_copy(update={"block": 512})
        )
        assert (blocks != run(once, toy, tmp_path / "once"))[toy.valid].mean() < 0.03

    def test_the_record_counts_the_pixels_of_the_map(
        self, refinement: RefinementConfig, toy: ToyMap, tmp_path: Path
    ) -> None:
        classes = run(refinement, toy, tmp_path / "out")
        found, before = changes_in(tmp_path / "out"), quantize(toy.values).argmax(axis=0)
        codes = LEGEND.class_names.encode(before)
        assert found["pixels"] == toy.valid.sum()
        assert found["changed"] == (codes != classes)[toy.valid].sum()
        for index, (each, code) in enumerate(
            zip(found["classes"], LEGEND.class_names.codes, strict=True)
        ):
            assert each["before"] == (before == index)[toy.valid].sum()
            assert each["after"] == (classes == code).sum()
        assert found["parameters"]["method"] == refinement.method
        assert not {"name", "search"} & set(found["parameters"])
        assert (found["seams"] is None) == (refinement.method == "argmax")


@pytest.mark.parametrize(
    "field",
    [REFINEMENTS["densecrf"].model_copy(update={"energy": True}), REFINEMENTS["markov"]],
    ids=lambda field: field.name,
)
def test_fields_record_an_energy_that_falls_and_adds_up_over_blocks(
    field: RefinementConfig, toy: ToyMap, tmp_path: Path
) -> None:
    run(field, toy, tmp_path / "blocks")
    run(field.model_copy(update={"block": 512}), toy, tmp_path / "once")
    blocks, once = (changes_in(tmp_path / each)["energy"] for each in ("blocks", "once"))
    assert blocks["after"] < blocks["before"]
    for key in ("before", "after"):
        assert blocks[key] == pytest.approx(once[key], rel=0.01)
        assert blocks[f"per_pixel_{key}"] == pytest.approx(blocks[key] / toy.valid.sum())


def test_an_energy_is_null_unless_asked_for_and_leaves_the_map_as_it_is(
    toy: ToyMap, tmp_path: Path
) -> None:
    plain = run(REFINEMENTS["densecrf"], toy, tmp_path / "plain")
    weighed = run(
        REFINEMENTS["densecrf"].model_copy(update={"energy": True}), toy, tmp_path / "weighed"
    )
    assert changes_in(tmp_path / "plain")["energy"] is None
    assert changes_in(tmp_path / "weighed")["energy"] is not None
    np.testing.assert_array_equal(plain, weighed)


def test_seams_that_are_recorded_are_those_that_are_logged(
    toy: ToyMap, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="rs_seg.stages"):
        run(REFINEMENTS["superpixels"], toy, tmp_path / "out")
    seams = changes_in(tmp_path / "out")["seams"]
    assert f"disagree on {seams['different']} of {seams['pixels']} pixels" in caplog.text


def test_parameters_that_a_search_has_chosen_are_used_and_recorded(
    toy: ToyMap, tmp_path: Path
) -> None:
    found = tmp_path / "found.json"
    found.write_text(json.dumps({"chosen": {"strength": 0.0, "contrast": 0.7}}))
    classes = run(REFINEMENTS["markov"], toy, tmp_path / "out", parameters=[found])
    np.testing.assert_array_equal(classes, run(REFINEMENTS["argmax"], toy, tmp_path / "argmax"))
    used = changes_in(tmp_path / "out")["parameters"]
    assert (used["strength"], used["contrast"]) == (0.0, 0.7)


def test_a_map_of_which_more_than_half_changed_is_warned_about(
    toy: ToyMap, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Hardly any pixel is a seed: what the few seeds are of grows over all others."""
    bytes_ = quantize(np.where(toy.valid, np.array([0.1, 0.5, 0.4])[:, None, None], np.nan))
    bytes_[:, 50, 60] = [254, 0, 0]
    write_image(toy.probabilities, toy.grid, bytes_, bands=LEGEND.class_names.names, nodata=255)
    with caplog.at_level(logging.WARNING, logger="rs_seg.stages"):
        run(REFINEMENTS["region_growing"].model_copy(update={"block": 512}), toy, tmp_path / "out")
    assert changes_in(tmp_path / "out")["changed"] == toy.valid.sum() - 1
    assert "more than half of the map changed; the settings of refinements.growing" in caplog.text
