"""Borders along the midpoints of the sides of pixels."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings

from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.simplifying.midpoints import (
    find_free_rings,
    run_through_midpoints,
)
from tests.algorithms.vectorizing.maps import NESTED, PINCHED, trace_map
from tests.algorithms.vectorizing.simplifying.test_simplification import (
    any_rough_map,
    assert_nothing_touches,
    assert_sound,
    shuffled_map,
)


def through_midpoints(arcs: Arcs) -> Arcs:
    return run_through_midpoints(arcs, find_free_rings(arcs) & ~arcs.outer, arcs.outer)


def midpoints_of(chain: np.ndarray) -> np.ndarray:
    """The midpoints (N, 2) of all sides of pixels along a chain as traced."""
    steps = np.diff(chain, axis=0)
    lengths = np.abs(steps).sum(axis=1)
    owner = np.repeat(np.arange(len(steps)), lengths)
    order = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return chain[owner] + np.sign(steps)[owner] * (order + 0.5)[:, None]


@settings(max_examples=100, deadline=None)
@given(any_rough_map())
def test_all_midpoints_lie_on_the_borders_and_the_map_stays_a_map(values: np.ndarray) -> None:
    arcs, regions = trace_map(values)
    moved = through_midpoints(arcs)
    assert_sound(arcs, moved, count=len(regions))
    for arc in np.flatnonzero(~arcs.outer):
        line = shapely.linestrings(moved[arc])
        assert shapely.distance(shapely.points(midpoints_of(arcs[arc])), line).max() == 0


@settings(max_examples=30, deadline=None)
@given(any_rough_map())
def test_borders_meet_at_their_ends_only(values: np.ndarray) -> None:
    assert_nothing_touches(through_midpoints(trace_map(values)[0]))


def test_junctions_and_fixed_arcs_stay() -> None:
    arcs, _ = trace_map(shuffled_map(side=30, class_count=3, grain=6, seed=1))
    fixed = arcs.outer | (np.arange(len(arcs)) % 3 == 0)
    rings = find_free_rings(arcs) & ~fixed
    moved = run_through_midpoints(arcs, rings, fixed)
    for arc in range(len(arcs)):
        if fixed[arc]:
            np.testing.assert_array_equal(moved[arc], arcs[arc])
        elif not rings[arc]:
            np.testing.assert_array_equal(moved[arc][[0, -1]], arcs[arc][[0, -1]])


def test_of_a_straight_run_the_first_and_the_last_midpoint_are_points() -> None:
    values = np.zeros((5, 6), int)
    values[1:3, 1:5] = 1
    values[3, 1] = 1
    arcs, _ = trace_map(values)
    ring = int(np.flatnonzero(~arcs.outer)[0])
    expected = [[1.5, 1], [4.5, 1], [5, 1.5], [5, 2.5], [4.5, 3], [2.5, 3], [2, 3.5], [1.5, 4]]
    expected += [[1, 3.5], [1, 1.5], [1.5, 1]]
    assert through_midpoints(arcs)[ring].tolist() == expected


@pytest.mark.parametrize(("values", "rings"), [(NESTED, 3), (PINCHED, 1), (np.tri(5), 0)])
def test_rings_without_a_junction_are_told_from_others(values: np.ndarray, rings: int) -> None:
    arcs, _ = trace_map(values)
    assert find_free_rings(arcs).sum() == rings
