import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.buildings.plane import Course, Plane, cut_end, cut_start

CLEARANCE = 0.05
NONE = np.zeros((0, 2))


def plane_of(*lines: list[tuple[float, float]]) -> Plane:
    """Lines in one zone that holds them all."""
    offsets = np.cumsum([0, *(len(line) for line in lines)])
    arcs = Arcs(np.concatenate(lines).astype(float), offsets, np.ones((len(lines), 2), np.int32))
    return Plane(arcs, np.array([[-100.0, -100, 100, 100]]), clearance=CLEARANCE)


def straight(plane: Plane, arc: int, points: list[tuple[float, float]]) -> bool:
    """Whether an arc can run along other points."""
    line = np.array(points, float)
    loop = np.concatenate([plane.points(arc), line[::-1]])
    return plane.change(0, {arc: Course(line, 0, 0, NONE)}, [loop])


@given(
    cuts=st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(1, 2)), max_size=6),
    count=st.integers(2, 8),
)
def test_cutting_a_course_is_cutting_its_points(cuts, count):
    line = [(float(number), 0.0) for number in range(count)]
    plane, course, expected = plane_of(line), None, np.array(line)
    course = plane.course(0)
    for at_end, dropped, added in cuts:
        if dropped >= len(expected):
            continue
        new = np.full((added, 2), 50.0)
        if at_end:
            course, expected = (
                cut_end(course, dropped, new),
                np.concatenate([expected[: len(expected) - dropped], new]),
            )
        else:
            course, expected = (
                cut_start(course, dropped, new),
                np.concatenate([new, expected[dropped:]]),
            )
        assert np.array_equal(plane.points(0, course), expected)


def test_an_arc_runs_another_way_where_there_is_room():
    plane = plane_of([(0, 0), (5, 3), (10, 0)], [(0, 9), (10, 9)])
    assert straight(plane, 0, [(0, 0), (10, 0)])
    changed = plane.changed()
    assert changed[0].tolist() == [[0, 0], [10, 0]]
    assert changed[1].tolist() == [[0, 9], [10, 9]]


def test_an_arc_may_not_cross_come_near_or_jump_over_another():
    for other in ([(5, -1), (5, 2)], [(0, 0.01), (10, 0.02)], [(4, 1), (6, 1)]):
        plane = plane_of([(0, 0), (5, 3), (10, 0)], other)
        assert not straight(plane, 0, [(0, 0), (10, 0)])
        assert plane.changed()[0].tolist() == [[0, 0], [5, 3], [10, 0]]


def test_arcs_mind_how_the_others_run_now():
    plane = plane_of([(0, 0), (5, 3), (10, 0)], [(0, 1), (5, 6), (10, 1)])
    assert not straight(plane, 1, [(0, 1), (10, 1)])
    assert straight(plane, 0, [(0, 0), (10, 0)])
    assert straight(plane, 1, [(0, 1), (10, 1)])
    assert not straight(plane, 0, [(0, 0), (5, 3), (10, 0)])


def test_nothing_changes_beyond_the_zone():
    plane = plane_of([(0, 0), (10, 0)])
    assert not straight(plane, 0, [(0, 0), (5, 300), (10, 0)])
