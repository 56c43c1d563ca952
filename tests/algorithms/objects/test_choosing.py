"""The chosen score, and curves of few points that look like the whole."""

from __future__ import annotations

import numpy as np
import pytest

from rs_seg.algorithms.objects.choosing import POINTS, choose_score, thin_curve
from rs_seg.algorithms.objects.precision import Matches, draw_curve


def matches_of(scores, right, *, objects, counted=None) -> Matches:
    right = np.array([right], dtype=bool)
    return Matches(
        np.array(scores, dtype=float),
        right,
        np.ones_like(right) if counted is None else np.array([counted], dtype=bool),
        objects=objects,
    )


def test_the_score_of_one_class_is_that_of_its_best_f1():
    matches = matches_of(np.linspace(0.9, 0.4, 6), [1, 1, 0, 1, 0, 0], objects=3)
    assert choose_score([matches]) == pytest.approx(draw_curve(matches, 0).best_score())


def test_of_equals_the_highest_score_is_chosen():
    assert choose_score([matches_of([0.9, 0.5, 0.4], [1, 0, 1], objects=2)]) == 0.4
    # F1 is 2/3 with one detection and with three
    assert choose_score([matches_of([0.9, 0.5, 0.4, 0.3], [1, 0, 0, 1], objects=2)]) == 0.9


def test_equal_scores_are_taken_together():
    """Half of four detections with one score cannot be chosen."""
    assert choose_score([matches_of([0.9, 0.7, 0.7, 0.7], [1, 1, 0, 0], objects=2)]) == 0.9


def test_the_mean_over_classes_decides_not_the_larger_class():
    many = matches_of([0.6] * 50, [1] * 50, objects=50)
    few = matches_of([0.9, 0.5, 0.5], [1, 0, 0], objects=1)
    assert choose_score([many, few]) == 0.6


def test_classes_without_objects_and_detections_that_do_not_count_have_no_say():
    empty = matches_of([0.9, 0.2], [0, 0], objects=0)
    matches = matches_of([0.9, 0.8, 0.5], [0, 1, 1], objects=2, counted=[0, 1, 1])
    assert choose_score([matches, empty]) == 0.5
    assert choose_score([empty]) is None
    assert choose_score([matches_of([0.5], [0], objects=3)]) is None


def test_long_curves_keep_their_shape():
    generator = np.random.default_rng(0)
    right = generator.random(5000) < np.linspace(1, 0.1, 5000)
    curve = draw_curve(matches_of(np.linspace(1, 0, 5000), right, objects=4000), 0)
    places = thin_curve(curve)
    assert 20 < len(places) <= POINTS
    assert (places[0], places[-1]) == (0, 4999)
    assert (np.diff(places) > 0).all()
    drawn = np.interp(curve.recall, curve.recall[places], curve.precision[places])
    assert np.abs(drawn - curve.precision)[100:].max() < 0.01


def test_short_curves_stay_and_those_without_objects_are_empty():
    assert thin_curve(draw_curve(matches_of([0.9, 0.8], [1, 0], objects=1), 0)).tolist() == [0, 1]
    assert thin_curve(draw_curve(matches_of([0.9, 0.8], [0, 0], objects=0), 0)).tolist() == []
