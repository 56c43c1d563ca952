"""Paths of inputs: placeholders are plain names, and files lie on this machine."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rs_seg.config import find_unused_columns, parse_config
from rs_seg.config.path_checks import check_template
from rs_seg.errors import UserError
from rs_seg.values import Scene
from tests.config.test_load import changed


def with_path(path: str, **changes: Any) -> Any:
    return parse_config(changed(sources={"image": {"path": path, "bands": ["red"]}}, **changes))


@pytest.mark.parametrize(
    "template",
    [
        "{scene!r}",
        "{scene.__class__}",
        "{scene[0]}",
        "{0}",
        "{}",
        "{scene:>9}",
        "{scene.name.__init__.__globals__}",
    ],
)
def test_placeholders_reach_no_deeper_than_names(template: str) -> None:
    with pytest.raises(UserError) as raised:
        with_path(f"x/{template}.tif")
    said = str(raised.value)
    assert f"where {template} is no placeholder" in said
    assert "sources.image.path" in said


@pytest.mark.parametrize("template", ["{", "}", "{scene", "a{{b}"])
def test_a_brace_without_a_partner_is_told(template: str) -> None:
    with pytest.raises(UserError, match="placeholders are"):
        with_path(template)


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        ("https://x.org/{scene}.tif", "download it"),
        ("s3://bucket/{scene}.tif", "download it"),
        ("/vsicurl/https://x.org/a.tif", "download it"),
        ("/vsis3/bucket/a.tif", "download it"),
        ("/vsizip/{scene}.zip/a.tif", "unpack it"),
        ("zip://{scene}.zip!a.tif", "unpack it"),
        ('NETCDF:"{scene}.nc":band', "write the part of a file that it names to one of its own"),
    ],
)
def test_what_is_no_local_file_is_told_as_that(path: str, remedy: str) -> None:
    for changes in ({}, {"label": {"path": path}}):
        with pytest.raises(UserError) as raised:
            with_path("{scene}.tif" if changes else path, **changes)
        said = str(raised.value)
        assert "only files on this machine are read" in said
        assert remedy in said
        assert "copied whole" not in said


def test_an_address_in_the_scene_table_is_told_too() -> None:
    scenes = [{"name": "a", "fields": {"url": "https://x.org/a.tif"}}]
    with pytest.raises(
        UserError, match=r"sources\.image\.path is 'https://x\.org/a\.tif', but only files"
    ):
        with_path("{url}", scenes=scenes)
    with pytest.raises(UserError, match="data_root is 's3://bucket'"):
        with_path("{scene}.tif", data_root="s3://bucket")


@pytest.mark.parametrize(
    "path", ["a:b/{scene}.tif", "C/{scene}.tif", "vsizip/{scene}.tif", "/data/vsis3/{scene}.tif"]
)
def test_odd_names_of_local_files_stay_possible(path: str) -> None:
    assert with_path(path).sources["image"].path == path


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("data_root", {"data_root": "a{b}"}),
        ("results", {"results": "a{b}"}),
        ("sources.image.path", {"scenes": [{"name": "a", "fields": {"file": "b{c}"}}]}),
    ],
)
def test_braces_in_paths_are_refused_that_the_workflow_takes_for_wildcards(
    key: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(
        UserError, match=rf"{key} is '.*\{{.*': the workflow takes braces for wildcards"
    ):
        with_path("{file}" if "scenes" in changes else "{scene}.tif", **changes)


def test_columns_that_no_path_uses_are_named_with_what_they_may_mean() -> None:
    fields = {"labeled": "no", "region": "x", "tile": "1", "date": "2020-01-01", "": ""}
    run = with_path("{tile}/{scene}.tif", scenes=[{"name": "a", "fields": fields}])
    assert find_unused_columns(run) == [
        (
            "column 'labeled' of the scene table is in no path template, so it changes nothing; "
            "did you mean 'labelled'?"
        ),
        "column 'region' of the scene table is in no path template, so it changes nothing",
    ]


PIECES = ["{", "}", "scene", "!", ":", "a", ".", "[", "]", "0"]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=20) | st.lists(st.sampled_from(PIECES)).map("".join))
@example("{scene:{scene}}")
@example("{:{}}")
def test_a_template_that_passes_can_be_filled(template: str) -> None:
    scene = Scene(name="north", fields={"a": "b"})
    try:
        check_template("sources.image.path", template)
    except ValueError:
        return
    with suppress(KeyError):  # a placeholder that the table lacks, which is told by its name
        assert "north" in scene.fill(template) or "{scene}" not in template.replace("{{", "")
