"""compare with detectors: rows of objects beside the maps, which stay as they are."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rs_seg.errors import UserError
from rs_seg.io.documents import write_document
from rs_seg.stages.compare.costs import read_object_costs
from rs_seg.values.protocol import FigureProtocol
from tests.algorithms.reporting.toy_matches import NAMES, make_matches
from tests.stages.test_compare import Run, _write_model, make_run, run_compare
from tests.stages.toy_maps import toy_protocol

OWN = toy_protocol(NAMES)
GOOD, BAD = [(8, 2, 1)] * 12, [(2, 8, 6)] * 12
METHODS = (("unet", "argmax"), ("forest", "argmax"))


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return make_run(tmp_path_factory.mktemp("maps"), methods=METHODS)


def write_matches(folder: Path, *, protocols: Sequence[FigureProtocol] = (OWN,)) -> list[Path]:
    """Two detectors, of which the first is the best, and the polygons of both maps."""
    documents = [
        make_matches("centre", GOOD, GOOD),
        make_matches("fcos", BAD, GOOD),
        *(
            make_matches(network, GOOD, BAD, suppression=refinement, kind="polygons")
            for network, refinement in METHODS
        ),
    ]
    paths = []
    for number, counted in enumerate(documents):
        protocol = protocols[number % len(protocols)]
        document = counted.model_copy(update={"protocol": protocol})
        path = folder / "evaluation" / document.detector / f"{document.suppression}.objects.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_document(path, document)
        paths.append(path)
    return paths


def compare_with_objects(maps: Run, folder: Path) -> dict[str, Any]:
    timings = folder / "timings"
    for name, record in {
        "train_detector/centre.json": {"seconds": 60.0, "cpu_seconds": 110.0},
        "detect/east/centre.json": {"seconds": 2.0, "cpu_seconds": 3.0},
        "detect/west/centre.json": {"seconds": 4.0, "cpu_seconds": 5.0},
    }.items():
        (timings / name).parent.mkdir(parents=True, exist_ok=True)
        (timings / name).write_text(json.dumps(record))
    detectors = [_write_model(folder, name) for name in ("centre", "fcos")]
    models = [*maps.files["models"], *detectors]
    files = {**maps.files, "models": models, "timings": timings, "matches": write_matches(folder)}
    return run_compare(files, folder)


def test_objects_of_different_protocols_are_not_ranked(maps: Run, tmp_path: Path) -> None:
    eroded = OWN.model_copy(update={"labels": "eroded 3 px"})
    matches = write_matches(tmp_path, protocols=(OWN, eroded))
    with pytest.raises(UserError, match=r"nms\.objects\.json.*labels: full / eroded 3 px"):
        run_compare({**maps.files, "matches": matches}, tmp_path)


def test_objects_are_added_to_what_is_said_of_the_maps(maps: Run, tmp_path: Path) -> None:
    document = compare_with_objects(maps, tmp_path)
    assert "objects" not in maps.document
    assert list(document) == [*maps.document, "objects"]
    for key in ("ranking", "best", "grounds", "agreement"):
        assert document[key] == maps.document[key]
    with (tmp_path / "c.csv").open() as file:
        assert [row["network"] for row in csv.DictReader(file)][:2] == ["unet", "forest"]
    objects = document["objects"]
    assert objects["best"] == {"detector": "centre", "suppression": "nms"}
    assert objects["protocol"] == OWN.model_dump(mode="json")
    assert objects["baseline"] == {"detector": "unet", "suppression": "argmax"}
    assert objects["f1_difference"]["interval"][0] > 0
    assert [row["kind"] for row in objects["rows"]] == ["detections"] * 2 + ["polygons"] * 2


def test_seconds_are_those_of_training_and_of_all_labelled_scenes(
    maps: Run, tmp_path: Path
) -> None:
    centre, fcos, unet, _ = compare_with_objects(maps, tmp_path)["objects"]["rows"]
    assert (centre["training_seconds"], centre["training_cpu_seconds"]) == (60.0, 110.0)
    assert (centre["detection_seconds"], centre["detection_cpu_seconds"]) == (6.0, 8.0)
    assert fcos["training_seconds"] is None
    assert centre["parameters"] == unet["parameters"] == 12


def test_polygons_cost_what_their_networks_do(maps: Run) -> None:
    models = [path for path in maps.files["models"] if path.parent.name == "unet"]
    costs = read_object_costs(
        ["unet"], ["east", "west"], models=models, timings=maps.files["timings"], detects=False
    )
    assert (costs.training_seconds, costs.detection_seconds) == (90.0, 4.0)
    assert costs.detection_cpu_seconds == 6.0


def test_without_maps_the_figure_is_that_of_precision_and_recall(maps: Run, tmp_path: Path) -> None:
    matches = write_matches(tmp_path)[:2]
    detectors = [_write_model(tmp_path, name) for name in ("centre", "fcos")]
    kept = {key: maps.files[key] for key in ("images", "references", "split", "timings")}
    nothing: dict[str, list[Path]] = {"classes": [], "changes": []}
    files = {**kept, **nothing, "models": detectors}
    document = run_compare({**files, "evaluations": [], "matches": matches}, tmp_path)
    assert (document["best"], document["ranking"]) == (None, [])
    assert document["objects"]["baseline"] is None
    with (tmp_path / "c.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["detector"] for row in rows] == ["centre", "fcos"]
    assert rows[0]["protocol_split"] == OWN.split
    assert float(rows[0]["f1"]) == pytest.approx(document["objects"]["rows"][0]["f1"])
    assert np.asarray(Image.open(tmp_path / "c.png")).std() > 5
