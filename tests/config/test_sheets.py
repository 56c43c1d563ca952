"""Patches of a scene table are dealt to sheets."""

from __future__ import annotations

import dataclasses

import pytest

from rs_seg.config import load_config, parse_config, write_config
from rs_seg.config.sheets import MOST_PATCHES
from rs_seg.errors import UserError, UserErrors
from tests.fabricated_patches import NAMES, SETTINGS, write_patches

OTHERS = ("t,x,train,,f", "v,y,validation,,f", "e,z,test,,f")
HEAD = "scene,sheet,role,group,file\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    return tmp_path


def parse(folder, *rows, head=HEAD, **changes):
    (folder / "data/patches.csv").write_text(head + "\n".join(rows), encoding="utf-8")
    return parse_config({**SETTINGS, **changes})


def patches_of(run):
    return {name: [patch.name for patch in run.sheet(name).patches] for name in run.sheets}


def many(start, count, role="", group=""):
    return [f"q{number},,{role},{group},f" for number in range(start, start + count)]


def test_patches_of_one_role_share_a_sheet_and_paths_are_filled_by_rows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_patches(tmp_path)
    run = parse_config(SETTINGS)
    assert patches_of(run) == {
        "learnt": [*NAMES[:4]],
        "validation_0001": ["p4"],
        "test_0001": [*NAMES[5:]],
    }
    first = run.sheet("learnt").patches[1]
    assert list(first.texts) == [
        "data/optical/p1.tif",
        "data/radar/sar 1.tif",
        "data/labels/p1.tif",
    ]


def test_a_sheet_of_the_program_holds_no_more_than_it_should(folder):
    run = parse(folder, *OTHERS, *many(0, MOST_PATCHES + 3, role="external"))
    assert [run.scene(name).patches.count for name in run.sheets[3:]] == [MOST_PATCHES, 3]


def test_named_sheets_hold_what_the_table_says(folder):
    run = parse(folder, "a,left,train,,f", "b,right,test,,f", "c,left,train,,f", "d,,,,f", "e,,,,f")
    assert patches_of(run) == {
        "left": ["a", "c"],
        "right": ["b"],
        "patches_0001": ["d"],
        "patches_0002": ["e"],
    }
    assert sorted(run.scene_roles.values()) == ["test", "train", "train", "validation"]


def test_names_of_sheets_claim_no_role_that_the_sheet_does_not_have(folder):
    run = parse(folder, *many(0, 60, role="train"), *many(60, 20, role="test"))
    assert {run.scene_roles[name] for name in run.sheets} == {"train", "validation", "test"}
    for name in run.sheets:
        stem = name.rsplit("_", 1)[0]
        assert stem in ("learning", run.scene_roles[name])
        assert (stem == "test") == (run.scene_roles[name] == "test")


def test_a_patch_without_a_role_renames_no_sheet_of_those_to_train_on(folder):
    train, more = many(0, 60, role="train"), many(60, 20)
    before, after = parse(folder, *train), parse(folder, *train, *more)
    assert set(before.sheets) < set(after.sheets)


def test_groups_are_not_parted_and_large_ones_are_told_to_the_split(folder):
    small = many(0, 200, group="s") + many(200, 50, group="t")
    large = many(300, MOST_PATCHES + 1, group="large")
    run = parse(folder, *small, *large, split={"folds": 3})
    names = {name: set(own) for name, own in patches_of(run).items()}
    for group in (range(200), range(200, 250)):
        assert sum(bool(own & {f"q{number}" for number in group}) for own in names.values()) == 1
    assert [scene.fields["group"] for scene in run.scenes].count("large") == 2
    assert (run.split.groups.by, run.split.groups.column) == ("scene", "group")


def test_a_group_on_a_named_sheet_is_one_with_its_other_patches(folder):
    """A sheet tells the split one group: a shared one would name the first group alone."""
    run = parse(folder, "a,left,,g,f", "b,,,f,f", "c,,,g,f", "d,,,e,f", split={"folds": 2})
    own = {patch: scene for scene, patches in patches_of(run).items() for patch in patches}
    assert [run.scene(own[patch]).fields["group"] for patch in "ac"] == ["g", "g"]
    assert own["c"] != own["b"]


def test_without_roles_whole_groups_are_dealt_by_their_patches(folder):
    rows = [row for group in range(40) for row in many(10 * group, 10, group=f"g{group}")]
    run = parse(folder, *rows, split={"validation": 0.2, "test": 0.2})
    counts = dict.fromkeys(("train", "validation", "test"), 0)
    for scene in run.scenes:
        counts[scene.role] += scene.patches.count
    assert counts == {"train": 240, "validation": 80, "test": 80}
    again = parse(folder, *rows, split={"validation": 0.2, "test": 0.2})
    assert again.scene_roles == run.scene_roles
    other = parse(folder, *rows, split={"validation": 0.2, "test": 0.2}, seed=2)
    assert other.scene_roles != run.scene_roles


def test_training_sheets_give_the_roles_that_are_lacking(folder):
    run = parse(folder, *many(0, 30, role="train"), *many(30, 5, role="test"))
    counts = dict.fromkeys(("train", "validation", "test"), 0)
    for scene in run.scenes:
        counts[scene.role] += scene.patches.count
    assert counts == {"train": 26, "validation": 4, "test": 5}


def test_three_sheets_are_one_of_each_role(folder):
    run = parse(folder, "a,x,,,f", "b,y,,,f", "c,z,,,f")
    assert sorted(run.scene_roles.values()) == ["test", "train", "validation"]
    with pytest.raises(UserError, match="cannot be dealt"):
        parse(folder, "a,x,,,f", "b,y,,,f")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["a,x,train,,f", "b,x,test,,f"], "several roles"),
        (["a,x,,g,f", "b,x,,h,f"], "several groups"),
        (["a,,train,g,f", "b,,,g,f", "c,,,h,f"], "some labelled patches of a group have a role"),
        (["a,,,,f", "a,,,,g"], "patches must have different names"),
        (["a/b,,,,f"], "no fit name"),
        (['a,,,,"f\ng"'], "line break"),
    ],
)
def test_tables_that_cannot_be_dealt_are_refused(folder, rows, told):
    with pytest.raises(UserError, match=told):
        parse(folder, *rows)


def test_detectors_and_polygons_of_groups_are_refused(folder):
    with pytest.raises(UserErrors, match=r"split.groups.by: polygon is set"):
        parse(folder, "a,,,,f", split={"groups": {"by": "polygon"}, "folds": 2})


def test_a_path_that_needs_a_column_too_many_says_so(folder):
    run = parse(folder, *OTHERS, label={"path": "{zone}/{scene}.tif"})
    with pytest.raises(UserError, match=r"placeholder \{zone\}"):
        run.sheet("x")


def test_the_resolved_configuration_keeps_its_own_rows(folder):
    run = parse(folder, *OTHERS, "u,x,train,,f")
    write_config(run, folder / "results/config.yaml")
    (folder / "data/patches.csv").write_text(HEAD, encoding="utf-8")
    again = load_config(folder / "results/config.yaml")
    assert patches_of(again) == {"x": ["t", "u"], "y": ["v"], "z": ["e"]}
    assert [scene.patches.rows for scene in again.scenes] == ["1-2", "3-3", "4-4"]
    sheet = again.sheet("x")
    assert dataclasses.replace(sheet, patches=()).align == run.align
