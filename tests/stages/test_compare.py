"""compare: the ranking never looks at test areas; table, agreement and figure say what the maps are."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rs_seg.config import Argmax, CompareConfig, ConvolutionalNetwork
from rs_seg.stages.compare import compare
from rs_seg.stages.evaluate import evaluate
from rs_seg.stages.parts.compare_maps import choose_crop, gather
from rs_seg.testing import write_reference
from rs_seg.values import Scene, Window
from tests.stages.toy_maps import LEGEND, make_toy_map, write_split

SCENES = (Scene(name="east"), Scene(name="west"))
METHODS = (("unet", "argmax"), ("unet", "crf"), ("forest", "argmax"), ("forest", "crf"))
AREAS = {
    "east": {"train": [[0, 0, 40, 128]], "validation": [[40, 0, 20, 100]], "test": [[64, 0, 32, 64], [64, 64, 32, 30]]},
    "west": {"train": [], "validation": [[0, 0, 96, 30]], "test": [[0, 40, 96, 60]]},
}


@dataclass
class Run:
    files: dict[str, Any]
    document: dict[str, Any]
    folder: Path


def make_run(folder: Path, *, methods: tuple[tuple[str, str], ...] = METHODS, areas: Any = AREAS) -> Run:
    """Two scenes, maps of each method with more and more errors in the test areas and fewer and fewer elsewhere."""
    rng = np.random.default_rng(0)
    split = write_split(folder / "split.json", areas)
    toys = [make_toy_map(folder / scene.name, seed=number) for number, scene in enumerate(SCENES)]
    maps: dict[tuple[str, str], list[Path]] = {method: [] for method in methods}
    for scene, toy in zip(SCENES, toys, strict=True):
        tested = np.zeros(toy.truth.shape, dtype=bool)
        for row, column, height, width in areas[scene.name].get("test", []):
            tested[row : row + height, column : column + width] = True
        for number, method in enumerate(methods):
            rate = np.where(tested, 0.05 * (number + 1), 0.05 * (len(methods) - number))
            wrong = rng.random(toy.truth.shape) < rate
            indices = np.where(toy.valid, np.where(wrong, (toy.truth + 1) % 3, toy.truth), -1)
            path = folder / scene.name / f"{'_'.join(method)}.tif"
            maps[method].append(write_reference(path, toy.grid, LEGEND.class_names.encode(indices)))
    references = [toy.reference for toy in toys]
    files = {
        "evaluations": [_evaluate(folder, method, maps[method], references, split) for method in methods],
        "images": [toy.image for toy in toys],
        "references": references,
        "classes": [maps[method][scene] for scene in range(len(SCENES)) for method in methods],
        "split": split,
    }
    document = run_compare(files, folder)
    return Run(files, document, folder)


def _evaluate(folder: Path, method: tuple[str, str], maps: list[Path], references: list[Path], split: Path) -> Path:
    path = folder / f"{'_'.join(method)}.json"
    network = ConvolutionalNetwork(name=method[0], architecture="unet")
    refinement = Argmax(name=method[1], method="argmax")
    names = LEGEND.class_names
    evaluate(network, refinement, names, SCENES, classes=maps, references=references, split=split, evaluation=path)
    return path


def run_compare(files: dict[str, Any], folder: Path) -> dict[str, Any]:
    outputs = {
        name: folder / file for name, file in (("table", "c.csv"), ("comparison", "c.json"), ("figure", "c.png"))
    }
    compare(CompareConfig(crop=64), LEGEND.class_names, LEGEND, SCENES, **files, **outputs)
    document: dict[str, Any] = json.loads((folder / "c.json").read_text())
    return document


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return make_run(tmp_path_factory.mktemp("compare"))


def test_the_best_map_is_chosen_on_validation_areas(run: Run) -> None:
    ranking = run.document["ranking"]
    scores = [each["validation"]["mean_iou"] for each in ranking]
    assert scores == sorted(scores, reverse=True)
    assert [(each["network"], each["refinement"]) for each in ranking] == list(reversed(METHODS))
    assert run.document["best"] == {"network": "forest", "refinement": "crf"}
    assert ranking[0]["test"]["mean_iou"] == min(each["test"]["mean_iou"] for each in ranking)


def test_the_table_has_a_row_for_each_map_with_figures_of_the_test_areas(run: Run) -> None:
    with (run.folder / "c.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["network"], row["refinement"]) for row in rows] == list(METHODS)
    for row, path in zip(rows, run.files["evaluations"], strict=True):
        evaluation = json.loads(path.read_text())
        assert float(row["mean_iou"]) == evaluation["test"]["mean_iou"]
        assert float(row["validation_mean_iou"]) == evaluation["validation"]["mean_iou"]
        assert float(row["iou_lake"]) == evaluation["test"]["per_class"][2]["iou"]


def test_agreement_is_symmetric_and_of_a_map_with_itself_complete(run: Run) -> None:
    shares = np.array(run.document["agreement"]["shares"])
    np.testing.assert_array_equal(np.diag(shares), 1)
    np.testing.assert_array_equal(shares, shares.T)
    assert 0.8 < shares[0, 1] < 0.95
    assert [tuple(each.values()) for each in run.document["agreement"]["maps"]] == list(METHODS)


def test_the_figure_shows_every_map_in_equal_size(run: Run) -> None:
    picture = np.asarray(Image.open(run.folder / "c.png").convert("RGB"))
    assert picture.shape[1] > 3 * 480
    for color in (each.rgb for each in LEGEND):
        assert (picture == color).all(axis=-1).sum() > 10_000


def test_the_crop_lies_on_a_test_area(run: Run) -> None:
    grounds = gather(
        SCENES,
        run.files["images"],
        run.files["references"],
        run.files["classes"],
        {"areas": {"west": {"test": [[60, 70, 8, 8]]}}},
    )
    ground, window = choose_crop(grounds, LEGEND.class_names, 32)
    assert ground.scene.name == "west"
    assert window == Window(48, 58, 32, 32)


def test_the_same_maps_give_the_same_bytes(run: Run, tmp_path: Path) -> None:
    run_compare(run.files, tmp_path)
    for name in ("c.csv", "c.json", "c.png"):
        assert (tmp_path / name).read_bytes() == (run.folder / name).read_bytes(), name


def test_a_run_of_one_map_without_test_areas_is_still_compared(tmp_path: Path) -> None:
    areas = {name: {"validation": roles["validation"]} for name, roles in AREAS.items()}
    single = make_run(tmp_path, methods=(("unet", "argmax"),), areas=areas)
    assert single.document["best"] == {"network": "unet", "refinement": "argmax"}
    assert single.document["ranking"][0]["test"]["mean_iou"] is None
    assert single.document["agreement"]["shares"] == [[None]]
    assert (tmp_path / "c.png").stat().st_size > 1000
