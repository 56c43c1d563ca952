"""What is measured on pictures without a place: pixels, and no ground in common with another."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rs_seg.algorithms.labelling.ground_area import ground_areas
from rs_seg.algorithms.objects.ground_plane import GroundPlanes
from rs_seg.algorithms.refining.frames import plan_frames
from rs_seg.algorithms.sampling.ground import PixelGround
from rs_seg.algorithms.sampling.spheres import enclose
from rs_seg.algorithms.splitting.distances import TrainingGround
from rs_seg.algorithms.splitting.footprints import footprint, share_ground
from rs_seg.algorithms.splitting.learned import Learned, place_ground
from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.ground import arc_areas, arc_lengths, measure_ground
from rs_seg.algorithms.vectorizing.mosaic import plan_mosaics
from rs_seg.testing import grid_at, picture_grid
from rs_seg.values import Window
from rs_seg.values.grid import whole

ONE, OTHER = picture_grid(60, 90, scene="one"), picture_grid(60, 90, scene="other")


def test_areas_and_lengths_are_in_pixels() -> None:
    ring = np.array([[10, 5], [10, 35], [50, 35], [50, 5], [10, 5]], dtype=float)
    arcs = Arcs(ring, np.array([0, 5]), np.array([[1, 0]]))
    ground = measure_ground(ONE)
    assert abs(arc_areas(arcs, ground)[0]) == pytest.approx(30 * 40, rel=1e-12)
    assert arc_lengths(arcs, ground)[0] == pytest.approx(140, rel=1e-12)
    assert ground_areas(np.array([shapely.box(1, 2, 4, 8)]), ONE).tolist() == [18]
    pixels = PixelGround(ONE)
    window = Window(3, 4, 5, 6)
    assert [pixels.areas(window).tolist(), pixels.heights(window).tolist()] == [[1.0] * 5] * 2
    square = np.array([shapely.box(10, 10, 14, 16)])
    moved = GroundPlanes(ONE, np.array([[12.0, 13.0]])).to_ground(square)
    assert shapely.bounds(moved).tolist() == [[-2, -3, 2, 3]]


def test_two_pictures_share_no_ground_though_both_begin_at_zero() -> None:
    grids = {"one": ONE, "other": OTHER}
    footprints = {name: footprint(grid, [whole(grid)]) for name, grid in grids.items()}
    assert share_ground(grids, footprints) == []
    assert len(plan_mosaics([ONE, OTHER])) == 2
    assert len(plan_frames([ONE, OTHER])) == 2
    assert enclose([ONE, OTHER]).meeting(1) == []


def test_ground_learnt_on_a_picture_is_found_on_it_alone() -> None:
    learned = [Learned(ONE, {"train": [Window(0, 0, 20, 30)]})]
    assert (place_ground(learned, ONE).mark(whole(ONE)) > 0).sum() == 600
    assert not place_ground(learned, OTHER).mark(whole(OTHER)).any()
    assert not place_ground(learned, grid_at(60, 90)).mark(whole(ONE)).any()


def test_distances_are_in_pixels_and_unknown_to_other_pictures() -> None:
    ground = TrainingGround([Learned(ONE, {"train": [Window(0, 0, 20, 30)]})])
    own = ground.measure(ONE, [[Window(0, 42, 10, 10)], [Window(20, 0, 10, 10)]])
    assert own is not None
    assert (own.metres, own.in_scene) == ((12.0, 0.0), True)
    other = ground.measure(OTHER, [[Window(0, 42, 10, 10)]])
    assert other is not None
    assert (other.metres, other.in_scene) == ((None,), False)
    assert TrainingGround([]).measure(ONE, [[Window(0, 0, 5, 5)]]) is None
    placed = TrainingGround([Learned(grid_at(60, 90), {"train": [Window(0, 0, 20, 30)]})])
    assert placed.measure(ONE, [[Window(0, 0, 5, 5)]]) is None
