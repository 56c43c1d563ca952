"""Files of objects that rules ask for."""

from __future__ import annotations

from typing import Any

from tests.workflow.test_fingerprint import SIMULATED
from tests.workflow.test_plan import config, plan

SCENES = [{"name": "north", "simulate": 1}, {"name": "south", "simulate": 2, "labelled": False}]
LABEL = {"path": "{scene}/labels.gpkg"}
OWN = {"label": {"path": "{scene}/objects.gpkg"}, "classes": ["road"]}
DETECTORS = {"centre": {"architecture": "centre"}}


def simulating(**changes: Any):
    return plan(config(scenes=SCENES, sources=SIMULATED, label=LABEL, **changes))


def test_objects_are_simulated_where_detectors_read_a_file_of_their_own() -> None:
    asking = simulating(outline=OWN, detectors=DETECTORS)
    assert asking.simulated_objects() == ["./{scene}/objects.gpkg"]
    assert asking.simulations_left_out == set()


def test_runs_that_do_not_ask_simulate_as_they_did() -> None:
    same = {**OWN, "label": LABEL}
    for changes in (
        {},
        {"outline": OWN, "detectors": {}},
        {"detectors": DETECTORS, "outline": {"classes": ["road"]}},
        {"detectors": DETECTORS, "outline": same},
    ):
        assert simulating(**changes).simulated_objects() == []
        assert simulating(**changes).simulations_left_out == {"objects"}
    assert plan(config(detectors=DETECTORS, outline=OWN)).simulated_objects() == []


def test_the_report_is_given_objects_of_all_scenes_and_figures_of_all_methods() -> None:
    asking = simulating(outline=OWN, detectors=DETECTORS)
    results = asking.run.results
    given = asking.reported_objects()
    assert f"{results}/objects/south/centre/nms/survivors.parquet" in given
    assert f"{results}/scenes/north/objects.gpkg" in given
    assert f"{results}/scenes/south/objects.gpkg" not in given, "it is not labelled"
    assert f"{results}/evaluation/centre/nms.objects.json" in given
    assert f"{results}/evaluation/unet/argmax.objects.json" in given
    assert {
        f"{results}/models/centre/{name}" for name in ("model.safetensors", "curves.csv")
    } < set(given)
    assert simulating(detectors={}, suppressions={}).reported_objects() == []


def test_candidates_of_an_ensemble_are_those_of_its_members() -> None:
    both = {"both": {"members": ["centre", "fcos"]}}
    members = {**DETECTORS, "fcos": {"architecture": "fcos"}}
    asking = simulating(outline=OWN, detectors={**both, **members})
    results = asking.run.results
    wildcards = {"scene": "south", "detector": "both", "suppression": "nms"}
    names = ("centre", "fcos")
    assert asking.found_candidates(wildcards) == [
        f"{results}/objects/south/{name}/candidates.parquet" for name in names
    ]
    models = [f"{results}/models/{name}/model.safetensors" for name in names]
    assert asking.matched_models(wildcards) == asking.detector_models() == models
    assert f"{results}/objects/south/both/nms/objects.gpkg" in asking.objects()


def test_objects_that_divide_a_map_wait_for_it() -> None:
    wildcards = {"scene": "south", "detector": "centre", "suppression": "nms"}
    chosen = {"geometry": "map", "map": {"network": "fpn", "refinement": "argmax"}}
    asking = simulating(outline=OWN, detectors=DETECTORS, select=chosen)
    assert asking.divided_map(wildcards) == [
        f"{asking.run.results}/maps/south/fpn/argmax/classes.tif"
    ]
    assert simulating(outline=OWN, detectors=DETECTORS).divided_map(wildcards) == []
