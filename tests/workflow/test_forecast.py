"""When a run forecasts its trainings, without anything that depends on it.

That it comes before them is tested with a whole run of Snakemake in test_kills.py.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from rs_seg.workflow.plan import Plan
from tests.workflow.planned_jobs import count_jobs
from tests.workflow.project import MINIATURE, Project
from tests.workflow.test_objects import OBJECTS


def test_a_run_that_trains_by_steps_has_one_forecast_of_all_trainings() -> None:
    assert count_jobs(MINIATURE)["forecast"] == 1
    assert count_jobs(MINIATURE, targets=Plan.learning)["forecast"] == 1
    forest = {"forest": MINIATURE["models"]["forest"]}
    assert "forecast" not in count_jobs({**MINIATURE, "models": forest})
    assert count_jobs(OBJECTS)["forecast"] == 1


def test_it_is_not_made_where_it_is_not_wanted() -> None:
    assert "forecast" not in count_jobs({**MINIATURE, "forecast": {"enabled": False}})


@pytest.mark.slow
def test_it_holds_the_networks_of_the_run(finished: Project) -> None:
    told: dict[str, Any] = json.loads((finished.results / "forecast.json").read_text())
    states = {training["name"]: training["state"] for training in told["trainings"]}
    assert states == {"tiny": "measured", "forest": "not measured"}


@pytest.mark.slow
def test_a_new_forecast_makes_nothing_else_anew(finished: Project) -> None:
    assert finished.planned("--forcerun", "forecast") == {"forecast": 1, "all": 1}
