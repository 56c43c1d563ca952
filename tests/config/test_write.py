"""The resolved configuration in files: what is loaded equals what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rs_seg.config import RunConfig, load_config, parse_config, write_config

from .test_load import changed


def run_of(*scenes: dict[str, Any]) -> RunConfig:
    return parse_config(changed(scenes=list(scenes)))


def many(count: int) -> RunConfig:
    rows = (
        {"name": f'a "town", {i}', "labelled": i < 3, "fields": {"tile": f"32T {i}", "day": ""}}
        for i in range(count)
    )
    return run_of(*rows)


@pytest.mark.parametrize("count", [1, 100, 101, 300])
def test_a_written_configuration_is_loaded_as_it_was(count: int, tmp_path: Path) -> None:
    write_config(many(count), tmp_path / "config.yaml")
    assert load_config(tmp_path / "config.yaml") == many(count)
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"config.yaml"} | ({"config.scenes.csv"} if count > 100 else set())


def test_scenes_with_columns_of_their_own_stay_in_the_configuration(tmp_path: Path) -> None:
    run = run_of(*({"name": str(i), "fields": {"tile": "x"} if i else {}} for i in range(150)))
    write_config(run, tmp_path / "config.yaml")
    assert load_config(tmp_path / "config.yaml") == run


def test_finished_scenes_are_chosen_from_a_valid_whole(tmp_path: Path) -> None:
    """Training needs labels; of what is finished by now, nothing may have any."""
    write_config(many(150), tmp_path / "gathered.yaml", finished=['a "town", 149', 'a "town", 7'])
    run = load_config(tmp_path / "gathered.yaml")
    assert [scene.name for scene in run.scenes] == ['a "town", 7', 'a "town", 149']
    assert run.trained_models
    assert not run.labelled_scenes


def test_equal_files_are_not_written_again(tmp_path: Path) -> None:
    write_config(many(150), tmp_path / "config.yaml")
    before = {path: path.stat().st_ino for path in tmp_path.iterdir()}
    write_config(many(150), tmp_path / "config.yaml")
    assert {path: path.stat().st_ino for path in tmp_path.iterdir()} == before


def test_a_scene_is_found_by_name_also_in_a_copy() -> None:
    run = many(5)
    assert run.scene('a "town", 3') is run.scenes[3]
    copy = run.model_copy(
        update={"scenes": (run.scenes[1].model_copy(update={"labelled": False}),)}
    )
    assert not copy.scene('a "town", 1').labelled
    assert run == many(5)
