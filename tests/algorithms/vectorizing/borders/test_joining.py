"""Regions that become one: the borders left are those of the map of the merged regions."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import label

from rs_seg.algorithms.vectorizing.borders.joining import dissolve
from tests.algorithms.vectorizing.maps import NESTED, any_map, trace_map


@settings(max_examples=300, deadline=None)
@given(any_map(max_side=10), st.randoms(use_true_random=False))
def test_dissolved_arcs_are_those_of_the_merged_map(values: np.ndarray, draw: object) -> None:
    arcs, regions = trace_map(values)
    merged = np.arange(len(regions) + 1)
    touching = [pair for pair in arcs.sides.tolist() if min(pair) > 0]
    for one, other in draw.sample(touching, k=len(touching) // 3):
        merged[merged == max(merged[one], merged[other])] = min(merged[one], merged[other])
    left, numbers = regions.merge(merged)
    numbered = label(values, background=-1, connectivity=1)
    expected, whole = trace_map(np.where(numbered > 0, merged[numbered], -1))
    found = dissolve(arcs, numbers)
    for field in dataclasses.fields(found):
        np.testing.assert_array_equal(getattr(found, field.name), getattr(expected, field.name))
    np.testing.assert_array_equal(left.first[1:], whole.first[1:])
    np.testing.assert_array_equal(left.pixels, whole.pixels)


def test_one_region_left_has_one_closed_arc() -> None:
    arcs, regions = trace_map(NESTED)
    found = dissolve(arcs, np.minimum(np.arange(len(regions) + 1), 1).astype(np.int32))
    assert found.points.tolist() == [[1, 1], [6, 1], [6, 6], [1, 6], [1, 1]]
    assert found.sides.tolist() == [[0, 1]]
