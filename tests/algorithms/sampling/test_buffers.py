"""Buffers are strata around classes, in metres on the ground."""

from __future__ import annotations

import numpy as np

from rs_seg.algorithms.sampling.buffers import Buffer, lay_buffers


def test_a_buffer_holds_pixels_of_other_classes_within_its_width() -> None:
    strata = np.ones((9, 9), dtype=np.int32)
    strata[4, 4] = 2
    laid = lay_buffers(strata, [Buffer(10, around=2, width=20.0)], (10.0, 5.0), halo=0)
    rows, columns = np.nonzero(laid == 10)
    metres = np.hypot(10 * (rows - 4), 5 * (columns - 4))
    assert metres.max() == 20
    assert len(rows) == sum(
        0 < np.hypot(10 * row, 5 * column) <= 20 for row in range(-4, 5) for column in range(-4, 5)
    )
    assert laid[4, 4] == 2


def test_nodata_stays_nodata_and_the_first_buffer_holds() -> None:
    strata = np.array([[1, 2, 2, 2, 3], [1, 2, -1, 2, 3]], dtype=np.int32)
    buffers = [Buffer(10, around=1, width=2.0), Buffer(11, around=3, width=2.0)]
    laid = lay_buffers(strata, buffers, (1.0, 1.0), halo=0)
    assert laid.tolist() == [[1, 10, 10, 11, 3], [1, 10, -1, 11, 3]]


def test_a_window_with_a_halo_has_the_buffers_of_the_whole() -> None:
    rng = np.random.default_rng(1)
    strata = (rng.random((60, 80)) > 0.98).astype(np.int32)
    buffers = [Buffer(5, around=1, width=12.0)]
    whole = lay_buffers(strata, buffers, (3.0, 2.0), halo=0)
    inner = lay_buffers(strata[14:46, 14:56], buffers, (3.0, 2.0), halo=6)
    np.testing.assert_array_equal(inner, whole[20:40, 20:50])
