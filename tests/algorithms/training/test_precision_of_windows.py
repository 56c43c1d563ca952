from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely

from rs_seg.algorithms.training import precision_of_windows
from rs_seg.algorithms.training.precision_of_windows import match_window, mean_precision
from rs_seg.values.candidates import Candidates
from rs_seg.values.window_shapes import WindowShapes

COUNTED = np.ones((32, 32), dtype=bool)
CAR, ROOF = (4, 4, 8, 8), (14, 14, 24, 24)


def objects(*boxes: Any, classes: Any = None, ignored: Any = None) -> WindowShapes:
    count = len(boxes)
    return WindowShapes(
        np.array([shapely.box(*box) for box in boxes]),
        np.arange(count) if classes is None else np.array(classes),
        np.zeros(count, dtype=bool) if ignored is None else np.array(ignored),
        np.zeros(count, dtype=bool),
    )


def found(*boxes: Any, codes: Any, scores: Any = None) -> Candidates:
    given = np.linspace(0.9, 0.5, len(boxes)) if scores is None else np.array(scores)
    return Candidates(
        np.array(boxes, dtype=float).reshape(-1, 4), given, np.array(codes, dtype=np.int64)
    )


def judge(candidates: Candidates, window: WindowShapes, counted: Any = COUNTED) -> float:
    return mean_precision([match_window(candidates, window, counted, class_count=2)], class_count=2)


def test_all_found_is_one_and_another_class_is_a_miss():
    assert judge(found(CAR, ROOF, codes=[0, 1]), objects(CAR, ROOF)) == 1
    assert judge(found(CAR, ROOF, codes=[0, 0]), objects(CAR, ROOF)) == 0.5
    assert judge(found(codes=[]), objects(CAR, ROOF)) == 0


def test_classes_without_objects_are_left_out_and_nothing_at_all_is_nan():
    assert judge(found(CAR, codes=[0]), objects(CAR)) == 1
    assert math.isnan(judge(found(CAR, codes=[0]), objects()))
    assert math.isnan(mean_precision([], class_count=2))


def test_the_mean_is_over_the_classes_that_count():
    windows = [match_window(found(CAR, codes=[0]), objects(CAR, ROOF), COUNTED, class_count=2)]
    assert mean_precision(windows, class_count=2, counted=(0,)) == 1
    assert mean_precision(windows, class_count=2, counted=(1,)) == 0
    cars = [match_window(found(CAR, codes=[0]), objects(CAR), COUNTED, class_count=2)]
    assert math.isnan(mean_precision(cars, class_count=2, counted=(1,)))


def test_boxes_of_the_same_object_are_suppressed_first():
    again = (4.2, 4.2, 8.2, 8.2)
    other = objects(CAR, (20, 20, 25, 25), classes=[0, 0])
    twice = found(CAR, again, (20, 20, 25, 25), codes=[0, 0, 0], scores=[0.9, 0.8, 0.7])
    assert judge(twice, other) == 1


def test_what_is_ignored_or_outside_of_what_counts_is_no_mistake():
    ignored = objects(CAR, ROOF, classes=[0, 0], ignored=[True, False])
    assert judge(found(CAR, ROOF, codes=[0, 0]), ignored) == 1
    counted = COUNTED.copy()
    counted[:, :10] = False
    elsewhere = found((1, 20, 5, 24), ROOF, codes=[0, 0])
    assert judge(elsewhere, objects(ROOF, classes=[0]), counted) == 1
    assert judge(elsewhere, objects(ROOF, classes=[0])) == 0.5
    beyond = found((30, 30, 40, 40), ROOF, codes=[0, 0])
    assert judge(beyond, objects(ROOF, classes=[0])) == 1


def test_only_the_best_boxes_are_judged(monkeypatch):
    monkeypatch.setattr(precision_of_windows, "MOST", 1)
    both = objects(CAR, ROOF, classes=[0, 0])
    assert judge(found(CAR, ROOF, codes=[0, 0]), both) == pytest.approx(51 / 101)
