import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rs_seg.algorithms.vectorizing.buildings.crossings import are_crowded, are_swept
from rs_seg.algorithms.vectorizing.buildings.meeting import last_crossing
from rs_seg.algorithms.vectorizing.buildings.walls import lie_within

COORDINATES = st.integers(-8, 8).map(float)
CLEARANCE = 0.05


@settings(max_examples=300, deadline=None)
@given(ends=arrays(float, (2, 4), elements=COORDINATES))
def test_segments_are_crowded_where_they_come_near_but_at_an_end_they_share(ends):
    first, second = (shapely.linestrings(each.reshape(2, 2)) for each in ends)
    if min(first.length, second.length) == 0:
        return
    shared = {tuple(end) for end in ends[0].reshape(2, 2)} & {
        tuple(end) for end in ends[1].reshape(2, 2)
    }
    # On integers, lines that share an end and do not overlap part by more than the clearance at
    # their other ends.
    overlapping = first.intersection(second).length > 0
    expected = overlapping if shared else first.distance(second) < CLEARANCE
    assert are_crowded(ends, 1, CLEARANCE) == expected
    assert are_crowded(ends[::-1].copy(), 1, CLEARANCE) == expected


def test_segments_that_are_not_new_may_be_crowded():
    ends = np.array([[20.0, 20, 21, 21], [0.0, 0, 2, 2], [0.0, 2, 2, 0]])
    assert not are_crowded(ends, 1, CLEARANCE)
    assert are_crowded(ends, 2, CLEARANCE)


@settings(max_examples=200, deadline=None)
@given(
    points=arrays(float, (5, 2), elements=COORDINATES),
    loop=arrays(float, (4, 2), elements=COORDINATES),
)
def test_points_are_swept_inside_of_a_loop(points, loop):
    polygon = shapely.Polygon(loop)
    points = points + 0.25
    if polygon.is_valid and (shapely.distance(polygon.boundary, shapely.points(points)) > 0).all():
        assert are_swept(points, loop) == shapely.contains_xy(polygon, *points.T).any()


def test_points_of_the_loop_itself_are_not_swept():
    loop = np.array([[0.0, 0], [4, 0], [4, 4], [0, 4]])
    assert not are_swept(loop, loop)


@settings(max_examples=200, deadline=None)
@given(
    points=arrays(float, (5, 2), elements=COORDINATES),
    ring=arrays(float, (5, 2), elements=COORDINATES),
    limit=st.floats(0.1, 5),
)
def test_points_lie_within_the_distance_that_shapely_measures(points, ring, limit):
    distances = shapely.distance(
        shapely.linestrings(np.concatenate([ring, ring[:1]])), shapely.points(points)
    )
    if np.abs(distances - limit).min() > 1e-9:
        assert lie_within(points, ring, limit) == (distances.max() < limit)


def test_the_last_crossing_is_the_one_farthest_along_the_line():
    ring = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]])
    part, spot = last_crossing(np.array([[5.0, 5], [15, 5], [15, 8], [-5, 8], [-5, 9]]), ring)
    assert part == 2
    assert spot.wall == 3
    assert spot.point.tolist() == [0, 8]
    assert last_crossing(np.array([[2.0, 2], [3, 3]]), ring) is None
