"""What has changed is told in one short line, out of Snakemake's reasons."""

from __future__ import annotations

import json
from typing import Any

import pytest
from snakemake.persistence import ParamsChange

from rs_seg.workflow.terminal.changes import tell_changes

SETTINGS: dict[str, Any] = {
    "config": {"simplify": {"method": "douglas_peucker", "tolerance": 1.0}, "formats": ["gpkg"]},
    "legend": [{"code": 1, "name": "tree", "color": "#00ff00"}, {"code": 2, "name": "x now: y"}],
    "revision": 3,
}


def reason_of(
    before: dict[str, Any], now: dict[str, Any], states: tuple[str, str] = ("", "")
) -> str:
    """Snakemake's own text for two fingerprints."""
    old, new = (
        repr(json.dumps(values, sort_keys=True) + state)
        for values, state in zip((before, now), states, strict=True)
    )
    change = ParamsChange(only_old={old}, only_new={new}, files={"a.gpkg"})
    return f"Params have changed since last execution: {change}"


def changed(path: str, value: Any) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(json.dumps(SETTINGS))
    *place, last = path.split(".")
    part: Any = settings
    for key in place:
        part = part[int(key) if isinstance(part, list) else key]
    part[last] = value
    return settings


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("config.simplify.tolerance", 2.0, "simplify.tolerance 1.0 -> 2.0"),
        ("config.simplify.tolerance", None, "simplify.tolerance 1.0 -> none"),
        ("config.formats", ["gpkg", "shp"], 'formats ["gpkg"] -> ["gpkg", "shp"]'),
        ("config.simplify.new_key", 'it\'s "ä"', 'simplify.new_key -> "it\'s \\"ä\\""'),
        ("legend.0.color", "#ff0000", 'legend.tree.color "#00ff00" -> "#ff0000"'),
        ("revision", 4, "another version of rs_seg"),
    ],
)
def test_only_the_difference_of_two_settings_is_told(path: str, value: Any, told: str) -> None:
    assert tell_changes(reason_of(SETTINGS, changed(path, value))) == told


def test_files_from_outside_are_named_where_no_setting_differs() -> None:
    assert tell_changes(reason_of(SETTINGS, SETTINGS, (" a:1", " a:2"))) == "files from outside"


def test_many_differences_are_counted() -> None:
    before = {"config": dict.fromkeys("abcde", 1)}
    now = {"config": dict.fromkeys("abcde", 2)}
    assert tell_changes(reason_of(before, now)) == "a 1 -> 2, b 1 -> 2, c 1 -> 2, and 2 more"


def test_a_long_value_is_cut() -> None:
    told = tell_changes(reason_of(SETTINGS, changed("config.formats", ["x" * 500])))
    assert told is not None
    assert len(told) < 120


def test_files_that_are_missing_are_no_change() -> None:
    assert tell_changes("Missing output files: a, b; Input files updated by another job: c") is None


def test_other_reasons_have_words_of_their_own() -> None:
    assert (
        tell_changes("Updated input files: raw/a.tif, raw/b.tif")
        == "raw/a.tif is newer, and 1 more"
    )
    assert tell_changes("Code has changed since last execution") == "another version of rs_seg"


@pytest.mark.parametrize(
    "values", ["", "before: now:", "before: 'x' now: {", "before: '{' now: '}'"]
)
def test_a_reason_of_an_unknown_form_still_says_something(values: str) -> None:
    reason = f"Params have changed since last execution: {values}"
    assert tell_changes(reason) == "settings, or files from outside"
