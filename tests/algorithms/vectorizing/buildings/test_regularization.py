from typing import get_args

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.buildings.regularization import Regularized, regularize
from rs_seg.algorithms.vectorizing.regions import Regions
from rs_seg.algorithms.vectorizing.simplifying.simplification import Method, simplify
from tests.algorithms.vectorizing.buildings.towns import BUILDING, random_town
from tests.algorithms.vectorizing.maps import polygons_of, trace_map

PIXEL_SIZES = st.sampled_from([(1.0, 1.0), (0.5, 0.5), (1.0, 0.7), (2.0, 3.0)])


def run(
    values: np.ndarray,
    *,
    pixel_size: tuple[float, float] = (1.0, 1.0),
    tolerance: float = 0.0,
    method: Method = "visvalingam",
) -> tuple[Arcs, Arcs, Regions, Regularized]:
    """Arcs as traced and simplified, regions, and regular arcs for all codes from BUILDING on.

    They are regularized with two pixels of departure.
    """
    traced, regions = trace_map(values)
    none = np.zeros(len(traced), bool)
    simple = simplify(traced, method=method, tolerance=tolerance, pixel_size=pixel_size, fixed=none)
    made = regularize(
        simple,
        traced=traced,
        chosen=regions.values >= BUILDING,
        maximum_departure=2 * max(pixel_size),
        pixel_size=pixel_size,
    )
    return traced, simple, regions, made


def ring_of(polygon: shapely.Geometry, pixel_size: tuple[float, float]) -> shapely.Geometry:
    """The outer ring in ground metres."""
    return shapely.linearrings(
        shapely.get_coordinates(shapely.get_exterior_ring(polygon)) * pixel_size[::-1]
    )


def assert_a_coverage_of_the_same_regions(
    traced: Arcs, simple: Arcs, arcs: Arcs, count: int
) -> None:
    assert np.array_equal(arcs.sides, traced.sides)
    ends = [
        np.stack([each.points[each.offsets[:-1]], each.points[each.offsets[1:] - 1]], 1)
        for each in (traced, arcs)
    ]
    _, before = np.unique(ends[0].reshape(-1, 2), axis=0, return_inverse=True)
    moved, after = np.unique(ends[1].reshape(-1, 2), axis=0, return_inverse=True)
    assert len(moved) == before.max() + 1
    assert len(np.unique(np.stack([before.ravel(), after.ravel()]), axis=1).T) == len(moved)
    polygons = polygons_of(traced, arcs, count=count)
    assert shapely.is_valid(polygons).all()
    assert (shapely.area(polygons) > 0).all()
    assert shapely.coverage_is_valid(polygons)
    original = polygons_of(traced, simple, count=count)
    assert shapely.area(polygons).sum() == pytest.approx(shapely.area(original).sum(), rel=1e-9)
    assert (
        shapely.get_num_interior_rings(polygons) == shapely.get_num_interior_rings(original)
    ).all()
    for arc in np.flatnonzero(traced.outer):
        assert np.array_equal(arcs[arc], traced[arc])


def angles_off(ring: shapely.Geometry) -> np.ndarray:
    """Degrees by which the sides of a ring depart from multiples of 45 to the longest one."""
    sides = np.diff(shapely.get_coordinates(ring), axis=0)
    angles = np.degrees(np.arctan2(sides[:, 1], sides[:, 0]))
    longest = angles[np.argmax(np.hypot(*sides.T))]
    return np.abs((angles - longest + 22.5) % 45 - 22.5)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    backgrounds=st.integers(1, 4),
    codes=st.integers(1, 3),
    pixel_size=PIXEL_SIZES,
    tolerance=st.sampled_from([0.0, 1.0]),
    method=st.sampled_from(get_args(Method)),
)
def test_towns_stay_coverages_with_regular_buildings(
    seed, backgrounds, codes, pixel_size, tolerance, method
):
    values = random_town(seed, size=80, backgrounds=backgrounds, pixel_size=pixel_size, codes=codes)
    traced, simple, regions, made = run(
        values, pixel_size=pixel_size, tolerance=tolerance * max(pixel_size), method=method
    )
    assert_a_coverage_of_the_same_regions(traced, simple, made.arcs, len(regions))
    chosen = regions.values >= BUILDING
    assert made.regular.sum() + sum(made.kept.values()) == chosen.sum()
    assert not made.regular[~chosen].any()
    before = polygons_of(traced, count=len(regions))
    after = polygons_of(traced, made.arcs, count=len(regions))
    touching = traced.sides[chosen[traced.sides].all(axis=1)]
    for region in np.flatnonzero(made.regular):
        old, new = (ring_of(polygons[region - 1], pixel_size) for polygons in (before, after))
        step = min(pixel_size) / 10
        assert shapely.hausdorff_distance(
            shapely.segmentize(old, step), shapely.segmentize(new, step)
        ) <= 2 * max(pixel_size)
        if region not in touching:
            assert angles_off(new).max() <= 1e-6


def test_most_buildings_of_towns_become_regular():
    regular, inside = 0, 0
    for seed in range(12):
        _, _, regions, made = run(random_town(seed, size=150, buildings=12), tolerance=1.0)
        regular += made.regular.sum()
        inside += (regions.values >= BUILDING).sum() - made.kept["edge"]
    assert regular > 0.75 * inside


def test_the_result_is_the_same_each_time():
    first, second = (run(random_town(5), tolerance=1.0)[3].arcs for _ in range(2))
    assert np.array_equal(first.points, second.points)
    assert np.array_equal(first.offsets, second.offsets)


def turned_square(size: int = 40, half: float = 10, angle: float = 20) -> np.ndarray:
    rows, columns = np.mgrid[:size, :size] + 0.5 - size / 2
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return (np.abs(cosine * columns + sine * rows) < half) & (
        np.abs(cosine * rows - sine * columns) < half
    )


def test_a_building_on_its_own_becomes_a_rectangle_of_its_area():
    traced, _, regions, made = run(np.where(turned_square(), BUILDING, 0))
    building = polygons_of(traced, made.arcs, count=len(regions))[1]
    assert made.regular.tolist() == [False, False, True]
    assert len(building.exterior.coords) == 5
    assert building.area == pytest.approx(regions.pixels[2], rel=1e-3)


def test_borders_that_end_on_a_building_end_on_its_new_walls():
    background = np.where(np.mgrid[:40, :40][1] < 22, 0, 1)
    traced, simple, regions, made = run(
        np.where(turned_square(), BUILDING, background), tolerance=1.0
    )
    assert made.regular.sum() == 1
    assert_a_coverage_of_the_same_regions(traced, simple, made.arcs, len(regions))
    building = polygons_of(traced, made.arcs, count=len(regions))[regions.values[1:] == BUILDING][0]
    assert angles_off(building.exterior).max() < 1e-6
    # Four corners, two ends of the border.
    assert len(building.exterior.coords) <= 7


def test_buildings_that_touch_share_one_straight_wall():
    values = np.zeros((40, 60), int)
    values[8:30, 10:28] = BUILDING
    values[9:29, 28:45] = BUILDING + 1
    values[14:24, 28] = BUILDING
    traced, simple, regions, made = run(values)
    assert made.regular.sum() == 2
    assert_a_coverage_of_the_same_regions(traced, simple, made.arcs, len(regions))
    shared = int(np.flatnonzero((regions.values[traced.sides] >= BUILDING).all(axis=1))[0])
    assert len(traced[shared]) == 6
    assert len(made.arcs[shared]) == 2


def test_buildings_at_the_edge_of_the_map_keep_their_outline():
    values = np.where(turned_square(), BUILDING, 0)[:, 12:]
    _, simple, _, made = run(values)
    assert made.kept["edge"] == 1
    assert np.array_equal(made.arcs.points, simple.points)


def test_a_building_that_touches_itself_at_a_corner_keeps_its_outline():
    values = np.pad(np.full((14, 14), BUILDING), 3)
    values[3, 3] = values[4, 4] = 0
    _, simple, _, made = run(values)
    assert made.kept["pinched"] == 1
    assert np.array_equal(made.arcs.points, simple.points)


def test_something_small_in_the_way_is_not_jumped_over():
    values = np.where(turned_square(), BUILDING, 0)
    for row, column in zip(*np.nonzero(values), strict=True):
        around = values[row - 1 : row + 2, column - 1 : column + 2]
        if (around == 0).sum() >= 4:
            values[row, column] = 1
            break
    traced, simple, regions, made = run(values)
    assert_a_coverage_of_the_same_regions(traced, simple, made.arcs, len(regions))


def test_no_chosen_region_changes_nothing():
    _, simple, _, made = run(np.arange(6).reshape(2, 3))
    assert np.array_equal(made.arcs.points, simple.points)
    assert not made.regular.any()


def test_progress_is_told_once_for_each_building():
    traced, regions = trace_map(random_town(3))
    told: list[float] = []
    chosen = regions.values == BUILDING
    regularize(
        traced,
        traced=traced,
        chosen=chosen,
        maximum_departure=2.0,
        pixel_size=(1.0, 1.0),
        advance=told.append,
    )
    assert sum(told) == chosen.sum()
