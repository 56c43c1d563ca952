"""Pictures at half their size."""

from __future__ import annotations

import numpy as np

from rs_seg.algorithms.reporting.halving import halve_categories, halve_picture, halve_shares


def test_colours_are_averaged_over_opaque_pixels_only() -> None:
    picture = np.zeros((2, 4, 4), dtype=np.uint8)
    picture[0, 0] = 100, 50, 0, 255
    picture[1, 1] = 200, 51, 0, 255
    picture[0, 1, :3] = 255  # transparent: its colour counts for nothing
    halved = halve_picture(picture)
    assert halved.tolist() == [[[150, 51, 0, 255], [0, 0, 0, 0]]]


def test_the_category_of_most_pixels_wins_and_else_the_first() -> None:
    for four, expected in (
        ((1, 1, 2, 3), 1),
        ((1, 2, 2, 3), 2),
        ((1, 2, 3, 2), 2),
        ((1, 2, 3, 3), 3),
        ((1, 2, 3, 4), 1),
        ((2, 2, 1, 1), 2),
        ((7, 1, 7, 1), 7),
    ):
        assert halve_categories(np.array(four).reshape(2, 2)).tolist() == [[expected]], four


def test_shares_without_data_are_left_out_of_the_mean() -> None:
    shares = np.array([[0, 254, 255, 255], [255, 100, 255, 255]], dtype=np.uint8)
    assert halve_shares(shares).tolist() == [[118, 255]]
