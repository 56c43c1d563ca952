"""When a run forecasts its trainings: before them, and without anything that depends on it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.workflow.project import MINIATURE, Project
from tests.workflow.test_objects import OBJECTS


def test_a_run_that_trains_by_steps_has_one_forecast_of_all_trainings(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert project.planned()["forecast"] == 1
    assert project.planned("--", "learn")["forecast"] == 1
    project.change("models", {"forest": copy.deepcopy(MINIATURE["models"]["forest"])})
    assert "forecast" not in project.planned()
    detecting = Project(tmp_path / "objects")
    detecting.values = copy.deepcopy(OBJECTS)
    assert detecting.planned()["forecast"] == 1


def test_it_is_not_made_where_it_is_not_wanted(tmp_path: Path) -> None:
    assert "forecast" not in Project(tmp_path, forecast={"enabled": False}).planned()


@pytest.mark.slow
def test_it_comes_before_the_training_and_holds_the_networks_of_the_run(finished: Project) -> None:
    def started(job: str) -> str:
        text = (finished.results / "logs" / f"{job}.json").read_text(encoding="utf-8")
        return str(json.loads(text)["started"])

    assert started("forecast") < started("train/tiny")
    told: dict[str, Any] = json.loads((finished.results / "forecast.json").read_text())
    states = {training["name"]: training["state"] for training in told["trainings"]}
    assert states == {"tiny": "measured", "forest": "not measured"}


@pytest.mark.slow
def test_a_new_forecast_makes_nothing_else_anew(finished: Project) -> None:
    assert finished.planned("--forcerun", "forecast") == {"forecast": 1, "all": 1}
