"""What rules are told of their inputs, outputs and settings."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from rs_seg.config import RunConfig, parse_config
from rs_seg.values import shared_cores
from rs_seg.workflow.learnt import detectors_with_rasters
from rs_seg.workflow.making import scenes_to_check
from rs_seg.workflow.modes import Mode, parse_mode
from rs_seg.workflow.plan import Plan, one_of
from tests.workflow.test_fingerprint import VALUES


def config(**changes: Any) -> RunConfig:
    return parse_config({**VALUES, "results": "out", **changes})


def plan(
    run: RunConfig,
    *,
    mode: Mapping[str, Any] | None = None,
    recorded: Iterable[str] | None = None,
    cores: int = 8,
) -> Plan:
    chosen = parse_mode(mode or {})[0]
    scenes = chosen.choose(run.scenes)
    return Plan(
        run=run,
        mode=chosen,
        scenes=tuple(scene.name for scene in scenes),
        labelled=tuple(scene.name for scene in scenes if scene.labelled),
        with_layers=tuple(run.models),
        with_rasters=detectors_with_rasters(run),
        whole=run,
        checked=(),
        cores=cores,
        on_one_machine=True,
        recorded_inputs=lambda path: recorded if path.endswith("probabilities.tif") else None,
    )


def test_lists_of_maps_go_by_scene_network_and_refinement() -> None:
    run = config(
        refinements={
            "argmax": {"method": "argmax"},
            "crf": {"method": "densecrf", "models": ["fpn"]},
        }
    )
    expected = [
        f"out/maps/{scene}/{each}/polygons.gpkg"
        for scene in ("north", "south")
        for each in ("unet/argmax", "fpn/argmax", "fpn/crf")
    ]
    assert plan(run).polygons() == expected
    assert plan(run).of_maps("polygons.gpkg", ["south"], network="fpn") == expected[-2:]
    assert plan(run).of_maps("polygons.gpkg", refinement="crf") == [expected[2], expected[5]]


def test_a_shard_is_about_its_scenes_and_settings_are_those_of_all() -> None:
    run = config()
    part = plan(run, mode={"shard": "2/2"})
    assert part.images() == ["out/scenes/south/image.tif"]
    assert part.settings("summarize")({}) == plan(run).settings("summarize")({})
    assert part.failed_table() == []
    assert plan(run, mode={"gather": True}).failed_table() == ["out/failed.csv"]


@pytest.mark.parametrize(
    ("folds", "split"), [({}, "out/split/split.json"), ({"folds": 2}, "out/split/fold2/split.json")]
)
def test_a_network_has_the_split_of_its_fold(folds: dict[str, int], split: str) -> None:
    made = plan(config(split={**VALUES.get("split", {}), **folds}))
    last = list(made.run.models)[-1]
    assert made.of_fold(made.places.split, last) == split
    assert made.places.log("split") == (
        "out/logs/split/fold{fold}.log" if folds else "out/logs/split.log"
    )


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        (None, ["1-of-2.txt", "2-of-2.txt"]),
        ([], []),
        (["out/scenes/north/image.tif", "out/maps/north/unet/shards/1-of-1.txt"], ["1-of-1.txt"]),
    ],
    ids=["never made", "made whole", "made from another cut"],
)
def test_a_map_keeps_the_cut_that_it_was_made_with(
    recorded: list[str] | None, expected: list[str]
) -> None:
    made = plan(config(predict={"shards": 2}), recorded=recorded)
    paths = made.shards({"scene": "north", "network": "unet"})
    assert [Path(path).name for path in paths] == expected


def test_polygons_are_asked_for_in_the_formats_of_the_configuration() -> None:
    made = plan(config(vectorize={"formats": ["geopackage", "flatgeobuf"]}))
    assert made.formats_left_out == {"shapefile", "geoparquet"}
    assert made.in_format("flatgeobuf", "a/polygons.gpkg") == ["a/polygons.fgb"]
    assert made.in_format("shapefile", "a/polygons.gpkg") == []
    assert made.in_other_formats(["gpkg/x.gpkg"]) == ["gpkg/x.fgb"]


def test_trainings_share_the_cores_of_one_machine_and_have_their_own_on_a_cluster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shared_cores, "GPUS", ())
    monkeypatch.setattr(shared_cores, "_memory", lambda: 64_000)
    here = plan(config())
    assert len(here.run.trained_by_steps) == 3
    assert here.training_threads == 2
    assert here.all_cores({}, 2, None) == 8
    assert here.resources.gpus({"network": "unet"}) == 0
    there = dataclasses.replace(here, on_one_machine=False)
    assert there.training_threads == 8
    assert there.all_cores({}, 2, None) == 2
    assert there.resources.gpus({"network": "unet"}) == 1


@pytest.mark.parametrize(("job_count", "threads"), [(0, 8), (1, 8), (3, 2), (8, 1), (5000, 1)])
def test_like_jobs_share_the_cores(job_count: int, threads: int) -> None:
    assert plan(config()).share_of_cores(job_count) == threads


@pytest.mark.parametrize(
    ("words", "mode", "expected"),
    [
        (["snakemake"], {}, ["north", "south"]),
        (["snakemake", "--", "learn"], {}, ["north"]),
        (["snakemake", "--", "learn", "maps"], {}, ["north", "south"]),
        (["snakemake", "--", "learn"], {"shard": "1/2"}, []),
        (["snakemake"], {"gather": True}, []),
    ],
)
def test_raw_files_are_asked_of_the_scenes_that_a_run_looks_at(
    words: list[str], mode: dict[str, Any], expected: list[str]
) -> None:
    run = config(scenes=["north", {"name": "south", "labelled": False}])
    assert [scene.name for scene in scenes_to_check(run, parse_mode(mode)[0], words)] == expected


def test_wildcards_are_bound_to_names_whatever_they_hold() -> None:
    assert re.fullmatch(one_of(["a.b", "c"]), "a.b")
    assert not re.fullmatch(one_of(["a.b", "c"]), "axb")
    assert not re.fullmatch(one_of([]), "")


def test_the_default_mode_is_a_run_of_everything() -> None:
    assert plan(config()).mode == Mode()


def test_copies_for_a_random_split_have_files_of_their_own_and_are_in_no_list_of_the_run() -> None:
    run = config(split={"random_split": True})
    whole = plan(run)
    assert whole.copy_evaluations() == [
        f"out/evaluation/{name}_random_split/argmax.json" for name in ("unet", "fpn")
    ]
    assert whole.trained_names == ["unet", "fpn", "unet_random_split", "fpn_random_split"]
    assert whole.of_fold(whole.places.split, "unet_random_split") == "out/split/fold0/split.json"
    assert whole.of_fold(whole.places.split, "unet") == "out/split/fold1/split.json"
    assert whole.of_fold(whole.places.split) == "out/split/fold1/split.json"
    assert whole.engine("unet_random_split") == ["out/models/unet_random_split/engine"]
    files = whole.evaluated_files("unet_random_split", "argmax")
    assert "out/maps/north/unet_random_split/argmax/classes.tif" in files
    assert not any("polygons" in path or "south" in path for path in files)
    assert any("polygons" in path for path in whole.evaluated_files("unet", "argmax"))
    made = [*whole.polygons(), *whole.models(), *whole.exported_models(), *whole.curves()]
    made += [*whole.learning(), *whole.per_map(whole.places.evaluation)]
    assert not any("random_split" in path for path in made)


@pytest.mark.parametrize("mode", [{"shard": "1/2"}, {"gather": True}])
def test_batches_leave_the_copies_out(mode: dict[str, Any]) -> None:
    assert plan(config(split={"random_split": True}), mode=mode).copy_evaluations() == []
