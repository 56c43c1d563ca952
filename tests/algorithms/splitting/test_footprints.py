"""Ground that scenes share."""

from __future__ import annotations

import re

import pytest

from rs_seg.algorithms.splitting.footprints import footprint, share_ground
from rs_seg.testing import grid_at
from rs_seg.values import Window
from rs_seg.values.grid import whole


def shared(**grids):
    footprints = {name: footprint(grid, [whole(grid)]) for name, grid in grids.items()}
    return [pair.to_error() for pair in share_ground(grids, footprints)]


def test_overlap_is_told_with_its_area_on_the_ground():
    (error,) = shared(east=grid_at(100, 100), west=grid_at(100, 100, left=500_150.0))
    assert "east and west" in str(error)
    area = float(re.search(r"([\d,]+) m2", str(error)).group(1).replace(",", ""))
    assert area == pytest.approx(50 * 200 / 0.9996**2, abs=1), (
        "a map metre on the central meridian of UTM is longer"
    )


def test_scenes_that_touch_do_not_overlap():
    assert not shared(
        a=grid_at(100, 100),
        b=grid_at(100, 100, left=500_200.0),
        c=grid_at(100, 100, top=5_399_800.0),
    )


def test_overlap_is_found_across_coordinate_systems():
    degrees = grid_at(100, 100, pixel=2e-5, left=9.0005, top=48.7525, crs="EPSG:4326")
    metres = grid_at(100, 100, left=500_000.0, top=5_400_000.0)
    assert shared(a=metres, b=degrees)
    assert not shared(
        a=metres, b=grid_at(100, 100, pixel=2e-5, left=9.1, top=48.7525, crs="EPSG:4326")
    )


def test_only_the_given_windows_count():
    left, right = grid_at(100, 100), grid_at(100, 100, left=500_100.0)
    half = Window(0, 0, 100, 50)
    footprints = {"a": footprint(left, [half]), "b": footprint(right, [whole(right)])}
    assert not share_ground({"a": left, "b": right}, footprints)


def test_a_share_is_of_the_ground_of_both_and_pairs_come_in_order():
    grids = {"a": grid_at(100, 100), "b": grid_at(100, 50), "c": grid_at(100, 100, left=500_100.0)}
    found = share_ground(
        grids, {name: footprint(grid, [whole(grid)]) for name, grid in grids.items()}
    )
    assert [(each.first, each.second) for each in found] == [("a", "b"), ("a", "c")]
    assert [each.share for each in found] == pytest.approx([1 / 2, 1 / 3])


def test_a_small_scene_is_found_inside_the_world():
    world = grid_at(180, 360, pixel=1.0, left=-180.0, top=90.0, crs="EPSG:4326")
    small = grid_at(100, 100)
    for grids in ({"world": world, "small": small}, {"small": small, "world": world}):
        (error,) = shared(**grids)
        area = float(re.search(r"([\d,]+) m2", str(error)).group(1).replace(",", ""))
        assert area == pytest.approx(200 * 200 / 0.9996**2, rel=1e-3)
