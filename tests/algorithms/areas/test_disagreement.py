"""Quantity and allocation disagreement: the example of R's diffeR."""

from __future__ import annotations

import numpy as np

from rs_seg.areas import Strata, disagree, estimate, tabulate
from tests.algorithms.areas.published import close

COMPARISON = [1, 1, 2, 2, 2, 3, 3, 1, 1, 3, 1, 3, 2, 1, 2, 3]
REFERENCE = [1, 1, 1, 1, 2, 3, 2, 3, 1, 1, 2, 2, 2, 3, 2, 2]


def test_two_maps_of_four_by_four_pixels() -> None:
    strata = Strata.of({"all": 16})
    sample = tabulate(strata, stratum=["all"] * 16, mapped=COMPARISON, reference=REFERENCE)
    counts = sample.counts[0]
    np.testing.assert_array_equal(counts, [[3, 1, 2], [2, 3, 0], [1, 3, 1]])
    parts = disagree(counts)
    assert (parts.difference, parts.quantity, parts.allocation) == (9, 2, 7)
    assert (parts.exchange, parts.shift) == (4, 3)
    np.testing.assert_array_equal(parts.class_quantity, [0, 2, 2])
    np.testing.assert_array_equal(parts.class_exchange, [4, 2, 2])
    np.testing.assert_array_equal(parts.class_shift, [2, 2, 2])
    np.testing.assert_array_equal(parts.omission, [3, 4, 2])
    np.testing.assert_array_equal(parts.commission, [3, 2, 4])


def test_a_sample_of_a_population_with_sizes() -> None:
    strata = Strata.of({1: 2000, 2: 4000, 3: 6000})
    sample = tabulate(strata, stratum=COMPARISON, mapped=COMPARISON, reference=REFERENCE)
    matrix = estimate(sample).matrix * 12_000
    close(
        matrix,
        [[1000, 333.3333, 666.6667], [1600, 2400, 0], [1200, 3600, 1200]],
        4,
    )
    parts = disagree(matrix)
    found = [parts.difference, parts.quantity, parts.allocation, parts.exchange, parts.shift]
    close(found, [7400, 4133.3333, 3266.6667, 2000, 1266.6667], 4)
    shares = estimate(sample).disagreement()
    percent = [shares.difference, shares.quantity, shares.allocation, shares.exchange, shares.shift]
    close(100 * np.array(percent), [61.6667, 34.4444, 27.2222, 16.6667, 10.5556], 4)
