"""Simplification: fewer points, and the map stays a map."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.simplifying.midpoints import find_free_rings
from rs_seg.algorithms.vectorizing.simplifying.simplification import simplify
from tests.algorithms.vectorizing.maps import NESTED, PINCHED, any_map, polygons_of, trace_map

METHODS = ("optimal_polygon", "douglas_peucker", "visvalingam")
CORRIDOR = np.clip(np.eye(12, dtype=int) + np.eye(12, k=1, dtype=int), 0, 1)
COMB = np.pad(np.concatenate([np.ones((1, 15), int), np.tile(np.arange(15) % 2, (9, 1))]), 1)
BULLSEYE = np.minimum.reduce(np.meshgrid(*[np.minimum(np.arange(13), np.arange(13)[::-1])] * 2))


def spiral(turns: int) -> np.ndarray:
    """A corridor of one pixel that winds inwards."""
    side = 4 * turns + 1
    values = np.zeros((side + 2, side + 2), dtype=int)
    row, column, step, (down, right) = 1, 1, side - 1, (0, 1)
    for leg in range(2 * turns):
        values[row, column] = 1
        for _ in range(step):
            row, column = row + down, column + right
            values[row, column] = 1
        down, right = right, -down
        step -= 2 if leg and leg % 2 == 0 else 0
    return values


def shuffled_map(*, side: int, class_count: int, grain: int, seed: int) -> np.ndarray:
    """Blocks of `grain` pixels of any class, or none, with torn borders."""
    generator = np.random.default_rng(seed)
    coarse = (
        generator.integers(-1, class_count, (-(-side // grain),) * 2)
        .repeat(grain, axis=0)
        .repeat(grain, axis=1)
    )
    moved = (np.indices((side, side)) + generator.integers(-1, 2, (2, side, side))).clip(
        0, side - 1
    )
    return coarse[:side, :side][tuple(moved)]


def any_rough_map() -> st.SearchStrategy[np.ndarray]:
    """Maps of several densities, up to 24 pixels wide."""
    torn = st.builds(
        shuffled_map,
        side=st.integers(4, 24),
        class_count=st.integers(1, 5),
        grain=st.integers(1, 8),
        seed=st.integers(0),
    )
    return any_map(max_side=10, class_count=5) | torn


def free(arcs: Arcs) -> np.ndarray:
    return np.zeros(len(arcs), dtype=bool)


def assert_sound(arcs: Arcs, changed: Arcs, *, count: int) -> None:
    """The polygons are those of the same regions.

    They tile the map without gaps, folds or losses.
    """
    before, after = polygons_of(arcs, count=count), polygons_of(arcs, changed, count=count)
    assert len(changed.offsets) == len(arcs.offsets)
    np.testing.assert_array_equal(changed.sides, arcs.sides)
    assert shapely.is_valid(after).all()
    assert (shapely.area(after) > 0).all()
    assert shapely.coverage_is_valid(after)
    np.testing.assert_array_equal(
        shapely.get_num_interior_rings(after), shapely.get_num_interior_rings(before)
    )
    holes = [hole for polygon in after for hole in polygon.interiors]
    assert all(polygon.exterior.is_ccw for polygon in after)
    assert not any(hole.is_ccw for hole in holes)
    # Sums of coordinates that are multiples of 1/256: exact.
    assert shapely.area(after).sum() == shapely.area(before).sum()
    for arc in np.flatnonzero(arcs.outer):
        np.testing.assert_array_equal(changed[arc], arcs[arc])


def assert_nothing_touches(arcs: Arcs) -> None:
    """Arcs have no point in common but their ends.

    This oracle does not know how polygons are assembled.
    """
    lines = shapely.linestrings(
        arcs.points.astype(float), indices=np.repeat(np.arange(len(arcs)), np.diff(arcs.offsets))
    )
    assert shapely.is_simple(lines).all()
    first, second = shapely.STRtree(lines).query(lines, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    meeting = shapely.intersection(lines[first], lines[second])
    for where, one, other in zip(meeting, first, second, strict=True):
        allowed = {tuple(end) for end in arcs[one][[0, -1]]} & {
            tuple(end) for end in arcs[other][[0, -1]]
        }
        assert {tuple(place) for place in shapely.get_coordinates(where)} <= allowed
        assert where.geom_type in ("Point", "MultiPoint")


@settings(max_examples=250, deadline=None)
@given(
    any_rough_map(),
    st.sampled_from(METHODS),
    st.sampled_from([0.3, 0.75, 1.0, 1.5, 2.5, 6.0, 100.0]),
    st.sampled_from([(1.0, 1.0), (0.3, 0.3), (10.0, 4.0)]),
)
@example(PINCHED, "visvalingam", 100.0, (1.0, 1.0))
@example(NESTED, "douglas_peucker", 100.0, (1.0, 1.0))
def test_simplified_maps_are_sound(
    values: np.ndarray, method: str, tolerance: float, pixel_size: tuple[float, float]
) -> None:
    arcs, regions = trace_map(values)
    tolerance *= pixel_size[0]
    simplified = simplify(
        arcs, method=method, tolerance=tolerance, pixel_size=pixel_size, fixed=free(arcs)
    )
    assert_sound(arcs, simplified, count=len(regions))
    stay = ~find_free_rings(arcs) if method == "optimal_polygon" else ~free(arcs)
    for arc in np.flatnonzero(stay):
        np.testing.assert_array_equal(simplified[arc][[0, -1]], arcs[arc][[0, -1]])


@settings(max_examples=60, deadline=None)
@given(any_rough_map(), st.sampled_from(METHODS), st.sampled_from([1.0, 2.5, 100.0]))
def test_borders_meet_at_their_ends_only(values: np.ndarray, method: str, tolerance: float) -> None:
    arcs, _ = trace_map(values)
    assert_nothing_touches(
        simplify(arcs, method=method, tolerance=tolerance, pixel_size=(1, 1), fixed=free(arcs))
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tolerance", [1.0, 1.5, 3.0, 50.0])
@pytest.mark.parametrize(
    "values",
    [
        CORRIDOR,
        COMB,
        COMB.T,
        BULLSEYE,
        spiral(2),
        spiral(4),
        NESTED,
        PINCHED,
        np.pad(PINCHED, 2),
        np.kron(PINCHED, COMB),
    ],
    ids=[
        "corridor",
        "comb",
        "comb_turned",
        "bullseye",
        "spiral",
        "long_spiral",
        "nested",
        "pinched",
        "moat",
        "combs",
    ],
)
def test_narrow_shapes_stay_sound(values: np.ndarray, tolerance: float, method: str) -> None:
    arcs, regions = trace_map(values)
    simplified = simplify(
        arcs, method=method, tolerance=tolerance, pixel_size=(1, 1), fixed=free(arcs)
    )
    assert_sound(arcs, simplified, count=len(regions))
    assert_nothing_touches(simplified)


@settings(max_examples=60, deadline=None)
@given(
    any_rough_map(),
    st.sampled_from(METHODS),
    st.sampled_from([1.0, 3.0]),
    st.randoms(use_true_random=False),
)
def test_workers_and_the_order_of_arcs_change_nothing(
    values: np.ndarray, method: str, tolerance: float, random: np.random.Generator
) -> None:
    arcs, _ = trace_map(values)
    order = list(range(len(arcs)))
    random.shuffle(order)
    parts = [arcs[arc] for arc in order]
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    points = np.concatenate([np.empty((0, 2), np.int32), *parts])
    mixed = Arcs(points, offsets, arcs.sides[order])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rs_seg.algorithms.vectorizing.simplifying.simplification.CHUNK", 7)
        one, three, other = (
            simplify(
                each,
                method=method,
                tolerance=tolerance,
                pixel_size=(1, 1),
                fixed=free(each),
                workers=workers,
            )
            for each, workers in ((arcs, 1), (arcs, 3), (mixed, 2))
        )
    np.testing.assert_array_equal(one.points, three.points)
    np.testing.assert_array_equal(one.offsets, three.offsets)
    for place, arc in enumerate(order):
        np.testing.assert_array_equal(other[place], one[arc])


@settings(max_examples=60, deadline=None)
@given(any_rough_map(), st.sampled_from([0.5, 1.0, 2.5]))
def test_points_that_went_lie_within_the_distance_of_the_new_border(
    values: np.ndarray, tolerance: float
) -> None:
    arcs, _ = trace_map(values)
    simplified = simplify(
        arcs, method="douglas_peucker", tolerance=tolerance, pixel_size=(1, 1), fixed=free(arcs)
    )
    for arc in range(len(arcs)):
        line = shapely.linestrings(simplified[arc].astype(float))
        assert (
            shapely.distance(shapely.points(arcs[arc].astype(float)), line).max()
            <= tolerance + 1e-6
        )


@pytest.mark.parametrize("pixel", [(1.0, 1.0), (0.3, 0.3), (30.0, 30.0), (7.0, 0.6), (2.0, 10.0)])
def test_the_distance_is_on_the_ground(pixel: tuple[float, float]) -> None:
    """A bay of one pixel in a straight border is as far from it as a pixel is wide."""
    values = np.zeros((6, 6), int)
    values[:, :3] = 1
    values[2:4, 3] = 1
    arcs, _ = trace_map(values)
    inner = int(np.flatnonzero(~arcs.outer)[0])
    found = [
        simplify(
            arcs,
            method="douglas_peucker",
            tolerance=part * pixel[1],
            pixel_size=pixel,
            fixed=free(arcs),
        )
        for part in (0.999, 1.0)
    ]
    assert len(found[0][inner]) > 2
    assert len(found[1][inner]) == 2


def test_a_staircase_becomes_a_line_by_area() -> None:
    arcs, _ = trace_map(np.tri(40, dtype=int))
    inner = int(np.flatnonzero(~arcs.outer)[0])
    found = simplify(
        arcs, method="visvalingam", tolerance=0.75, pixel_size=(1, 1), fixed=free(arcs)
    )
    assert len(found[inner]) <= 4
    just = simplify(
        arcs, method="visvalingam", tolerance=1.0, pixel_size=(0.5, 4.0), fixed=free(arcs)
    )
    np.testing.assert_array_equal(just.points, found.points)
    same = simplify(arcs, method="visvalingam", tolerance=0.7, pixel_size=(1, 1), fixed=free(arcs))
    np.testing.assert_array_equal(same.points, arcs.points)


def test_the_line_along_a_staircase_passes_through_its_steps() -> None:
    """A line along one side of the steps would take half a pixel of each from one region."""
    arcs, regions = trace_map(np.tri(40, dtype=int))
    found = simplify(
        arcs, method="visvalingam", tolerance=0.75, pixel_size=(1, 1), fixed=free(arcs)
    )
    before, after = (
        shapely.area(polygons_of(arcs, drawn, count=len(regions))) for drawn in (arcs, found)
    )
    assert np.abs(after - before).max() < 2


@settings(max_examples=40, deadline=None)
@given(any_rough_map(), st.sampled_from([0.8, 1.3, 3.0]))
def test_small_corners_stay_only_where_they_are_needed(
    values: np.ndarray, tolerance: float
) -> None:
    """Each point that is left spans a large triangle, or one that holds a point.

    Or it keeps a region from collapsing.
    """
    arcs, _ = trace_map(values)
    found = simplify(
        arcs, method="visvalingam", tolerance=tolerance, pixel_size=(1, 1), fixed=free(arcs)
    )
    numbers = np.repeat(np.arange(len(arcs)), np.diff(arcs.offsets))
    for arc in np.flatnonzero(~arcs.outer):
        points = found[arc].astype(float)
        left = shapely.points(
            np.unique(np.concatenate([arcs.points[numbers != arc], points]), axis=0)
        )
        closed = (points[0] == points[-1]).all()
        if len(points) <= (4 if closed else 3):
            continue
        for corner in range(1, len(points) - 1):
            triangle = shapely.polygons(points[corner - 1 : corner + 2])
            if triangle.area < tolerance**2 * (1 - 1e-6):
                held = shapely.intersects(triangle, left).sum()
                assert held > 3


@pytest.mark.parametrize("method", METHODS)
def test_fixed_arcs_stay_and_tolerance_0_changes_nothing(method: str) -> None:
    arcs, regions = trace_map(shuffled_map(side=30, class_count=3, grain=6, seed=1))
    fixed = np.arange(len(arcs)) % 3 == 0
    found = simplify(arcs, method=method, tolerance=3.0, pixel_size=(1, 1), fixed=fixed)
    assert len(found.points) < len(arcs.points)
    assert_sound(arcs, found, count=len(regions))
    for arc in np.flatnonzero(fixed):
        np.testing.assert_array_equal(found[arc], arcs[arc])
    same = simplify(arcs, method=method, tolerance=0.0, pixel_size=(1, 1), fixed=free(arcs))
    np.testing.assert_array_equal(same.points, arcs.points)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "values", [np.full((3, 3), -1), np.zeros((1, 1)), np.zeros((1, 9)), np.array([[0, 1, 0]])]
)
def test_maps_without_inner_corners_stay(values: np.ndarray, method: str) -> None:
    arcs, _ = trace_map(values)
    found = simplify(arcs, method=method, tolerance=5.0, pixel_size=(1, 1), fixed=free(arcs))
    np.testing.assert_array_equal(found.points, arcs.points)


@pytest.mark.parametrize("method", METHODS)
def test_a_ring_keeps_three_points_and_its_area(method: str) -> None:
    values = np.pad([[1, 1, 0], [1, 1, 1]], 4)
    arcs, regions = trace_map(values)
    found = simplify(arcs, method=method, tolerance=1000.0, pixel_size=(1, 1), fixed=free(arcs))
    ring = int(np.flatnonzero(~arcs.outer)[0])
    assert len(found[ring]) == 4
    assert_sound(arcs, found, count=len(regions))


@pytest.mark.parametrize("method", METHODS)
def test_a_comb_of_many_teeth_does_not_take_long(method: str) -> None:
    """Tests that looked at every point of the arc for every tooth would take minutes."""
    values = np.zeros((80, 8001), int)
    values[5:75, 1:-1:2] = 1
    values[40, 1:-1] = 1
    arcs, regions = trace_map(values)
    found = simplify(
        arcs, method=method, tolerance=40.0, pixel_size=(1, 1), fixed=free(arcs), workers=2
    )
    assert_sound(arcs, found, count=len(regions))
