"""Distances to training ground in metres, in any CRS, across scenes, on hand-computed places."""

from __future__ import annotations

import math

import numpy as np
import pytest
from affine import Affine
from pyproj import Geod, Transformer

from rs_seg.algorithms.splitting.distances import TrainingGround
from rs_seg.algorithms.splitting.learned import Learned
from rs_seg.testing import grid_at
from rs_seg.values import Window
from rs_seg.values.grid import Grid, ground_pixel_size

UTM = grid_at(400, 400)
"""Pixels of 2 m."""
TRAINED = Learned(
    UTM, {"train": [Window(0, 0, 100, 100)], "validation": [Window(390, 390, 10, 10)]}
)
RIGHT = {"rel": 1e-3}
"""Metres of the grid are 0.04 % longer than those on the ground."""


def test_distance_is_the_shortest_way_from_edge_to_edge_and_zero_where_areas_touch() -> None:
    beside, below, across = (
        Window(0, 130, 50, 50),
        Window(150, 20, 50, 50),
        Window(130, 140, 20, 20),
    )
    touching, overlapping = Window(100, 0, 50, 50), Window(50, 50, 100, 100)
    blocks = [[beside], [below], [across], [touching], [overlapping]]
    distances = TrainingGround([TRAINED]).measure(UTM, blocks)
    assert distances is not None
    assert distances.metres == pytest.approx((60, 100, 2 * math.hypot(30, 40), 0, 0), **RIGHT)
    assert distances.in_scene


def test_a_block_is_as_far_as_its_nearest_rectangle_and_validation_ground_does_not_count() -> None:
    distances = TrainingGround([TRAINED]).measure(
        UTM, [[Window(380, 380, 9, 9), Window(0, 150, 9, 9)]]
    )
    assert distances is not None
    assert distances.metres == pytest.approx((100,), **RIGHT)


@pytest.mark.parametrize("latitude", [0, 50, 80])
def test_in_degrees_distances_are_metres_on_the_ellipsoid(latitude: int) -> None:
    grid = Grid((300, 300), Affine(1e-4, 0, 10, 0, -1e-4, latitude), "EPSG:4326")
    ground = TrainingGround([Learned(grid, {"train": [Window(0, 0, 100, 100)]})])
    distances = ground.measure(grid, [[Window(0, 200, 100, 50)], [Window(200, 0, 50, 100)]])
    assert distances is not None
    geod = Geod(ellps="WGS84")
    _, _, east = geod.inv(10.01, latitude - 0.01, 10.02, latitude - 0.01)
    _, _, south = geod.inv(10.0, latitude - 0.01, 10.0, latitude - 0.02)
    assert distances.metres == pytest.approx((east, south), rel=1e-3)


def test_training_ground_of_another_scene_counts_and_is_told_from_that_of_the_scene() -> None:
    other = grid_at(100, 100, left=500_000 + 800 + 1000)
    ground = TrainingGround([TRAINED])
    distances = ground.measure(other, [[Window(0, 0, 100, 100)]])
    assert distances is not None
    assert distances.metres == pytest.approx((1800 - 200,), **RIGHT)
    assert not distances.in_scene
    neighbour = grid_at(100, 100, left=500_000 + 200)
    beside = ground.measure(neighbour, [[Window(0, 0, 100, 100)]])
    assert beside is not None
    assert (beside.metres, beside.in_scene) == ((0,), False), "a neighbour that only touches"


def test_the_same_ground_in_another_crs_is_as_far() -> None:
    to_degrees = Transformer.from_crs("EPSG:32632", "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(500_000 + 1000, 5_400_000)
    grid = Grid((100, 100), Affine(1e-5, 0, longitude, 0, -1e-5, latitude), "EPSG:4326")
    distances = TrainingGround([TRAINED]).measure(grid, [[Window(0, 0, 100, 100)]])
    assert distances is not None
    assert distances.metres[0] == pytest.approx(800, rel=2e-3)


def test_of_many_scenes_the_nearest_decides_and_the_far_ones_change_nothing() -> None:
    rng = np.random.default_rng(4)
    places = [(float(left), float(top)) for left, top in rng.uniform(-200_000, 200_000, (30, 2))]
    grids = [grid_at(50, 50, left=500_000 + left, top=5_400_000 + top) for left, top in places]
    everything = TrainingGround(
        [Learned(grid, {"train": [Window(10, 10, 5, 5)]}) for grid in grids]
    )
    distances = everything.measure(UTM, [[Window(0, 0, 20, 20)], [Window(380, 380, 20, 20)]])
    assert distances is not None
    alone = [TrainingGround([Learned(grid, {"train": [Window(10, 10, 5, 5)]})]) for grid in grids]
    measured = [
        one.measure(UTM, [[Window(0, 0, 20, 20)], [Window(380, 380, 20, 20)]]) for one in alone
    ]
    expected = np.min([one.metres for one in measured if one is not None], axis=0)
    assert distances.metres == pytest.approx(tuple(expected))


def test_long_edges_follow_their_parallel() -> None:
    """A strip 100 km long at 60 degrees north bends 340 m away from the line between its ends."""
    grid = Grid((40, 9000), Affine(2e-4, 0, 10, 0, -2e-4, 60), "EPSG:4326")
    ground = TrainingGround([Learned(grid, {"train": [Window(0, 0, 10, 9000)]})])
    distances = ground.measure(grid, [[Window(20, 4500, 5, 5)], [Window(20, 0, 5, 5)]])
    assert distances is not None
    assert distances.metres == pytest.approx([10 * 2e-4 * 111_412] * 2, rel=0.02)
    assert ground_pixel_size(grid) < 20


def test_blocks_off_the_earth_have_no_distance_and_the_others_keep_theirs() -> None:
    """A satellite 35,786 km above the equator sees a disk; the corners of its picture are sky."""
    seen = "+proj=geos +h=35785831 +lon_0=0 +ellps=WGS84 +units=m"
    grid = Grid((1200, 1200), Affine(10_000, 0, -6_000_000, 0, -10_000, 6_000_000), seen)
    ground = TrainingGround([Learned(grid, {"train": [Window(600, 600, 10, 10)]})])
    distances = ground.measure(grid, [[Window(0, 0, 50, 50)], [Window(600, 630, 10, 10)]])
    assert distances is not None
    assert distances.metres == (None, pytest.approx(200_000, rel=0.02))
    assert distances.in_scene
    corner = Grid((50, 50), grid.affine, seen)
    assert ground.measure(corner, [[Window(0, 0, 50, 50)]]) is None
    assert (
        TrainingGround([Learned(corner, {"train": [Window(0, 0, 9, 9)]})]).measure(
            UTM, [[Window(0, 0, 9, 9)]]
        )
        is None
    )


def test_where_nothing_was_trained_nothing_is_known() -> None:
    nowhere = Learned(UTM, {"train": [], "validation": [Window(0, 0, 9, 9)]})
    assert TrainingGround([nowhere]).measure(UTM, [[Window(0, 0, 9, 9)]]) is None
    assert TrainingGround([]).measure(UTM, [[Window(0, 0, 9, 9)]]) is None
