"""All scenes in one picture: in their places, in their shapes, the first on top."""

from __future__ import annotations

import re

import numpy as np
import shapely

from rs_seg.algorithms.reporting.overview import draw_outlines, paint_samples, plan_canvas
from rs_seg.testing import grid_at, rotated_grid
from rs_seg.values.grid import Grid, crs_of


def indices_of(grid: Grid, step: int) -> np.ndarray:
    """The class of a pixel says in which quarter of the scene it lies: 0 and 1 above 2 and 3."""
    rows, columns = np.mgrid[0 : grid.height, 0 : grid.width]
    return (2 * (rows >= grid.height // 2) + (columns >= grid.width // 2))[::step, ::step]


def test_a_scene_fills_its_place_and_keeps_its_directions() -> None:
    grid = grid_at(80, 120)
    canvas = plan_canvas([grid.extent.geom], crs_of(grid).to_wkt(), size=102)
    painted = paint_samples([(grid, indices_of(grid, 4), 4)], canvas)
    assert painted.shape == (canvas.height, canvas.width)
    assert canvas.width == 102
    height, width = painted.shape
    for row, column, quarter in (
        (0.25, 0.25, 0),
        (0.25, 0.75, 1),
        (0.75, 0.25, 2),
        (0.75, 0.75, 3),
    ):
        assert painted[int(row * height), int(column * width)] == quarter
    assert painted[0, 0] == -1
    assert abs((painted >= 0).sum() / painted.size - 1 / 1.02**2) < 0.03


def test_scenes_of_other_crs_are_where_their_outlines_are() -> None:
    grid = rotated_grid(60, 90)
    outline = shapely.segmentize(grid.extent.to_crs("EPSG:4326").geom, 1e-4)
    canvas = plan_canvas([outline], "EPSG:4326", size=200)
    painted = paint_samples([(grid, indices_of(grid, 1), 1)], canvas)
    rows, columns = np.mgrid[0 : canvas.height, 0 : canvas.width] + 0.5
    x, y = (
        canvas.to_world.a * columns + canvas.to_world.c,
        canvas.to_world.e * rows + canvas.to_world.f,
    )
    inside = shapely.contains_xy(outline, x, y)
    assert ((painted >= 0) != inside).mean() < 0.01


def test_the_first_scene_with_data_is_on_top() -> None:
    grid = grid_at(10, 10)
    canvas = plan_canvas([grid.extent.geom], crs_of(grid).to_wkt(), size=50)
    first = np.full((10, 10), 1)
    first[:5] = -1
    painted = paint_samples([(grid, first, 1), (grid, np.full((10, 10), 2), 1)], canvas)
    assert painted[12, 25] == 2
    assert painted[37, 25] == 1


def test_scenes_smaller_than_a_pixel_still_show() -> None:
    small, far = grid_at(2, 2), grid_at(2, 2, left=900_000.0)
    outlines = [grid.extent.geom for grid in (small, far)]
    canvas = plan_canvas(outlines, crs_of(small).to_wkt(), size=100)
    painted = paint_samples(
        [(grid, np.zeros((2, 2), dtype=np.int64), 1) for grid in (small, far)], canvas
    )
    assert painted.shape[0] >= 1
    drawing = draw_outlines({"finished": outlines[:1], "failed": outlines[1:]}, canvas)
    assert [len(re.findall("M", path)) for path in re.findall(r' d="([^"]*)"', drawing)] == [1, 1]


def test_outlines_are_drawn_with_the_points_that_can_be_seen() -> None:
    outline = shapely.segmentize(shapely.box(0, 0, 10, 10), 0.1)
    canvas = plan_canvas([outline], "EPSG:32632", size=1000)
    drawing = draw_outlines({"finished": [outline], "failed": []}, canvas)
    assert drawing.count("L") == 3
    assert "failed" not in drawing
