"""search: parameters are chosen on the validation areas, and nothing else is looked at."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rs_seg.config import Argmax, DenseCRF, Likelihood, MarkovField, RefinementConfig, SearchConfig
from rs_seg.errors import UserError
from rs_seg.stages.search import search
from rs_seg.testing import write_image, write_reference
from rs_seg.values import Scene, quantize
from tests.stages.toy_maps import LEGEND, ToyMap, make_toy_map, write_split

SEARCH = SearchConfig(trials=4, crops=3, crop=48)
MRF = MarkovField(name="mrf", method="markov", search=SEARCH, strength=0.2, overlap=16)
CRF = DenseCRF(name="crf", method="densecrf", search=SEARCH, iterations=2, overlap=32)
NETWORK = Likelihood(name="gauss", architecture="gaussian_likelihood")
VALIDATION = [[8, 4, 60, 50], [68, 4, 20, 50]]
TEST = [[8, 70, 80, 40]]


def run(
    refinement: RefinementConfig,
    toys: list[ToyMap],
    folder: Path,
    *,
    validation: list[list[int]] = VALIDATION,
    counted: tuple[str, ...] = LEGEND.class_names.names,
) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    names = [f"scene{index}" for index in range(len(toys))]
    split = write_split(
        folder / "split.json", {each: {"validation": validation, "test": TEST} for each in names}
    )
    search(
        NETWORK,
        refinement,
        LEGEND.class_names,
        tuple(Scene(name=each) for each in names),
        counted,
        5,
        probabilities=[each.probabilities for each in toys],
        images=[each.image for each in toys],
        references=[each.reference for each in toys],
        split=split,
        parameters=folder / "parameters.json",
    )
    content: dict[str, Any] = json.loads((folder / "parameters.json").read_text())
    return content


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks are refined one by one, without other processes, unless a test says otherwise."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def toy(tmp_path: Path) -> ToyMap:
    return make_toy_map(tmp_path / "toy")


def test_the_best_trial_is_chosen_and_all_are_told(toy: ToyMap, tmp_path: Path) -> None:
    found = run(MRF, [toy], tmp_path / "out")
    assert len(found["trials"]) == SEARCH.trials + 1
    assert found["trials"][0]["parameters"] == {"strength": 0.2, "contrast": 0.5}
    scores = [each["miou"] for each in found["trials"]]
    assert found["miou"] == max(scores) > max(scores[0], found["miou_unrefined"])
    assert found["chosen"] == found["trials"][scores.index(max(scores))]["parameters"]


def test_pixels_outside_the_validation_areas_change_nothing(toy: ToyMap, tmp_path: Path) -> None:
    """Labels, probabilities and imagery of test blocks and buffers do not reach the search."""
    inside = np.zeros(toy.valid.shape, dtype=bool)
    for row, column, height, width in VALIDATION:
        inside[row : row + height, column : column + width] = True
    spoilt_folder = tmp_path / "spoilt"
    spoilt = make_toy_map(spoilt_folder)
    rng = np.random.default_rng(9)
    noise = rng.dirichlet([1, 1, 1], toy.valid.shape).transpose(2, 0, 1)
    bytes_ = np.where(inside, quantize(toy.values), quantize(noise))
    write_image(spoilt.probabilities, toy.grid, bytes_, bands=LEGEND.class_names.names, nodata=255)
    codes = LEGEND.class_names.encode(
        np.where(inside & toy.valid, toy.truth, rng.integers(0, 3, toy.valid.shape))
    )
    write_reference(spoilt.reference, toy.grid, codes)
    import rasterio

    with rasterio.open(toy.image) as dataset:
        pixels = dataset.read()
    pixels = np.where(inside, pixels, rng.integers(0, 60_000, pixels.shape)).astype(np.uint16)
    write_image(spoilt.image, toy.grid, pixels, valid=toy.valid)
    for name, refinement in (("mrf", MRF), ("crf", CRF)):
        first = run(refinement, [toy], tmp_path / name)
        assert first == run(refinement, [spoilt], tmp_path / f"{name} spoilt")


def test_no_window_outside_the_validation_areas_is_read(
    toy: ToyMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rs_seg.io.raster import RasterReader
    from rs_seg.values import Window

    read = []
    for name in ("read", "read_valid", "read_codes"):
        original = getattr(RasterReader, name)
        monkeypatch.setattr(
            RasterReader,
            name,
            lambda self, window, *bands, original=original: (
                read.append(window),
                original(self, window, *bands),
            )[1],
        )
    run(MRF, [toy], tmp_path / "out")
    areas = [Window(*each) for each in VALIDATION]
    assert read
    assert all(any(area.intersect(window) == window for area in areas) for window in read)


@pytest.mark.slow
@pytest.mark.parametrize("refinement", [MRF, CRF], ids=["mrf", "crf"])
def test_two_workers_choose_the_same_by_the_same_bytes(
    refinement: RefinementConfig, toy: ToyMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for threads in ("1", "2"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        run(refinement, [toy], tmp_path / threads)
    one, two = ((tmp_path / each / "parameters.json").read_bytes() for each in ("1", "2"))
    assert one == two


def test_crops_come_from_all_scenes_and_pixels_are_counted_once(
    toy: ToyMap, tmp_path: Path
) -> None:
    other = make_toy_map(tmp_path / "other", seed=3)
    every = MRF.model_copy(update={"search": SearchConfig(trials=1, crops=99, crop=32)})
    found = run(every, [toy, other], tmp_path / "out")
    assert found["pixels"] == 2 * sum(height * width for _, _, height, width in VALIDATION)


def test_a_refinement_that_only_hurts_is_warned_about(
    toy: ToyMap, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sure = np.where(toy.valid, np.eye(3)[toy.truth].transpose(2, 0, 1) * 0.1 + 0.3, np.nan)
    write_image(
        toy.probabilities, toy.grid, quantize(sure), bands=LEGEND.class_names.names, nodata=255
    )
    strong = MRF.model_copy(update={"strength": 50.0, "contrast": None})
    with caplog.at_level(logging.INFO, logger="rs_seg.stages"):
        found = run(strong, [toy], tmp_path / "out")
    assert found["miou_unrefined"] == 1.0
    assert "no combination for mrf is better" in caplog.text
    assert "<- chosen" in caplog.text


def test_parameters_are_chosen_by_the_mean_over_the_counted_classes(
    toy: ToyMap, tmp_path: Path
) -> None:
    names = LEGEND.class_names.names
    alone = [run(MRF, [toy], tmp_path / name, counted=(name,)) for name in names]
    together = run(MRF, [toy], tmp_path / "all")
    for number, trial in enumerate(together["trials"]):
        own = [found["trials"][number]["miou"] for found in alone]
        assert trial["miou"] == pytest.approx(np.mean(own)), "all three occur"
        assert len(set(own)) == 3
    for found in alone:
        best = max(found["trials"], key=lambda trial: trial["miou"])
        assert found["chosen"] == best["parameters"]


def test_without_a_pixel_of_a_counted_class_nothing_can_be_chosen(
    toy: ToyMap, tmp_path: Path
) -> None:
    first, *_ = LEGEND.class_names.codes
    one_class = replace(toy, reference=tmp_path / "one.tif")
    write_reference(one_class.reference, toy.grid, np.full(toy.valid.shape, first, np.uint8))
    counted = LEGEND.class_names.names[1:2]
    assert run(MRF, [one_class], tmp_path / "out")["miou"] > 0
    with pytest.raises(UserError, match=f"0 of these classes.*some of {counted[0]}"):
        run(MRF, [one_class], tmp_path / "out", counted=counted)


def test_without_a_labelled_pixel_nothing_can_be_chosen(toy: ToyMap, tmp_path: Path) -> None:
    empty = replace(toy, reference=tmp_path / "empty.tif")
    write_reference(empty.reference, toy.grid, np.full(toy.valid.shape, 255, np.uint8))
    with pytest.raises(UserError, match="no pixel with reference and map"):
        run(MRF, [empty], tmp_path / "out")


def test_a_refinement_without_a_search_is_refused(toy: ToyMap, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no search"):
        run(Argmax(name="argmax", method="argmax"), [toy], tmp_path / "out")
