from __future__ import annotations

import numpy as np
import pytest
import shapely
import torch

from rs_seg.algorithms.training.movement import Movement
from rs_seg.algorithms.training.window_objects import (
    as_targets,
    judge_visibility,
    move_shapes,
)
from rs_seg.values.window_shapes import WindowShapes

SIZE = 16
VALID = np.ones((SIZE, SIZE), dtype=bool)


def objects(*boxes: tuple[float, float, float, float]) -> WindowShapes:
    none = np.zeros(len(boxes), dtype=bool)
    shapes = np.array([shapely.box(*box) for box in boxes])
    return WindowShapes(shapes, np.arange(len(boxes)), none, none)


def test_an_object_counts_from_half_of_its_area_on():
    cut = objects((-4, 0, 4, 8), (-5, 0, 3, 8), (2, 2, 6, 6))
    judged = judge_visibility(cut, VALID, visible=0.5)
    assert judged.ignored.tolist() == [False, True, False]
    assert judge_visibility(cut, VALID, visible=0.3).ignored.tolist() == [False] * 3
    np.testing.assert_array_equal(judged.boxes, cut.boxes)  # whole, beyond the window too


def test_what_lies_beyond_the_window_is_dropped():
    judged = judge_visibility(objects((20, 0, 30, 8), (1, 1, 3, 3)), VALID, visible=0.5)
    assert judged.classes.tolist() == [1]
    assert len(judge_visibility(objects(), VALID, visible=0.5)) == 0


def test_an_object_on_pixels_without_data_is_ignored():
    valid = VALID.copy()
    valid[:, :8] = False
    judged = judge_visibility(
        objects((1, 1, 5, 5), (6, 1, 9, 5), (9, 1, 14, 5)), valid, visible=0.5
    )
    assert judged.ignored.tolist() == [True, True, False]


def test_the_area_counts_not_the_box():
    """Of a triangle in the corner half of the box, but most of the area, is inside."""
    triangle = shapely.Polygon([(0, 0), (10, 0), (0, 10)])
    one = WindowShapes(np.array([triangle]), np.array([0]), np.array([False]), np.array([False]))
    inside = judge_visibility(one, VALID[:5, :10], visible=0.7)
    assert not inside.ignored[0]


def test_what_was_ignored_stays_ignored():
    one = objects((1, 1, 5, 5))
    before = WindowShapes(one.shapes, one.classes, np.array([True]), np.array([True]))
    judged = judge_visibility(before, VALID, visible=0.5)
    assert (judged.ignored.tolist(), judged.groups.tolist()) == ([True], [True])


def test_targets_hold_boxes_with_fractions_and_masks_only_where_they_are_asked_for():
    window = objects((1.25, 2.75, 5.75, 6), (8, 8, 20, 20))
    targets = as_targets(window, VALID, masks=True)
    assert targets.boxes.tolist() == [[1.25, 2.75, 5.75, 6], [8, 8, 20, 20]]
    assert targets.boxes.dtype == torch.float32
    assert targets.masks is not None
    assert targets.masks.sum(dim=(1, 2)).tolist() == [3 * 5, 8 * 8]
    assert targets.masks[0, 3:6, 1:6].all()  # pixels whose middle is inside
    assert as_targets(window, VALID, masks=False).masks is None
    empty = as_targets(objects(), VALID, masks=True)
    assert empty.boxes.shape == (0, 4)
    assert empty.masks is not None
    assert empty.masks.shape == (0, SIZE, SIZE)


@pytest.mark.parametrize("number", range(8))
def test_masks_turn_with_the_pixels(number):
    from rs_seg.algorithms.training.augment import apply_symmetry

    window = objects((1, 2, 5, 12), (9, 3, 14, 6))
    before = as_targets(window, VALID, masks=True).masks
    moved = move_shapes(window, Movement(SIZE, [number]), 0)
    after = as_targets(moved, VALID, masks=True).masks
    assert before is not None
    assert torch.equal(after, torch.stack([apply_symmetry(mask, number) for mask in before]))
