"""Files of objects that rules ask for."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rs_seg.values import Shard
from rs_seg.workflow.batch import jobs_of
from rs_seg.workflow.modes import Mode
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
    assert asking.simulations_left_out == {"radar", "clouds"}


def test_runs_that_do_not_ask_simulate_as_they_did() -> None:
    same = {**OWN, "label": LABEL}
    for changes in (
        {},
        {"outline": OWN, "detectors": {}},
        {"detectors": DETECTORS, "outline": {"classes": ["road"]}},
        {"detectors": DETECTORS, "outline": same},
    ):
        assert simulating(**changes).simulated_objects() == []
        assert simulating(**changes).simulations_left_out == {"objects", "radar", "clouds"}
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


@pytest.mark.parametrize(
    ("stage", "branches"),
    [("detect", {"detector": "centre"}), ("predict", {"network": "unet"})],
)
def test_shards_that_failed_are_among_the_jobs_of_a_scene_until_they_are_joined(
    tmp_path: Path, stage: str, branches: dict[str, str]
) -> None:
    asking = simulating(outline=OWN, detectors=DETECTORS, results=str(tmp_path))
    folder = Path(asking.places.log(f"{stage}_shard").format(scene="south", shard="1", **branches))
    folder.parent.mkdir(parents=True)
    for number in (1, 2):
        (folder.parent / f"{number}-of-2.json").write_text("{}", encoding="utf-8")

    def shards() -> list[str]:
        jobs = [job for job in jobs_of(asking, "south") if job.stage == f"{stage}_shard"]
        return [Path(job.log).stem for job in jobs]

    assert shards() == ["1-of-2", "2-of-2"]
    joined = Path(asking.places.log(stage).format(scene="south", **branches)).with_suffix(".json")
    joined.parent.mkdir(parents=True, exist_ok=True)
    joined.write_text("{}", encoding="utf-8")
    later = joined.stat().st_mtime + 10
    os.utime(joined, (later, later))
    assert shards() == []


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
    chosen = {"geometry": "map", "map": "fpn/argmax"}
    asking = simulating(outline=OWN, detectors=DETECTORS, select=chosen)
    assert asking.divided_map(wildcards) == [
        f"{asking.run.results}/maps/south/fpn/argmax/classes.tif"
    ]
    assert simulating(outline=OWN, detectors=DETECTORS).divided_map(wildcards) == []


@pytest.mark.parametrize(("scene", "labelled"), [("north", ("north",)), ("south", ())])
def test_a_shard_without_labelled_scenes_uses_the_score_that_was_chosen(
    scene: str, labelled: tuple[str, ...]
) -> None:
    """Otherwise its objects would begin at 0.5, and those of other shards at the chosen score."""
    everything = simulating(outline=OWN, detectors=DETECTORS)
    part = replace(everything, mode=Mode(Shard(1, 2)), scenes=(scene,), labelled=labelled)
    wildcards = {"scene": scene, "detector": "centre", "suppression": "nms"}
    chosen = [f"{part.run.results}/evaluation/centre/nms.objects.json"]
    assert part.choice_of_score(wildcards) == chosen
    assert set(chosen) < set(part.learnt())
