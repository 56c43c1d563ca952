"""evaluate: figures away from borders, along borders, and of probabilities, in its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from rs_seg.config import DenseCRF, EvaluateConfig
from rs_seg.stages.evaluate import counting
from rs_seg.testing import TOY_CLASSES, grid_at
from tests.stages.test_evaluate import run
from tests.stages.toy_maps import learned_on, write_toy_model

NODATA = TOY_CLASSES.nodata
FIELD, WOOD, LAKE = TOY_CLASSES.codes
SHAPE = (40, 60)


def noise(seed: int) -> np.ndarray:
    """Codes in squares of four pixels."""
    draws = np.random.default_rng(seed).integers(0, 3, (SHAPE[0] // 4, SHAPE[1] // 4))
    return TOY_CLASSES.encode(draws.repeat(4, 0).repeat(4, 1))


def random_probabilities(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (3, *SHAPE)).astype(np.uint8)


def test_borders_just_outside_the_test_area_and_in_the_next_window_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = np.full(SHAPE, FIELD)
    reference[:, 30:] = WOOD
    areas = {"east": {"test": [[10, 20, 20, 8]], "north": [[0, 50, 8, 10]]}}
    mapped = np.full(SHAPE, FIELD)
    monkeypatch.setattr(counting, "BLOCK", 4)
    document = run(tmp_path, [mapped], [reference], areas)
    eroded = document["test"]["eroded"]
    assert (document["test"]["pixels"], eroded["pixels"]) == (160, 140)  # column 27 is near
    assert eroded["left_out"] == pytest.approx(1 / 8)
    assert document["test_sets"]["north"]["eroded"]["left_out"] == 0
    assert document["test"]["boundary_iou"]["iou"] == {"field": 0, "wood": None, "lake": None}


def test_figures_are_the_same_however_a_scene_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    areas = {"east": {"validation": [[0, 0, 12, 60]], "test": [[14, 0, 26, 31], [14, 31, 26, 29]]}}
    given = ([noise(1)], [noise(2)], areas)
    (tmp_path / "pieces").mkdir()
    whole = run(tmp_path, *given, probabilities=[random_probabilities(1)])
    monkeypatch.setattr(counting, "BLOCK", 5)
    pieces = run(tmp_path / "pieces", *given, probabilities=[random_probabilities(1)])
    for role in ("validation", "test"):
        for key in ("eroded", "boundary_iou", "probabilities"):
            assert whole[role][key] == pieces[role][key]
    assert 0 < whole["test"]["eroded"]["left_out"] < 1
    assert 0 < whole["test"]["boundary_iou"]["mean"] < 1


def test_scenes_are_pooled_before_curves_are_drawn_and_thresholds_are_of_validation_ground(
    tmp_path: Path,
) -> None:
    references, coded = [noise(3), noise(4)], [random_probabilities(3), random_probabilities(4)]
    areas = {
        name: {"validation": [[0, 0, 20, 60]], "test": [[20, 0, 20, 60]]}
        for name in ("east", "west")
    }
    references[0][25:, :7] = NODATA
    coded[1][:, 30:, 9] = 255
    document = run(tmp_path, references, references, areas, probabilities=coded)
    test, validation = (document[role]["probabilities"] for role in ("test", "validation"))
    truth = np.concatenate([own[20:].ravel() for own in references])
    scores = np.concatenate([own[:, 20:].reshape(3, -1) for own in coded], axis=1)
    known = (truth != NODATA) & (scores[0] != 255)
    for index, row in enumerate(test["per_class"]):
        truth_of, score_of = truth[known] == row["code"], scores[index][known]
        assert row["average_precision"] == pytest.approx(
            average_precision_score(truth_of, score_of)
        )
        reached = score_of >= round(row["threshold"] * 254)
        assert row["precision"] == pytest.approx((truth_of & reached).sum() / reached.sum())
        assert row["threshold"] == validation["per_class"][index]["threshold"]


def test_curves_are_of_the_network_whatever_the_refinement_made_of_it(tmp_path: Path) -> None:
    areas = {"east": {"validation": [[0, 0, 20, 60]], "test": [[20, 0, 20, 60]]}}
    coded = [random_probabilities(5)]
    (tmp_path / "crf").mkdir()
    crf = DenseCRF(name="crf", method="densecrf")
    plain = run(tmp_path, [noise(5)], [noise(6)], areas, probabilities=coded)
    refined = run(
        tmp_path / "crf", [noise(7)], [noise(6)], areas, probabilities=coded, refinement=crf
    )
    assert plain["test"]["probabilities"] == refined["test"]["probabilities"]
    assert plain["test"]["eroded"]["iou"] != refined["test"]["eroded"]["iou"]


def test_ground_that_a_model_saw_is_in_no_figure_but_its_borders_are_known(tmp_path: Path) -> None:
    reference = np.full(SHAPE, FIELD)
    reference[:, 30:] = WOOD
    seen = learned_on(grid_at(*SHAPE), train=[(0, 30, 40, 30)])
    models = [write_toy_model(tmp_path / "m.safetensors", seen)]
    areas = {"east": {"validation": [[0, 0, 1, 60]], "test": [[1, 0, 39, 60]]}}
    coded = [random_probabilities(8)]
    document = run(tmp_path, [reference], [reference], areas, models=models, probabilities=coded)
    test = document["test"]
    assert test["eroded"]["pixels"] == 39 * 27
    assert test["boundary_iou"]["iou"] == {"field": 1, "wood": None, "lake": None}
    assert [row["pixels"] for row in test["probabilities"]["per_class"]] == [39 * 30, 0, 0]


def test_radius_and_bands_are_settings(tmp_path: Path) -> None:
    narrow, wide = (
        EvaluateConfig(boundary_iou=width).band_of(height=300, width=400) for width in (2, 0.02)
    )
    assert (narrow, wide) == (2, 10)
    assert EvaluateConfig(boundary_iou=0.5).band_of(height=3000, width=4000) == 256
    assert EvaluateConfig(boundary_iou=1e-6).band_of(height=3, width=4) == 1
    with pytest.raises(ValueError, match=r"2\.5 is no whole number of pixels"):
        EvaluateConfig(boundary_iou=2.5)
    areas = {"east": {"test": [[0, 0, *SHAPE]]}}
    given = ([noise(1)], [noise(2)], areas)
    (tmp_path / "other").mkdir()
    config = EvaluateConfig(eroded_boundary=1, boundary_iou=1)
    first, second = run(tmp_path, *given), run(tmp_path / "other", *given, config=config)
    assert first["test"]["eroded"]["pixels"] < second["test"]["eroded"]["pixels"]
    assert first["test"]["boundary_iou"] != second["test"]["boundary_iou"]
