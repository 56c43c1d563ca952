"""Polygons with many holes: painted with the holes near a window, pixel for pixel as a whole."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from rasterio.features import rasterize
from shapely.affinity import rotate

from rs_seg.algorithms.labelling.rasterize import MANY_HOLES, PolygonCodes
from rs_seg.testing import grid_at, rotated_grid
from rs_seg.values import partition
from rs_seg.values.grid import Grid


def town(grid: Grid, *, degrees: float, parts: int) -> shapely.Geometry:
    """Roads around blocks, over a whole grid and beyond, in one or more parts."""
    left, bottom, right, top = grid.extent.boundingbox
    width, height = right - left, top - bottom
    xs, ys = np.arange(left, right, width / 14), np.arange(bottom, top, height / 14)
    blocks = [shapely.box(x + 1, y + 1, x + width / 20, y + height / 20) for x in xs for y in ys]
    ground = shapely.box(left - 30, bottom - 30, right + 30, top + 30)
    whole = rotate(ground.difference(shapely.union_all(blocks)), degrees, origin="centroid")
    if parts == 1:
        return whole
    middle = left + width / 2
    halves = [shapely.box(left - 999, bottom - 999, middle, top + 999)]
    halves.append(shapely.box(middle + 3, bottom - 999, right + 999, top + 999))
    return shapely.union_all([whole.intersection(half) for half in halves])


@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("degrees", [0.0, 17.0])
@pytest.mark.parametrize("grid", [grid_at(150, 130), rotated_grid(120, 150)], ids=["up", "turned"])
def test_every_window_is_painted_as_the_whole_polygon_paints_it(grid, degrees, parts):
    roads = town(grid, degrees=degrees, parts=parts)
    holes = sum(len(part.interiors) for part in shapely.get_parts(roads))
    assert holes > 2 * MANY_HOLES
    assert len(shapely.get_parts(roads)) == parts
    expected = rasterize(
        [(roads, 7)], out_shape=grid.shape, transform=grid.affine, fill=-1, dtype="int32"
    )
    assert (expected == 7).any()
    assert (expected == -1).any()
    painted = PolygonCodes(np.array([roads]), [7], grid, outside=None)
    for window in partition(*grid.shape, size=37):
        rows = slice(window.row, window.row_end)
        columns = slice(window.column, window.column_end)
        np.testing.assert_array_equal(painted.read(window), expected[rows, columns])
