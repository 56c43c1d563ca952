"""Folds by how few the labels are: decided before any work, or told by check."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import yaml
from PIL import Image

from rs_seg.cli.completing import complete_settings
from rs_seg.cli.fold_advice import advise_folds
from rs_seg.cli.label_counts import count_labels
from rs_seg.config import RunConfig, load_config
from rs_seg.errors import UserError
from rs_seg.testing import grid_at, write_polygons, write_reference
from tests.config.test_load import changed

GRID = grid_at(1000, 1000)


def load(folder: Path, *, label: str = "labels.gpkg", **values: Any) -> RunConfig:
    given = changed(
        data_root=str(folder),
        scenes=[{"name": "north"}, {"name": "south"}],
        label={"path": label, "column": "class"},
        models={"forest": {"architecture": "random_forest"}},
        **values,
    )
    path = folder / "my.yaml"
    path.write_text(yaml.safe_dump(given))
    return load_config(path, complete=complete_settings)


def polygons(folder: Path, number: int) -> None:
    squares = shapely.box(np.arange(number) * 10.0, 0, np.arange(number) * 10.0 + 5, 5)
    write_polygons(
        folder / "labels.gpkg", shapely.normalize(squares), columns={"class": ["field"] * number}
    )


@pytest.mark.parametrize(("number", "folds"), [(49, 5), (3, 3), (50, 1)])
def test_polygons_decide_on_folds_by_how_many_a_test_area_would_hold(
    tmp_path: Path, number: int, folds: int
) -> None:
    polygons(tmp_path, number)
    run = load(tmp_path, split={"folds": "auto"})
    assert run.split.folds == folds
    assert len(run.models) == folds
    if folds > 1:
        assert run.split.groups is not None
        assert (run.split.groups.by, run.split.groups.path) == ("polygon", "labels.gpkg")
    else:
        assert run.split.groups is None


def test_a_larger_test_area_needs_fewer_polygons(tmp_path: Path) -> None:
    polygons(tmp_path, 30)
    assert load(tmp_path, split={"folds": "auto", "test": 0.4}).split.folds == 1


def test_groups_that_are_given_stay(tmp_path: Path) -> None:
    polygons(tmp_path, 20)
    groups = load(tmp_path, split={"folds": "auto", "groups": {"column": "class"}}).split.groups
    assert groups is not None
    assert groups.column == "class"


@pytest.mark.parametrize(("side", "folds"), [(600, 5), (1000, 1)])
def test_rasters_decide_by_their_size(tmp_path: Path, side: int, folds: int) -> None:
    write_reference(
        tmp_path / "labels.tif", grid_at(side, side), np.ones((side, side), dtype=np.uint8)
    )
    run = load(tmp_path, label="labels.tif", split={"folds": "auto"})
    assert run.split.folds == folds
    assert run.split.groups is None


def test_what_was_decided_is_written_out(tmp_path: Path) -> None:
    polygons(tmp_path, 20)
    run = load(tmp_path, split={"folds": "auto"})
    (tmp_path / "labels.gpkg").unlink()
    path = tmp_path / "resolved.yaml"
    path.write_text(yaml.safe_dump(run.model_dump(mode="json")))
    assert load_config(path, complete=complete_settings).split == run.split


def test_labels_that_are_not_there_cannot_decide(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"folds cannot be decided by the labels.*set split.folds to a number"
    ):
        load(tmp_path, split={"folds": "auto"})


def test_check_advises_folds_where_labels_are_few(tmp_path: Path) -> None:
    polygons(tmp_path, 20)
    (advice,) = advise_folds(load(tmp_path))
    assert "labels are few (20 polygons)" in advice
    assert "`split: {folds: 5, groups: {by: polygon}}`" in advice


@pytest.mark.parametrize(
    "values",
    [
        {"split": {"folds": 3}},
        {"split": {"areas": {"path": "areas.gpkg"}}},
        {"scenes": [{"name": "north"}, {"name": "south", "role": "test"}]},
    ],
)
def test_check_advises_nothing_where_the_test_ground_was_chosen(
    tmp_path: Path, values: dict[str, Any]
) -> None:
    polygons(tmp_path, 20)
    run = load(tmp_path, **{key: value for key, value in values.items() if key != "scenes"})
    if "scenes" in values:
        run = run.model_copy(
            update={"scenes": (run.scenes[0], run.scenes[1].model_copy(update={"role": "test"}))}
        )
    assert advise_folds(run) == []


def test_check_advises_nothing_where_labels_are_many(tmp_path: Path) -> None:
    polygons(tmp_path, 60)
    assert advise_folds(load(tmp_path)) == []


def test_pictures_without_a_place_are_counted_without_a_warning(tmp_path) -> None:
    path = tmp_path / "mask.png"
    Image.fromarray(np.zeros((8, 16), dtype=np.uint8)).save(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert count_labels([path], None).pixels == 8 * 16


def test_scenes_to_test_on_leave_nothing_to_decide(tmp_path) -> None:
    polygons(tmp_path, 3)
    run = load(tmp_path, split={"folds": "auto"})
    assert run.split.folds > 1
    given = yaml.safe_load((tmp_path / "my.yaml").read_text())
    given["scenes"] = [{"name": "north", "role": "train"}, {"name": "south", "role": "test"}]
    (tmp_path / "my.yaml").write_text(yaml.safe_dump(given))
    assert load_config(tmp_path / "my.yaml", complete=complete_settings).split.folds == 1
