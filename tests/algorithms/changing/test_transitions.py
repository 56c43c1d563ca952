"""Transitions between classes, and what they say of each class."""

from __future__ import annotations

import numpy as np

from rs_seg.algorithms.changing.agreement import ChangeScore
from rs_seg.algorithms.changing.transitions import (
    TransitionCounter,
    balance_classes,
    distances_to_borders,
    encode_transitions,
)

PONTIUS = np.array([[30, 5, 2], [1, 40, 4], [6, 0, 12]])


def test_pixels_without_a_class_at_either_date_are_in_no_transition() -> None:
    before, after = np.array([[0, 1, -1]]), np.array([[2, -1, 1]])
    assert encode_transitions(before, after, class_count=3).tolist() == [[2, -1, -1]]


def test_windows_sum_to_the_whole_matrix() -> None:
    generator = np.random.default_rng(5)
    before, after = generator.integers(-1, 3, (2, 40, 30))
    rows = np.linspace(90, 110, 40)
    codes = encode_transitions(before, after, class_count=3)
    whole, parts = TransitionCounter(3), TransitionCounter(3)
    whole.feed(codes, rows)
    for start in range(0, 40, 7):
        parts.feed(codes[start : start + 7], rows[start : start + 7])
    expected = [
        [int(((before == old) & (after == new)).sum()) for new in range(3)] for old in range(3)
    ]
    assert whole.pixels.tolist() == parts.pixels.tolist() == expected
    ground = np.where((before == 2) & (after == 0), rows[:, None], 0).sum()
    np.testing.assert_allclose([whole.areas[2, 0], parts.areas[2, 0]], ground)


def test_gain_and_loss_are_net_change_and_swap() -> None:
    balance = balance_classes(PONTIUS)
    assert balance.gain.tolist() == [7, 5, 6]
    assert balance.loss.tolist() == [7, 5, 6]
    assert balance.net.tolist() == [0, 0, 0]
    assert balance.swap.tolist() == [14, 10, 12]
    uneven = balance_classes(PONTIUS + np.diag([1, 1], k=1) * 10)
    np.testing.assert_array_equal(uneven.gain + uneven.loss, np.abs(uneven.net) + uneven.swap)
    assert uneven.before.sum() == uneven.after.sum() == PONTIUS.sum() + 20


def test_a_pixel_beside_another_class_is_half_a_pixel_from_the_border() -> None:
    indices = np.zeros((3, 8), dtype=int)
    indices[:, 4:] = 1
    indices[:, 7] = -1
    distances = distances_to_borders(indices)
    assert distances[1].tolist() == [3.5, 2.5, 1.5, 0.5, 0.5, 1.5, 2.5, 3.5]
    assert np.isinf(distances_to_borders(np.zeros((2, 2), dtype=int))).all()


def test_change_is_right_with_the_right_classes_only_in_the_accuracy_from_to() -> None:
    score = ChangeScore(3)
    # nothing changed and said so, 0 to 1 as 0 to 2, 0 to 1 missed, false alarm, no label
    reference = np.array([[0, 1, 1, 8, -1]])
    mapped = np.array([[0, 2, 0, 6, 5]])
    score.feed(reference, mapped)
    assert score.binary.counts.tolist() == [[1, 1], [1, 1]]
    assert (score.right, score.changed_right) == (1, 0)
