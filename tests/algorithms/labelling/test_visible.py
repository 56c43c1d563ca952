"""How much of an object a scene shows."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rs_seg.algorithms.labelling import visible
from rs_seg.algorithms.labelling.visible import shown_shares
from rs_seg.testing import grid_at

GRID = grid_at(90, 70)


def shares(shapes, valid):
    return shown_shares(np.array(shapes, dtype=object), GRID, lambda window: valid[window.slices])


def test_shares_count_what_lies_inside_and_is_valid(monkeypatch):
    monkeypatch.setattr(visible, "WINDOW", 32)  # objects lie in several windows
    valid = np.random.default_rng(0).random((90, 70)) < 0.7
    random = np.random.default_rng(1)
    corners = random.integers((-10, -10), (70, 90), size=(40, 2))
    sizes = random.integers(1, 50, size=(40, 2))
    boxes = [(x, y, x + w, y + h) for (x, y), (w, h) in zip(corners, sizes, strict=True)]
    padded = np.pad(valid, 100)
    expected = [padded[y + 100 : v + 100, x + 100 : u + 100].mean() for x, y, u, v in boxes]
    assert shares([shapely.box(*box) for box in boxes], valid) == pytest.approx(expected)


def test_nothing_is_shown_of_empty_shapes_and_of_none():
    valid = np.ones((90, 70), dtype=bool)
    assert shares([shapely.Polygon(), shapely.box(1, 1, 2, 2)], valid).tolist() == [0, 1]
    assert len(shares([], valid)) == 0
