"""Length, width and bearing of objects."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import rotate, translate

from rs_seg.algorithms.objects.measures import measure, rotate_boxes


@given(st.floats(1, 50), st.floats(0.1, 0.9), st.floats(0, 179.9), st.floats(-1e7, 1e7))
def test_a_rectangle_has_its_sides_and_the_direction_of_the_longer_one(
    length, ratio, bearing, east
):
    width = length * ratio
    lying_north = shapely.box(east, 0, east + width, length)
    # shapely turns counter-clockwise
    measures = measure(np.array([rotate(lying_north, -bearing)]))
    assert measures.length[0] == pytest.approx(length, rel=1e-6)
    assert measures.width[0] == pytest.approx(width, rel=1e-6)
    assert measures.area[0] == pytest.approx(length * width, rel=1e-6)
    turned = (measures.bearing[0] - bearing + 90) % 180 - 90
    assert turned == pytest.approx(0, abs=1e-3)
    assert 0 <= measures.bearing[0] < 180


def test_many_are_measured_at_once_and_what_has_no_area_has_no_width():
    shapes = np.array(
        [
            shapely.Point(5, 5).buffer(2),
            shapely.LineString([(0, 0), (3, 4)]),
            shapely.Point(1, 1),
            shapely.Polygon(),
        ]
    )
    measures = measure(shapes)
    np.testing.assert_allclose(measures.length, [4, 5, 0, 0], atol=0.1)
    np.testing.assert_allclose(measures.width, [4, 0, 0, 0], atol=0.1)
    np.testing.assert_allclose(measures.area, [4 * np.pi, 0, 0, 0], rtol=0.01)
    assert measures.bearing[1] == pytest.approx(np.degrees(np.arctan2(3, 4)))
    assert np.isnan(measures.bearing[2:]).all()


def test_no_objects_have_no_measures():
    measures = measure(np.empty(0, dtype=object))
    assert measures.area.shape == measures.length.shape == measures.bearing.shape == (0,)


def test_rotated_boxes_lie_close_around_shapes_far_from_the_origin():
    car = rotate(shapely.box(0, 0, 4.5, 1.8), 33, origin=(0, 0))
    far = translate(car, 500_000, 5_000_000)
    dented = far.difference(shapely.centroid(far).buffer(0.3))
    (box,) = rotate_boxes(np.array([dented]))
    assert box.area == pytest.approx(4.5 * 1.8, rel=1e-6)
    assert shapely.area(shapely.symmetric_difference(box, far)) < 1e-6
    assert len(rotate_boxes(np.empty(0, object))) == 0
