"""What of a label file is an object."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rs_seg.algorithms.labelling.outlining import (
    DrawnObjects,
    find_groups,
    judge_objects,
    trace_objects,
)
from rs_seg.testing import rotated_grid

GRID = rotated_grid(60, 80)


def all_valid(window):
    return np.ones((window.height, window.width), dtype=bool)


def test_groups_are_marked_by_anything_but_nothing_and_no():
    marks = [1, 0, "0", "", None, float("nan"), "no", "False", False, True, "yes", 2.0]
    assert find_groups(marks).tolist() == [True, *[False] * 8, True, True, True]


def test_traced_objects_are_their_pixels_on_a_turned_grid():
    codes = np.full((60, 80), -1, dtype=np.int32)
    codes[10:20, 30:40] = 3
    codes[12:15, 32:34] = -1
    codes[40:43, 0:5] = 9
    traced = trace_objects(codes, GRID)
    assert traced.codes.tolist() == [3, 9]
    pixel = abs(GRID.affine.determinant)
    assert shapely.area(traced.shapes) / pixel == pytest.approx([100 - 6, 15])
    x, y = GRID.affine * (35.5, 12.5)
    assert shapely.contains_xy(traced.shapes, x, y).tolist() == [True, False]


def test_the_first_of_several_reasons_is_told():
    to_map = GRID.affine
    boxes = [shapely.box(-9, 5, 1, 6), shapely.box(-9, 15, 1, 16), shapely.box(9, 9, 10, 10)]
    shapes = shapely.transform(boxes, lambda xy: np.column_stack(to_map * tuple(xy.T)))
    objects = DrawnObjects(shapes, np.ones(3, dtype=np.int64), np.array([True, False, False]))
    judged = judge_objects(objects, GRID, all_valid, smallest=1000, visible=0.5)
    assert judged.ignored.tolist() == ["group", "cut", "small"]
    assert judged.count({1: "tree"}) == ({"tree": 0}, {"group": 1, "cut": 1, "small": 1})
