"""Ground that scenes share."""

from __future__ import annotations

import re

import pytest

from rs_seg.algorithms.splitting.footprints import find_shared_ground, footprint
from rs_seg.testing import grid_at
from rs_seg.values import Window
from rs_seg.values.grid import whole


def shared(**grids):
    return find_shared_ground(grids, {name: footprint(grid, [whole(grid)]) for name, grid in grids.items()})


def test_overlap_is_told_with_its_area_on_the_ground():
    (error,) = shared(east=grid_at(100, 100), west=grid_at(100, 100, left=500_150.0))
    assert "east and west" in str(error)
    area = float(re.search(r"([\d,]+) m2", str(error)).group(1).replace(",", ""))
    assert area == pytest.approx(50 * 200 / 0.9996**2, abs=1), "a map metre on the central meridian of UTM is longer"


def test_scenes_that_touch_do_not_overlap():
    assert not shared(a=grid_at(100, 100), b=grid_at(100, 100, left=500_200.0), c=grid_at(100, 100, top=5_399_800.0))


def test_overlap_is_found_across_coordinate_systems():
    degrees = grid_at(100, 100, pixel=2e-5, left=9.0005, top=48.7525, crs="EPSG:4326")
    metres = grid_at(100, 100, left=500_000.0, top=5_400_000.0)
    assert shared(a=metres, b=degrees)
    assert not shared(a=metres, b=grid_at(100, 100, pixel=2e-5, left=9.1, top=48.7525, crs="EPSG:4326"))


def test_only_the_given_windows_count():
    left, right = grid_at(100, 100), grid_at(100, 100, left=500_100.0)
    half = Window(0, 0, 100, 50)
    footprints = {"a": footprint(left, [half]), "b": footprint(right, [whole(right)])}
    assert not find_shared_ground({"a": left, "b": right}, footprints)
