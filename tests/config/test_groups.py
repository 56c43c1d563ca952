"""Groups of ground: from the label file unless another is named, dealt to folds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rs_seg.config import RunConfig, find_unused_columns, parse_config
from rs_seg.errors import UserError
from tests.config.test_load import changed


def parsed(groups: dict[str, Any], *, folds: int = 2, **values: Any) -> RunConfig:
    return parse_config(changed(split={"folds": folds, "groups": groups}, **values))


def test_polygons_are_those_of_the_label_file_read_as_it_is() -> None:
    label = {
        "path": "{scene}/labels.gpkg",
        "layer": "fields",
        "crs": "EPSG:4326",
        "encoding": "cp1252",
    }
    run = parsed({"column": "field_id"}, label=label, data_root="data")
    assert run.split.groups is not None
    assert run.split.groups.model_dump() == {
        "by": "polygon", "column": "field_id", "override_crs": None, **label
    }  # fmt: skip
    assert run.area_paths() == [Path("data/north/labels.gpkg"), Path("data/south/labels.gpkg")]


def test_another_file_is_read_as_its_own_settings_say() -> None:
    run = parsed({"path": "fields.gpkg"}, label={"path": "labels.gpkg", "layer": "labels"})
    assert run.split.groups is not None
    assert (run.split.groups.path, run.split.groups.layer) == ("fields.gpkg", None)


def test_scenes_are_groups_by_a_column_of_their_table() -> None:
    rows = [{"name": name, "fields": {"town": name[0]}} for name in ("a1", "a2", "b1")]
    run = parsed({"by": "scene", "column": "town"}, scenes=rows)
    assert run.area_paths() == []
    assert find_unused_columns(run) == []


@pytest.mark.parametrize(
    ("groups", "values", "message"),
    [
        ({}, {"folds": 1}, "groups are dealt to folds, but folds is 1"),
        ({"by": "scene", "path": "fields.gpkg"}, {}, "groups are scenes, so path has no effect"),
        (
            {"by": "scene"},
            {"folds": 3},
            "split.folds is 3, but there are 2 groups of scenes: set it to 2",
        ),
        ({"by": "scene", "column": "town"}, {}, "scene 'north' has no value in this column"),
        ({"path": "{field}.gpkg"}, {}, r"split.groups.path has the placeholder \{field\}"),
    ],
)
def test_groups_that_cannot_be_are_refused(
    groups: dict[str, Any], values: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        parsed(groups, **values)
