"""What jobs ask a cluster for: more at each attempt, and more for larger scenes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.api import SnakemakeApi
from snakemake.iocontainers import InputFiles
from snakemake.settings.types import ConfigSettings, ResourceSettings, WorkflowSettings

from tests.workflow.project import MINIATURE, ROOT

NOTHING_TO_DO = {"all", "maps", "learn", "gathered"}
"""Rules that only name files."""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The rules of the workflow by name, on the configuration of the miniature."""
    folder = tmp_path_factory.mktemp("rules")
    config = folder / "config.yaml"
    large = {"name": "large", "height": 50_000, "width": 40_000, "labelled": False}
    values = {**MINIATURE, "scenes": [*MINIATURE["scenes"], large]}
    config.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    for name in ("optical", "height"):
        (folder / "data, raw" / "large").mkdir(parents=True, exist_ok=True)
        (folder / "data, raw" / "large" / f"{name}.tif").touch()
    with SnakemakeApi() as api:
        loaded = api.workflow(
            resource_settings=ResourceSettings(nodes=200),  # a cluster
            config_settings=ConfigSettings(configfiles=[config]),
            workflow_settings=WorkflowSettings(),
            snakefile=ROOT / "workflow/Snakefile",
            workdir=folder,
        )._workflow
        yield {rule.name: rule for rule in loaded.rules if rule.name not in NOTHING_TO_DO}


def asked(
    rule: Any, path: Path, attempt: int = 1, network: str = "tiny", scene: str = "town one"
) -> Any:
    wildcards = {
        "scene": scene,
        "network": network,
        "refinement": "argmax",
        "shard": "1-of-2",
        "fold": "1",
    }
    return rule.expand_resources(wildcards, InputFiles(fromdict={"classes": str(path)}), attempt)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return sized(tmp_path / "small", 1)


def sized(path: Path, megabytes: int) -> Path:
    """A file of a given size that takes no room."""
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.truncate(megabytes * 10**6)
    return path


def test_every_rule_asks_for_more_at_the_second_attempt(rules: dict[str, Any], small: Path) -> None:
    for name, rule in rules.items():
        first, second = asked(rule, small), asked(rule, small, attempt=2)
        assert second.mem_mb - 500 == 2 * (first.mem_mb - 500), name
        assert second.runtime == 2 * first.runtime, name


def test_jobs_have_room_for_snakemake_itself(rules: dict[str, Any], small: Path) -> None:
    assert all(asked(rule, small).mem_mb >= 1000 for rule in rules.values())


@pytest.mark.parametrize("stage", ["inspect", "align", "predict", "refine", "vectorize", "merge"])
def test_large_scenes_get_more_memory_and_time(
    rules: dict[str, Any], tmp_path: Path, stage: str
) -> None:
    large = asked(rules[stage], sized(tmp_path / "large" / "classes.tif", 4000))
    little = asked(rules[stage], sized(tmp_path / "little" / "classes.tif", 1))
    assert large.mem_mb > little.mem_mb
    assert large.runtime > little.runtime


@pytest.mark.parametrize(
    ("stage", "per_width"),
    [("align", 30), ("predict", 150), ("predict_shard", 150), ("refine", 50)],
)
def test_memory_follows_pixels_where_files_are_small(
    rules: dict[str, Any], small: Path, stage: str, per_width: int
) -> None:
    more = asked(rules[stage], small, scene="large").mem_mb - asked(rules[stage], small).mem_mb
    assert more == pytest.approx(per_width * ((50_000 * 40_000 * 4 / 1e6) ** 0.5 - 1), abs=2)


def test_sizes_of_files_that_are_not_made_yet_are_open(
    rules: dict[str, Any], tmp_path: Path
) -> None:
    assert str(asked(rules["predict"], tmp_path / "missing").mem_mb) == "<TBD>"


@pytest.mark.parametrize("stage", ["train", "predict", "predict_shard"])
def test_networks_of_layers_ask_for_a_gpu_and_others_do_not(
    rules: dict[str, Any], small: Path, stage: str
) -> None:
    assert asked(rules[stage], small, network="tiny").gpu == 1
    assert asked(rules[stage], small, network="forest").gpu == 0


def test_only_rules_that_compute_networks_ask_for_a_gpu(rules: dict[str, Any], small: Path) -> None:
    asking = {name for name, rule in rules.items() if asked(rule, small).get("gpu")}
    networks = {"forecast", "train", "accelerate", "predict", "predict_shard"}
    assert asking == networks | {"train_detector", "detect", "detect_shard"}


def test_no_rule_repeats_itself(rules: dict[str, Any]) -> None:
    # retries of rules multiply with those of a profile
    assert all(rule._restart_times is None for rule in rules.values())
