"""Scenes on a plane of tiles."""

from __future__ import annotations

from rs_seg.values.tile_plane import ScenePlace, TilePlane
from rs_seg.values.window import Window


def test_a_pixel_is_twice_as_wide_with_each_zoom_less() -> None:
    plane = TilePlane("EPSG:32632", 500_000, 5_400_000, 0.25, finest=9)
    assert [plane.pixel_at(zoom) for zoom in (9, 8, 6)] == [0.25, 0.5, 2.0]
    grid = plane.grid(8, Window(10, 20, 3, 4))
    assert grid.shape == (3, 4)
    assert tuple(grid.affine)[:6] == (0.5, 0, 500_010, 0, -0.5, 5_399_995)


def test_a_scene_keeps_half_empty_pixels_at_smaller_zooms() -> None:
    place = ScenePlace(5, Window(3, 4, 6, 1))
    assert place.at(5) == place.window
    assert place.at(4) == Window(1, 2, 4, 1)
    assert place.at(3) == Window(0, 1, 3, 1)


def test_the_coarsest_zoom_shows_a_scene_in_the_size_of_a_tile() -> None:
    assert ScenePlace(9, Window(0, 0, 512, 100)).coarsest == 9
    assert ScenePlace(9, Window(0, 0, 513, 100)).coarsest == 8
    assert ScenePlace(9, Window(0, 0, 100, 5000)).coarsest == 5
    assert ScenePlace(1, Window(0, 0, 100, 5000)).coarsest == 0
