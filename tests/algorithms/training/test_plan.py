from __future__ import annotations

import numpy as np
import pytest

from rs_seg.algorithms.training.plan import plan_epoch, plan_validation
from rs_seg.errors import UserError
from rs_seg.values import Window

AREAS = [[Window(0, 0, 200, 300)], [], [Window(10, 20, 100, 200), Window(300, 0, 20, 20)]]


def test_an_epoch_depends_on_seed_and_number_alone():
    first = plan_epoch(AREAS, size=32, count=50, seed=3, epoch=4)
    assert first == plan_epoch(AREAS, size=32, count=50, seed=3, epoch=4)
    assert first != plan_epoch(AREAS, size=32, count=50, seed=3, epoch=5)
    assert first != plan_epoch(AREAS, size=32, count=50, seed=4, epoch=4)


def test_windows_lie_inside_the_areas_and_scenes_share_them_by_area():
    planned = plan_epoch(AREAS, size=32, count=4000, seed=0, epoch=0)
    for scene, window in planned:
        assert any(window.intersect(area) == window for area in AREAS[scene])
    share = np.mean([scene == 0 for scene, _ in planned])
    assert share == pytest.approx(60_000 / (60_000 + 20_400), abs=0.03)


def test_scenes_without_room_for_a_window_are_left_out():
    planned = plan_epoch(
        [[Window(0, 0, 30, 999)], [Window(0, 0, 40, 40)]], size=32, count=10, seed=0, epoch=0
    )
    assert {scene for scene, _ in planned} == {1}


def test_no_room_anywhere_is_an_error_with_the_sizes():
    with pytest.raises(UserError, match="32 x 32"):
        plan_epoch([[Window(0, 0, 30, 30)]], size=32, count=1, seed=0, epoch=0)


@pytest.mark.parametrize("margin", [0, 10])
def test_validation_counts_each_pixel_of_the_areas_once_in_windows_of_one_size(margin):
    counted = np.zeros((3, 400, 400), dtype=int)
    for scene, window, part in plan_validation(AREAS, size=64, margin=margin):
        assert (window.height, window.width) == (64, 64)
        assert window.intersect(part) == part
        assert window.intersect(part.expand(margin)) == part.expand(margin)
        counted[scene][part.slices] += 1
        before, after = part.row - window.row, window.row_end - part.row_end
        assert abs(before - after) <= 1, "the part lies in the middle of what the network sees"
        assert abs((part.column - window.column) - (window.column_end - part.column_end)) <= 1
    expected = np.zeros_like(counted)
    for scene, rectangles in enumerate(AREAS):
        for each in rectangles:
            expected[scene][each.slices] = 1
    np.testing.assert_array_equal(counted, expected)


def test_no_validation_area_is_an_error():
    with pytest.raises(UserError, match="validation"):
        plan_validation([[], []], size=64)
