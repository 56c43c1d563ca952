"""Ground of different roles in different scenes that lies closer than the buffer."""

from __future__ import annotations

from typing import Any

import pytest

from rs_seg.algorithms.splitting.neighbours import NearGround, find_near_ground
from rs_seg.ground.leaks import describe_leaks
from rs_seg.testing import grid_at
from rs_seg.values import Window
from rs_seg.values.grid import PIXELS, Grid, whole
from rs_seg.values.pictures import picture_crs
from rs_seg.values.split import Split, SplitGrid

SIDE = 100
"""Pixels of 2 m."""


def at(left: float, **more: Any) -> Grid:
    return grid_at(SIDE, SIDE, left=500_000.0 + left, **more)


def find(buffer: int = 10, **scenes: tuple[str, Grid]) -> list[NearGround]:
    grids = {name: grid for name, (_, grid) in scenes.items()}
    areas = {name: {role: [whole(grid)]} for name, (role, grid) in scenes.items()}
    return find_near_ground(grids, areas, dict.fromkeys(scenes, buffer))


def test_scenes_that_touch_or_overlap_or_are_nearer_than_the_buffer_are_found() -> None:
    east = ("train", at(0))
    (touching,) = find(east=east, west=("test", at(200)))
    assert (touching.metres, touching.overlap) == (0, False)
    (over,) = find(east=east, west=("test", at(100)))
    assert (over.metres, over.overlap) == (0, True)
    (near,) = find(east=east, west=("test", at(212)))
    assert (near.first, near.first_role, near.second, near.second_role) == (
        *("east", "train"),
        *("west", "test"),
    )
    # a map metre of UTM is 1 / 0.9996 of one on the ground
    assert near.metres == pytest.approx(12 / 0.9996, abs=0.01)
    assert not find(east=east, west=("test", at(222)))
    assert find(12, east=east, west=("test", at(222)))


def test_equal_roles_and_two_test_sets_leak_nothing() -> None:
    assert not find(a=("train", at(0)), b=("train", at(200)))
    assert not find(a=("test", at(0)), b=("external", at(200)))
    assert find(a=("validation", at(0)), b=("external", at(200)))


def test_without_a_buffer_only_touching_ground_is_found() -> None:
    assert find(0, a=("train", at(0)), b=("test", at(200)))
    assert not find(0, a=("train", at(0)), b=("test", at(202)))


def test_only_the_areas_of_roles_count() -> None:
    grids = {"a": at(0), "b": at(200)}
    left = {"train": [Window(0, 0, SIDE, 50)]}
    assert not find_near_ground(grids, {"a": left, "b": {"test": [whole(at(0))]}}, {"a": 10})


def test_scenes_of_several_coordinate_systems_are_compared_on_the_ground() -> None:
    degrees = grid_at(100, 100, pixel=2e-5, left=9.0005, top=48.7525, crs="EPSG:4326")
    far = grid_at(100, 100, pixel=2e-5, left=9.1, top=48.7525, crs="EPSG:4326")
    (pair,) = find(a=("train", at(0, top=5_400_000.0)), b=("test", degrees), c=("test", far))
    assert (pair.first, pair.second, pair.overlap) == ("a", "b", True)


def test_pictures_without_a_place_are_passed_over() -> None:
    picture = Grid((10, 10), PIXELS, picture_crs("street"))
    assert not find(a=("train", picture), b=("test", picture))


def make_split(*lefts: float, **more: Any) -> Split:
    roles = ("train", "test", "validation")
    names = [f"chip {number}" for number in range(len(lefts))]
    areas = {name: {roles[number % 3]: [[0, 0, SIDE, SIDE]]} for number, name in enumerate(names)}
    grids = {name: SplitGrid.of(at(left)) for name, left in zip(names, lefts, strict=True)}
    return Split.model_validate({"areas": areas, "grids": grids, "buffer": 10, **more})


def test_of_scenes_without_a_place_it_is_said_that_nothing_was_measured() -> None:
    alone, both = make_split(0), make_split(0, 210)
    names = list(both.grids or {})
    nowhere = {name: SplitGrid.of(Grid((SIDE, SIDE), PIXELS, picture_crs(name))) for name in names}
    (told,) = describe_leaks(both.model_copy(update={"grids": nowhere}), None)
    assert "it is not known whether some show the same ground" in told
    assert describe_leaks(alone.model_copy(update={"grids": nowhere}), None) == ()


def test_each_way_of_leaking_is_one_sentence_with_its_nearest_example() -> None:
    (told,) = describe_leaks(make_split(0, 210, 421), None)
    assert told.startswith("Areas of different roles in 2 pairs of scenes are closer together")
    assert "such as chip 0 (train) and chip 1 (test), 10 m apart" in told
    known, same = describe_leaks(make_split(0, 100), "Chips of one photograph.")
    assert known == "Known of this split: Chips of one photograph."
    assert "1 pair of scenes lie on the same ground: chip 0 (train) and chip 1 (test)." in same


def test_a_split_without_places_and_a_random_one_are_not_measured() -> None:
    assert describe_leaks(make_split(0, 200).model_copy(update={"grids": None}), None) == ()
    assert describe_leaks(make_split(0, 200, random=True), None) == ()
    assert describe_leaks(make_split(0, 900), None) == ()
