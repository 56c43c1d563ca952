"""split by groups: polygons and scenes are tested whole, once, and not trained on nearby."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter

from rs_seg.algorithms.splitting.areas import rectangles_by_block, rectangles_of
from rs_seg.config import Learners, SplitConfig
from rs_seg.errors import UserError
from rs_seg.ground.areas import read_split
from rs_seg.stages.split import groups as ground_groups
from rs_seg.stages.split import split
from rs_seg.testing import TOY_CLASSES, grid_at, write_polygons, write_reference
from rs_seg.values import Scene, Window
from rs_seg.values.split import Split

FORESTS = Learners(trains=True, selects=True, looks_at_windows=False, window=None, reach=0)
NETWORKS = Learners(trains=True, selects=True, looks_at_windows=True, window=32, reach=0)
GRID = grid_at(160, 200)


@dataclass
class Ground:
    """Boxes of polygons (row, column, height, width), each with group and class, on one scene."""

    folder: Path
    boxes: list[tuple[int, int, int, int]]
    groups: list[str | None]
    codes: list[int]
    scene: Scene = field(default_factory=lambda: Scene(name="nord"))
    top: float = 5_400_000.0
    pixels: np.ndarray = field(init=False)
    """The number of the polygon of each pixel, -1 elsewhere: later ones lie on top."""

    def __post_init__(self) -> None:
        self.grid = grid_at(*GRID.shape, top=self.top)
        self.pixels = np.full(GRID.shape, -1)
        labels = np.full(GRID.shape, TOY_CLASSES.nodata, dtype=np.uint8)
        shapes = []
        for number, (row, column, height, width) in enumerate(self.boxes):
            self.pixels[row : row + height, column : column + width] = number
            labels[row : row + height, column : column + width] = self.codes[number]
            corners = [
                self.grid.affine * corner
                for corner in ((column, row), (column + width, row + height))
            ]
            shapes.append(shapely.box(*corners[0], *corners[1]))
        self.reference = write_reference(self.folder / f"{self.scene.name}.tif", self.grid, labels)
        self.polygons = write_polygons(
            self.folder / f"{self.scene.name}.gpkg",
            shapely.normalize(shapes),
            columns={"field": self.groups},
        )


def run(grounds: list[Ground], fold: int, *, learners: Learners = FORESTS, **options: Any) -> Split:
    groups = {
        "by": "polygon",
        "column": "field",
        "path": "labels.gpkg",
        **options.pop("groups", {}),
    }
    groups = {
        key: value for key, value in groups.items() if groups["by"] == "polygon" or key != "path"
    }
    config = SplitConfig(
        **{"candidates": 30, "folds": 3, "test": 1 / 3, "groups": groups, **options}
    )
    folder, scenes = grounds[0].folder, tuple(each.scene for each in grounds)
    roles = {scene.name: scene.role for scene in scenes if scene.role}
    files = {
        "references": [each.reference for each in grounds],
        "areas": [each.polygons for each in grounds] if groups["by"] == "polygon" else [],
    }
    written = {"blocks": folder / f"blocks{fold}.gpkg", "split": folder / f"split{fold}.json"}
    split(config, learners, TOY_CLASSES, scenes, roles, {}, 1, fold, (), **files, **written)
    return read_split(written["split"])


def mask_of(plan: Split, role: str, scene: str = "nord") -> np.ndarray:
    mask = np.zeros(GRID.shape, dtype=bool)
    for window in rectangles_of(plan, scene, role):
        mask[window.slices] = True
    return mask


@st.composite
def polygons(draw):
    number = draw(st.integers(6, 14))
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    starts, sizes = (
        random.integers(0, (130, 170), size=(number, 2)),
        random.integers(3, 30, size=(number, 2)),
    )
    starts[:6] = [(80 * row, 70 * column) for row in range(2) for column in range(3)]
    sizes[:6] = 20
    boxes = [(*start, *size) for start, size in zip(starts.tolist(), sizes.tolist(), strict=True)]
    groups = [f"field {random.integers(6)}" for _ in boxes]
    groups[:6] = [f"field {index}" for index in range(6)]
    return (
        boxes,
        groups,
        random.choice([1, 4, 7], size=number).tolist(),
        draw(st.sampled_from([0, 3])),
    )


@settings(max_examples=8, deadline=None)
@given(polygons())
def test_a_group_is_tested_once_whole_and_nothing_near_it_is_trained_on(case):
    boxes, groups, codes, buffer = (
        case  # the first six lie apart and are of six groups, so that folds have ground
    )
    boxes, groups, codes = boxes[::-1], groups[::-1], codes[::-1]
    with TemporaryDirectory() as folder:
        ground = Ground(Path(folder), boxes, groups, codes)
        tested = np.zeros(GRID.shape, dtype=int)
        members = {
            name: np.isin(ground.pixels, [i for i, own in enumerate(groups) if own == name])
            for name in groups
        }
        members = {name: mask for name, mask in members.items() if mask.any()}
        for fold in (1, 2, 3):
            plan = run([ground], fold, buffer=buffer)
            train, validation, test = (
                mask_of(plan, role) for role in ("train", "validation", "test")
            )
            tested += test
            for name, mask in members.items():
                held = [bool((mask & own).any()) for own in (train, validation, test)]
                assert sum(held) <= 1, f"{name} has several roles"
                assert not held[2] or (mask & test).sum() == mask.sum(), f"{name} is tested in part"
            near = maximum_filter(test, size=2 * buffer + 1) if buffer else test
            assert not (near & (train | validation)).any()
        assert np.array_equal(tested == 1, ground.pixels >= 0)
        assert tested.max() == 1


@pytest.fixture
def ground(tmp_path):
    """Nine fields of three classes; two polygons are one field, and one has no name."""
    boxes = [(50 * row + 2, 60 * column + 2, 20, 20) for row in range(3) for column in range(3)]
    boxes += [(30, 2, 10, 10), (150, 180, 8, 8)]
    groups = [f"field {index}" for index in range(9)] + ["field 0", None]
    return Ground(tmp_path, boxes, groups, [1, 4, 7] * 3 + [1, 1])


def test_the_groups_are_written_with_the_fold_that_tests_them(ground, caplog):
    plans = [run([ground], fold) for fold in (1, 2, 3)]
    folds = [{each.name: each.fold for each in plan.groups["nord"]} for plan in plans]
    assert folds[0] == folds[1] == folds[2]
    assert set(folds[0]) == {f"field {index}" for index in range(9)}
    for fold, plan in enumerate(plans, 1):
        assert (plan.fold, plan.folds) == (fold, 3)
        assert all((each.role == "test") == (each.fold == fold) for each in plan.groups["nord"])
        assert {name for name, pixels in plan.class_pixels["train"].items() if pixels} == set(
            TOY_CLASSES.names
        )
        assert sum(plan.class_pixels["validation"].values()) > 0
        layer = geopandas.read_file(ground.folder / f"blocks{fold}.gpkg", layer="groups")
        assert dict(zip(layer["group"], layer["fold"], strict=True)) == folds[0]
        assert layer.set_index("group").area["field 0"] == pytest.approx(
            500 * abs(ground.grid.affine.determinant)
        )
    assert "1 polygons have no value in 'field' and are not used" in caplog.text


def test_a_group_stands_for_a_block_where_figures_are_counted(ground):
    plan = run([ground], 1)
    tested = [each for each in plan.groups["nord"] if each.role == "test"]
    parts = rectangles_by_block(plan, "nord", "test")
    assert list(parts) == [min(each.rectangles) for each in tested]
    assert (
        sum(part.height * part.width for own in parts.values() for part in own)
        == mask_of(plan, "test").sum()
    )


def test_ground_that_was_added_by_hand_outside_all_groups_is_counted_too(ground):
    plan = run([ground], 1)
    plan.areas["nord"]["test"] += (Window(150, 100, 5, 5),)
    parts = rectangles_by_block(plan, "nord", "test")
    assert parts[Window(150, 100, 5, 5)] == [Window(150, 100, 5, 5)]


def test_without_a_column_each_polygon_is_a_group(ground):
    plan = run([ground], 2, groups={"column": None})
    assert [each.name for each in plan.groups["nord"]] == [
        f"nord.gpkg {number}" for number in range(1, 12)
    ]


def test_training_windows_of_networks_fit_around_small_polygons(ground):
    plan = run([ground], 1, learners=NETWORKS, buffer=24)
    assert plan.window == 32
    train, test = mask_of(plan, "train"), mask_of(plan, "test")
    assert train.sum() > (ground.pixels >= 0).sum(), "with the ground around them"
    assert not (maximum_filter(test, size=49) & train).any()


def test_many_pixels_are_taken_in_squares_that_lie_in_one_group(ground, monkeypatch):
    monkeypatch.setattr(ground_groups, "MOST_PIXELS", int((ground.pixels >= 0).sum()) // 4)
    plan = run([ground], 1)
    held = sum(mask_of(plan, role) for role in ("train", "validation", "test"))
    assert held.max() == 1
    first = next(each for each in plan.groups["nord"] if each.name == "field 4")
    assert first.rectangles == (Window(52, 62, 20, 20),), "squares of two pixels"
    second = next(each for each in plan.groups["nord"] if each.name == "field 0")
    assert second.rectangles == (Window(2, 2, 20, 20), Window(30, 2, 10, 10))


def towns(
    folder: Path, *, roles: tuple[str | None, ...] = (None, None, None, None)
) -> list[Ground]:
    boxes = [(40 * row, 40 * column, 30, 30) for row in range(4) for column in range(5)]
    codes = ([1, 4, 7] * 7)[:20]
    return [
        Ground(
            folder,
            boxes,
            ["a"] * 20,
            codes,
            Scene(name=f"s{number}", role=role, fields={"town": f"t{number // 2}"}),
            top=5_400_000.0 - 10_000 * number,
        )
        for number, role in enumerate(roles)
    ]  # fmt: skip


def test_scenes_are_tested_whole_and_blocks_of_the_others_validate(tmp_path):
    grounds = towns(tmp_path)
    for fold in (1, 2):
        plan = run(
            grounds,
            fold,
            folds=2,
            test=0.5,
            groups={"by": "scene", "column": "town"},
            block_size=32,
            buffer=0,
        )
        roles = {
            each.scene.name: {role for role, own in plan.areas[each.scene.name].items() if own}
            for each in grounds
        }
        tested = {name for name, own in roles.items() if own == {"test"}}
        assert tested in ({"s0", "s1"}, {"s2", "s3"}), "scenes of one town are tested together"
        assert set.union(*(own for name, own in roles.items() if name not in tested)) == {
            "train",
            "validation",
        }
        assert {block.fold == fold for block in plan.blocks if block.role == "test"} == {True}


def test_scenes_with_a_role_keep_it_and_have_no_group(tmp_path):
    grounds = towns(tmp_path, roles=(None, None, None, "external"))
    plan = run(grounds, 1, groups={"by": "scene", "column": None}, buffer=0)
    assert plan.test_sets == ("external",)
    assert not plan.areas["s3"]["test"]
    assert sum(bool(plan.areas[f"s{number}"]["test"]) for number in range(3)) == 1


def test_a_scene_without_labels_in_any_group_is_refused(tmp_path):
    ground = Ground(
        tmp_path, [(0, 0, 20, 20), (40, 40, 20, 20), (80, 80, 20, 20)], ["a", "b", "c"], [0, 0, 0]
    )
    with pytest.raises(UserError, match="scene nord: no group of a scene has labelled pixels"):
        run([ground], 1)


def test_more_folds_than_groups_are_refused(ground):
    with pytest.raises(UserError, match=r"fewer groups than folds.*9 groups.*at least 12"):
        run([ground], 1, folds=12, test=1 / 12)


def test_the_same_seed_writes_the_same_bytes(ground):
    written = [ground.folder / name for name in ("split1.json", "blocks1.gpkg")]
    run([ground], 1)
    first = [path.read_bytes() for path in written]
    run([ground], 1)
    assert [path.read_bytes() for path in written] == first
