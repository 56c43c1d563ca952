"""One grid for scenes of a CRS: every scene in one frame, on whole pixels, near where it lies."""

from __future__ import annotations

import math

import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.refining.frames import plan_frames
from rs_seg.testing import grid_at, rotated_grid
from rs_seg.values import Window
from rs_seg.values.grid import Grid, equal

PLACES = st.floats(-500, 500).map(lambda value: round(value, 3))
SCENES = st.lists(
    st.builds(
        lambda height, width, left, top, pixel: grid_at(
            height, width, pixel=pixel, left=500_000 + left, top=5_400_000 + top
        ),
        st.integers(1, 40),
        st.integers(1, 40),
        PLACES,
        PLACES,
        st.sampled_from([1.0, 2.0, 2.5, 10.0]),
    ),
    min_size=1,
    max_size=6,
)


@given(SCENES)
def test_scenes_lie_within_half_a_pixel_of_where_they_are(grids: list[Grid]) -> None:
    (frame,) = plan_frames(grids)
    assert [each.scene for each in frame.placements] == list(range(len(grids)))
    finest = min(grid.affine.a for grid in grids)
    assert (frame.grid.affine.a, frame.grid.affine.e) == (finest, -finest)
    for each, grid in zip(frame.placements, grids, strict=True):
        place = each.window
        if grid.affine.a == finest:
            assert (place.height, place.width) == grid.shape
        for there, own in (
            ((place.column, place.row), (0, 0)),
            ((place.column_end, place.row_end), (grid.width, grid.height)),
        ):
            x, y = ~frame.grid.affine * (grid.affine * own)
            # a scene smaller than half a pixel still fills one
            assert max(abs(x - there[0]), abs(y - there[1])) <= 0.5 + 1e-6


@given(SCENES)
def test_a_frame_is_no_larger_than_its_scenes(grids: list[Grid]) -> None:
    (frame,) = plan_frames(grids)
    places = [each.window for each in frame.placements]
    assert min(each.row for each in places) == min(each.column for each in places) == 0
    assert max(each.row_end for each in places) == frame.grid.height
    assert max(each.column_end for each in places) == frame.grid.width


def test_the_frame_of_a_scene_is_its_grid() -> None:
    for grid in (grid_at(7, 9), rotated_grid(20, 30), grid_at(5, 5, pixel=0.1, left=0.3)):
        (frame,) = plan_frames([grid])
        assert equal(frame.grid, grid, tolerance=0)
        assert frame.placements[0].window == Window(0, 0, grid.height, grid.width)


def test_scenes_on_one_lattice_keep_it_exactly() -> None:
    grids = [grid_at(10, 10), grid_at(4, 6, left=500_100.0, top=5_400_050.0)]
    (frame,) = plan_frames(grids)
    assert [each.window for each in frame.placements] == [
        Window(25, 0, 10, 10),
        Window(0, 50, 4, 6),
    ]
    assert frame.grid.affine == Affine(2, 0, 500_000, 0, -2, 5_400_050)


def test_each_crs_and_each_direction_has_a_frame() -> None:
    flipped = Grid((10, 10), Affine(2, 0, 500_000, 0, 2, 5_400_000), "EPSG:32632")
    other = grid_at(10, 10, crs="EPSG:32633")
    grids = [
        grid_at(10, 10),
        other,
        rotated_grid(10, 10),
        flipped,
        grid_at(10, 10, left=600_000.0),
        other,
    ]
    assert [[each.scene for each in frame.placements] for frame in plan_frames(grids)] == [
        [0, 4],
        [1, 5],
        [2],
        [3],
    ]


def test_pixels_that_are_small_in_one_direction_only_make_a_frame_small_in_both() -> None:
    grids = [
        Grid((10, 10), Affine(width, 0, 0, 0, -height, 0), "EPSG:32632")
        for width, height in ((4.0, 1.0), (1.0, 4.0))
    ]
    (frame,) = plan_frames(grids)
    assert (frame.grid.affine.a, frame.grid.affine.e) == (1.0, -1.0)
    assert [each.window for each in frame.placements] == [
        Window(0, 0, 10, 40),
        Window(0, 0, 40, 10),
    ]


def test_tens_of_thousands_of_pixels_away_places_are_exact() -> None:
    far = grid_at(10, 10, pixel=0.1, left=500_000 + 0.1 * 12_345_678)
    (frame,) = plan_frames([grid_at(10, 10, pixel=0.1), far])
    assert frame.placements[1].window.column == 12_345_678
    assert math.isclose(frame.grid.affine.a, 0.1)
    assert pytest.approx(frame.grid.width) == 12_345_688
