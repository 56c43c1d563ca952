"""The union of many pieces of ground."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rs_seg.algorithms.inspection.uniting import unite_in_cells


@pytest.mark.parametrize("count", [1, 40, 2000])
def test_ground_united_in_cells_is_that_of_one_union(count):
    x, y, side = np.random.default_rng(count).random((3, count)) * [[100], [60], [8]]
    pieces = shapely.box(x, y, x + side, y + side / 2)
    united = unite_in_cells(pieces)
    assert shapely.area(united).sum() == pytest.approx(shapely.union_all(pieces).area, rel=1e-12)


def test_large_and_small_pieces_are_united_too():
    pieces = np.concatenate(
        [shapely.box(0, 0, np.arange(50, 150), 100), shapely.box(0, 0, np.full(300, 1.0), 1)]
    )
    assert shapely.area(unite_in_cells(pieces)).sum() == pytest.approx(149 * 100, rel=1e-12)
