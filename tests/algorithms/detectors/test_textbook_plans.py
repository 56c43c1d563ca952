"""What the detectors of the textbook take from the sizes of their training objects."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rs_seg.algorithms.detectors.textbook_plans import (
    group_sizes,
    plan_fast_rcnn,
    plan_overfeat,
    plan_r_fcn,
    plan_rcnn,
    plan_yolo,
    plan_yolo_v1,
)

SIZES = np.exp(np.random.default_rng(0).uniform(np.log(5), np.log(90), (200, 2)))


@pytest.mark.parametrize(
    "planner", [plan_yolo, plan_yolo_v1, plan_overfeat, plan_r_fcn, plan_fast_rcnn, plan_rcnn]
)
@pytest.mark.parametrize("count", [1, 2, 200])
def test_plans_are_json_and_do_not_depend_on_the_order_of_objects(planner, count):
    plan = planner(SIZES[:count], class_count=2, window=128)
    assert json.loads(json.dumps(plan)) == plan
    assert planner(SIZES[:count][::-1], class_count=2, window=128) == plan
    assert plan["largest"] == round(SIZES[:count].max(), 2)


def test_groups_are_the_sizes_that_there_are():
    sizes = np.repeat([[4.0, 8.0], [8.0, 4.0], [30.0, 30.0]], [5, 5, 4], axis=0)
    assert group_sizes(sizes, 3) == [[4, 8], [8, 4], [30, 30]]
    assert [30, 30] in group_sizes(sizes, 5)
    assert group_sizes(sizes[:1], 5) == [[4, 8]]


def test_larger_objects_have_larger_cells_and_more_scales():
    small, large = np.full((9, 2), 6.0), np.full((9, 2), 100.0)
    assert plan_yolo(small, class_count=1, window=256)["stride"] == 4
    assert plan_yolo(large, class_count=1, window=256)["stride"] == 8
    assert plan_overfeat(small, class_count=1, window=256)["scales"] == [1]
    assert plan_overfeat(large, class_count=1, window=256)["scales"] == [1, 2, 4]
    assert plan_yolo_v1(small, class_count=1, window=256)["cells"] == 32
    assert plan_yolo_v1(large, class_count=1, window=256)["cells"] == 7
    assert plan_rcnn(small, class_count=1, window=256)["smallest"] == 12
