"""The permutohedral lattice."""

from __future__ import annotations

import numpy as np
import pytest

from rs_seg.algorithms.refining.lattice import MOST_FEATURES, Lattice, make_lattice


def scattered(dimensions: int, count: int = 501, spread: float = 3.0) -> np.ndarray:
    """Points (N, D) without an order."""
    return np.random.default_rng(7).normal(0, spread, (count, dimensions)).astype(np.float32)


def vertex_count(lattice: Lattice) -> int:
    return lattice.neighbours.shape[1] - 1


@pytest.mark.parametrize("dimensions", range(1, MOST_FEATURES + 1))
def test_weights_of_a_point_sum_to_one(dimensions: int) -> None:
    lattice = make_lattice(scattered(dimensions))
    assert lattice.weights.shape == lattice.vertices.shape == (501, dimensions + 1)
    assert lattice.weights.min() > -1e-5
    np.testing.assert_allclose(lattice.weights.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("dimensions", range(1, MOST_FEATURES + 1))
def test_the_corners_of_a_simplex_are_different_vertices(dimensions: int) -> None:
    vertices = make_lattice(scattered(dimensions)).vertices
    assert vertices.min() >= 1
    assert (np.diff(np.sort(vertices, axis=1)) > 0).all()


@pytest.mark.parametrize("dimensions", [1, 2, 4, 5, MOST_FEATURES])
def test_each_vertex_is_the_neighbour_of_its_neighbours(dimensions: int) -> None:
    lattice = make_lattice(scattered(dimensions, spread=0.7))
    vertices = np.arange(1, vertex_count(lattice) + 1)
    for neighbours in lattice.neighbours:
        for side in (0, 1):
            others = neighbours[1:, side]
            known = others > 0
            assert known.any()
            np.testing.assert_array_equal(neighbours[others[known], 1 - side], vertices[known])


@pytest.mark.parametrize("dimensions", [2, 3, 6])
def test_equal_points_share_their_vertices_and_far_ones_share_none(dimensions: int) -> None:
    points = scattered(dimensions, count=40)
    lattice = make_lattice(np.concatenate([points, points, points + 100]))
    np.testing.assert_array_equal(lattice.vertices[:40], lattice.vertices[40:80])
    assert not set(lattice.vertices[80:].ravel()) & set(lattice.vertices[:80].ravel())


def test_vertices_are_as_many_as_places_of_the_lattice_however_many_points_there_are() -> None:
    few, many = (make_lattice(scattered(2, count, spread=0.5)) for count in (5_000, 50_000))
    assert vertex_count(few) <= vertex_count(many) < 300


@pytest.mark.parametrize("feature", [np.nan, np.inf, 1e7])
def test_points_that_no_lattice_holds_are_refused_before_compiled_loops(feature: float) -> None:
    with pytest.raises(AssertionError, match="finite and not far from zero"):
        make_lattice(np.array([[0, feature]], np.float32))


def test_room_for_vertices_grows() -> None:
    """Most simplices of points far apart share no vertex: there are more than points."""
    lattice = make_lattice(scattered(6, 3_000, spread=20))
    assert vertex_count(lattice) > 3 * 3_000
    assert len(np.unique(lattice.vertices)) in range(
        vertex_count(lattice) - 7, vertex_count(lattice) + 1
    )
