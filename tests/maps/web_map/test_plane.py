"""The plane of a map for a browser."""

from __future__ import annotations

import numpy as np
from affine import Affine
from pyproj import Transformer

from rs_seg.maps.web_map.plane import plan_plane
from rs_seg.values.grid import Grid
from rs_seg.values.window import Window


def make_grid(
    left: float, top: float, side: float = 0.5, crs: str = "EPSG:32632", size: int = 600
) -> Grid:
    return Grid((size, size), Affine(side, 0, left, 0, -side, top), crs)


def test_a_scene_alone_keeps_its_pixels_and_begins_a_tile() -> None:
    grid = make_grid(600_000.25, 5_300_000)
    plane, places = plan_plane({"a": grid})
    assert places["a"].window == Window(0, 0, 600, 600)
    assert plane.grid(places["a"].zoom, places["a"].window) == grid
    assert plane.finest == 2, "600 pixels are 150 at the least zoom"


def test_scenes_on_one_lattice_keep_their_pixels() -> None:
    grids = {"a": make_grid(600_000, 5_300_000), "b": make_grid(599_000, 5_300_300.5)}
    plane, places = plan_plane(grids)
    for scene, grid in grids.items():
        assert plane.grid(places[scene].zoom, places[scene].window) == grid
    assert min(place.window.row for place in places.values()) == 0
    assert min(place.window.column for place in places.values()) == 0


def test_a_coarser_scene_has_a_smaller_zoom_and_no_coarser_pixels() -> None:
    grids = {"fine": make_grid(600_000, 5_300_000), "coarse": make_grid(600_400, 5_300_000, 3.0)}
    plane, places = plan_plane(grids)
    assert plane.pixel == 0.5
    assert plane.pixel_at(places["coarse"].zoom) == 2.0
    assert places["coarse"].window.width == 900


def test_degrees_and_scenes_of_several_crs_are_put_in_web_mercator() -> None:
    degrees = make_grid(9.0, 48.0, 1e-5, "EPSG:4326")
    for grids in ({"a": degrees}, {"a": degrees, "b": make_grid(600_000, 5_300_000)}):
        plane, places = plan_plane(grids)
        assert plane.crs == "EPSG:3857"
        for scene, grid in grids.items():
            box = plane.grid(places[scene].zoom, places[scene].window).extent
            own = grid.extent.to_crs("EPSG:3857")
            pixel = plane.pixel_at(places[scene].zoom)
            assert box.geom.buffer(pixel).covers(own.geom)
            assert box.geom.area < own.geom.area * 1.1


def test_a_turned_scene_lies_inside_its_place() -> None:
    turned = Affine.translation(600_000, 5_300_000) * Affine.rotation(33) * Affine.scale(0.5, -0.5)
    grid = Grid((400, 300), turned, "EPSG:32632")
    plane, places = plan_plane({"a": grid})
    np.testing.assert_allclose(plane.pixel, 0.5)
    box = plane.grid(places["a"].zoom, places["a"].window).extent
    assert box.geom.buffer(0.5).covers(grid.extent.geom)


def test_far_places_in_the_same_crs_stay_where_they_are() -> None:
    grids = {"a": make_grid(300_000, 5_000_000), "b": make_grid(700_000, 5_900_000)}
    plane, places = plan_plane(grids)
    box = plane.grid(places["b"].zoom, places["b"].window).extent.boundingbox
    assert (box.left, box.top) == (700_000, 5_900_000)
    assert Transformer.from_crs(plane.crs, "EPSG:32632").transform(box.left, box.top)[0] == 700_000
