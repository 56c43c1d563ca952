"""QGIS shows labelled places by whether map and label agree, in the delivered project and alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.qgis.system_python import run_qgis
from tests.qgis.test_project import PROGRAM
from tests.stages.fabricated_run import fabricate_run
from tests.stages.fabricated_sample import add_sample
from tests.stages.test_deliver import write_folder

pytestmark = [pytest.mark.qgis, pytest.mark.slow]
CLASSES = [["wrong", "wrong", "#cc3311"], ["right", "right", "#009988"]]


def test_the_delivered_project_shows_places_by_agreement(qgis: None, tmp_path: Path) -> None:
    assert qgis is None
    run = add_sample(fabricate_run(tmp_path / "run"), labelled=100)
    folder = write_folder(run, tmp_path / "deliver")
    found = tmp_path / "found.json"
    project, picture = str(folder / "map.qgz"), str(tmp_path / "map.png")
    done = run_qgis(str(PROGRAM), project, picture, str(found), home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    shown = json.loads(found.read_text(encoding="utf-8"))
    assert shown["faults"] == []
    assert shown["layers"][0]["name"] == "unet + argmax: labelled places"
    assert shown["layers"][0]["classes"] == CLASSES
    alone = {name: classes for name, classes in shown["alone"].items() if "agreement" in name}
    assert list(alone.values()) == [CLASSES]
