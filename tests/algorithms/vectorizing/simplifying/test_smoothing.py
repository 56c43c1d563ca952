"""Smoothing: corners cut, and the map stays a map."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.vectorizing.simplifying.simplification import simplify
from rs_seg.algorithms.vectorizing.simplifying.smoothing import smooth
from tests.algorithms.vectorizing.maps import NESTED, PINCHED, trace_map
from tests.algorithms.vectorizing.simplifying.test_simplification import (
    BULLSEYE,
    COMB,
    CORRIDOR,
    METHODS,
    any_rough_map,
    assert_nothing_touches,
    assert_sound,
    free,
    shuffled_map,
    spiral,
)


@settings(max_examples=150, deadline=None)
@given(
    any_rough_map(),
    st.sampled_from((None, *METHODS)),
    st.sampled_from([0.8, 1.5, 6.0]),
    st.integers(1, 4),
)
def test_smoothed_maps_are_sound(
    values: np.ndarray, method: str | None, tolerance: float, iterations: int
) -> None:
    arcs, regions = trace_map(values)
    simplified = arcs
    if method is not None:
        simplified = simplify(
            arcs, method=method, tolerance=tolerance, pixel_size=(1, 1), fixed=free(arcs)
        )
    smoothed = smooth(simplified, iterations=iterations, fixed=free(arcs))
    assert_sound(arcs, smoothed, count=len(regions))
    for arc in range(len(arcs)):
        if not (arcs[arc][0] == arcs[arc][-1]).all():
            np.testing.assert_array_equal(smoothed[arc][[0, -1]], arcs[arc][[0, -1]])


@pytest.mark.parametrize(
    "values",
    [CORRIDOR, COMB, BULLSEYE, spiral(3), NESTED, PINCHED, np.pad(PINCHED, 1)],
    ids=lambda each: str(each.shape),
)
@pytest.mark.parametrize("iterations", [1, 3])
def test_narrow_shapes_stay_sound(values: np.ndarray, iterations: int) -> None:
    arcs, regions = trace_map(values)
    smoothed = smooth(arcs, iterations=iterations, fixed=free(arcs))
    assert_sound(arcs, smoothed, count=len(regions))
    assert_nothing_touches(smoothed)


@settings(max_examples=40, deadline=None)
@given(any_rough_map(), st.integers(1, 2))
def test_workers_change_nothing(values: np.ndarray, iterations: int) -> None:
    arcs, _ = trace_map(values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rs_seg.algorithms.vectorizing.simplifying.simplification.CHUNK", 5)
        one, three = (
            smooth(arcs, iterations=iterations, fixed=free(arcs), workers=workers)
            for workers in (1, 3)
        )
    np.testing.assert_array_equal(one.points, three.points)
    np.testing.assert_array_equal(one.offsets, three.offsets)


def test_an_island_becomes_an_octagon_wherever_its_arc_begins() -> None:
    arcs, _ = trace_map(np.pad(np.ones((4, 4), int), 2))
    ring = int(np.flatnonzero(~arcs.outer)[0])
    smoothed = smooth(arcs, iterations=1, fixed=free(arcs))
    found = smoothed[ring]
    np.testing.assert_array_equal(found[0], found[-1])
    expected = {(x, y) for x in (2, 6) for y in (3, 5)} | {(x, y) for x in (3, 5) for y in (2, 6)}
    assert {tuple(point) for point in found.tolist()} == expected
    assert len(found) == 9
    np.testing.assert_array_equal(smooth(arcs, iterations=0, fixed=free(arcs)).points, arcs.points)


def test_a_closed_arc_that_begins_at_a_junction_keeps_it() -> None:
    arcs, _ = trace_map(PINCHED)
    inner = np.flatnonzero(~arcs.outer)
    smoothed = smooth(arcs, iterations=2, fixed=free(arcs))
    assert len(inner) == 2
    for arc in inner:
        assert smoothed[arc][0].tolist() == smoothed[arc][-1].tolist() == [2, 2]


def test_a_corner_stays_where_a_point_lies_in_what_would_be_cut_off() -> None:
    """The sides of a square are twelve pixels long.

    A pixel of its own lies near one of its corners.
    """
    values = np.zeros((16, 16), int)
    values[2:14, 2:14] = 1
    values[3, 3] = 2
    arcs, regions = trace_map(values)
    smoothed = smooth(arcs, iterations=1, fixed=free(arcs))
    assert_sound(arcs, smoothed, count=len(regions))
    found = smoothed.points.tolist()
    assert [2, 2] in found
    assert not any(corner in found for corner in ([2, 14], [14, 2], [14, 14]))


def test_fixed_arcs_stay() -> None:
    arcs, regions = trace_map(shuffled_map(side=30, class_count=3, grain=6, seed=2))
    fixed = np.arange(len(arcs)) % 2 == 0
    smoothed = smooth(arcs, iterations=2, fixed=fixed)
    assert_sound(arcs, smoothed, count=len(regions))
    for arc in np.flatnonzero(fixed):
        np.testing.assert_array_equal(smoothed[arc], arcs[arc])


def test_an_empty_map_has_nothing_to_smooth() -> None:
    arcs, _ = trace_map(np.full((3, 3), -1))
    assert smooth(arcs, iterations=3, fixed=free(arcs)).points.shape == (0, 2)
