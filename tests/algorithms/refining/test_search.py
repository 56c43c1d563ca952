"""Combinations to try: inside their ranges, each part of a range used once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.refining.search import best_trial, draw_parameters

RANGES = {"weight": (0.5, 8.0), "width": (5.0, 5.0)}


@given(st.integers(1, 40), st.integers(0, 2**31))
def test_each_part_of_a_range_is_used_once(count: int, seed: int) -> None:
    drawn = draw_parameters(RANGES, count=count, generator=np.random.default_rng(seed))
    weights = np.array([each["weight"] for each in drawn])
    assert ((weights >= 0.4999) & (weights <= 8.001)).all()
    places = np.sort(np.log(weights / 0.5) / np.log(16) * count)
    assert (places >= np.arange(count) - 0.01).all()  # they are rounded to four digits
    assert (places <= np.arange(1, count + 1) + 0.01).all()
    assert {each["width"] for each in drawn} == {5.0}


def test_the_same_seed_draws_the_same() -> None:
    first, second, other = (
        draw_parameters(RANGES, count=5, generator=np.random.default_rng(each))
        for each in (1, 1, 2)
    )
    assert first == second != other


def test_the_first_of_equals_is_best() -> None:
    assert best_trial([0.3, 0.5, 0.5]) == 1
