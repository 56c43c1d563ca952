"""Precision, recall, F1 and count error of counts."""

from __future__ import annotations

import numpy as np

from rs_seg.algorithms.objects.rates import measure_rates


def test_rates_of_counts_by_hand():
    rates = measure_rates(np.array([6]), np.array([2]), np.array([4]))
    assert rates.precision[0] == 0.6
    assert rates.recall[0] == 0.75
    assert rates.f1[0] == 12 / 18
    assert rates.count_error[0] == 0.25


def test_rates_of_nothing_are_not_defined():
    rates = measure_rates(np.array([0, 0, 0]), np.array([0, 3, 0]), np.array([0, 0, 3]))
    np.testing.assert_array_equal(rates.precision, [np.nan, np.nan, 0])
    np.testing.assert_array_equal(rates.recall, [np.nan, 0, np.nan])
    np.testing.assert_array_equal(rates.f1, [np.nan, 0, 0])
    np.testing.assert_array_equal(rates.count_error, [np.nan, -1, np.nan])
