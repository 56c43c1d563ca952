"""Objects over imagery: the part that is shown, outlines, and chips around boxes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rs_seg.algorithms.reporting.object_pictures import (
    CHIP,
    COLORS,
    CROP,
    choose_window,
    draw_chip,
    draw_objects,
    plan_chip,
)
from rs_seg.values import Window


def test_small_scenes_are_shown_whole():
    nothing = np.empty((0, 2))
    assert choose_window(nothing, height=300, width=CROP) == Window(0, 0, 300, CROP)


def test_of_large_scenes_the_part_with_most_objects_is_shown():
    points = np.array([[100, 100], [2900, 1600], [2950, 1700], [2999, 1999]])
    window = choose_window(points, height=2000, width=3000)
    assert window == Window(2000 - CROP, 3000 - CROP, CROP, CROP)
    assert choose_window(np.empty((0, 2)), height=2000, width=3000) == Window(0, 0, CROP, CROP)


def test_outlines_that_miss_the_window_are_left_out():
    shapes = np.asarray(shapely.box([10, 500], [20, 500], [30, 520], [40, 520]), dtype=object)
    drawing = draw_objects({"right": shapes, "false": shapes[:0]}, Window(0, 0, 100, 100))
    assert drawing.count("<path") == 1
    assert 'viewBox="0 0 100 100"' in drawing
    assert drawing.count("z") == 1


def test_all_parts_of_an_outline_are_drawn():
    parts = shapely.MultiPolygon([shapely.box(0, 0, 5, 5), shapely.box(10, 0, 15, 5)])
    shapes = np.array([parts, shapely.LineString([(0, 0), (1, 1)])], dtype=object)
    assert draw_objects({"missed": shapes}, Window(0, 0, 50, 50)).count("z") == 2


@pytest.mark.parametrize("box", [(0, 0, 5, 5), (190, 90, 200, 100), (50, 20, 150, 80)])
def test_a_chip_is_a_square_inside_the_scene_around_its_box(box):
    window = plan_chip(box, height=100, width=200)
    assert window.height == window.width
    assert window.row >= 0
    assert window.column >= 0
    assert window.row_end <= 100
    assert window.column_end <= 200
    assert window.column <= box[0]
    assert window.row <= box[1]


def test_the_box_of_an_error_is_drawn_on_its_chip():
    picture = np.full((48, 48, 4), 255, dtype=np.uint8)
    chip = draw_chip(picture, (22.0, 12.0, 34.0, 24.0), Window(0, 10, 48, 48), "missed")
    assert chip.shape == (CHIP, CHIP, 4)
    colored = np.argwhere((chip[..., :3] == COLORS["missed"]).all(axis=-1))
    np.testing.assert_allclose(colored.min(axis=0), (36, 36), atol=2)
    np.testing.assert_allclose(colored.max(axis=0), (72, 72), atol=2)
