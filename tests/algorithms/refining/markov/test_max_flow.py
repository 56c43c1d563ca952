"""The largest flow is that of another program.

The cut is the smallest one nearest to the sink.
"""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from rs_seg.algorithms.refining.markov.field import SHIFTS
from rs_seg.algorithms.refining.markov.max_flow import Grid, sink_side


def random_grid(seed: int, height: int, width: int, directions: int) -> Grid:
    """Capacities that differ by direction, many of them 0, in a frame without any."""
    rng = np.random.default_rng(seed)
    inside = np.zeros((height + 2, width + 2), dtype=bool)
    inside[1:-1, 1:-1] = True
    steps = np.array([row * (width + 2) + column for row, column in SHIFTS[:directions]])
    residual = np.zeros((inside.size, directions), dtype=np.int32)
    pixels = np.flatnonzero(inside)
    for direction, step in enumerate(steps):
        residual[pixels, direction] = (
            rng.integers(0, 20, len(pixels)) * inside.ravel()[pixels + step]
        )
    residual[rng.random(residual.shape) < 0.3] = 0
    terminal = np.where(inside, rng.integers(-40, 41, inside.shape), 0).ravel().astype(np.int32)
    terminal[rng.random(terminal.shape) < 0.3] = 0
    return Grid(residual, terminal, steps)


def as_graph(grid: Grid) -> csr_array:
    count = len(grid.terminal)
    graph = np.zeros((count + 2, count + 2), dtype=np.int32)
    for pixel, direction in np.argwhere(grid.residual > 0):
        graph[pixel, pixel + grid.steps[direction]] = grid.residual[pixel, direction]
    graph[count, :count] = np.maximum(grid.terminal, 0)
    graph[:count, count + 1] = np.maximum(-grid.terminal, 0)
    return csr_array(graph)


def reaches_sink(graph: csr_array, flow: csr_array) -> NDArray[np.bool_]:
    """Pixels from which the sink is reached through what a flow leaves of a graph."""
    left = csr_array((graph - flow).T)
    left.eliminate_zeros()
    reached = np.zeros(graph.shape[0], dtype=bool)
    reached[breadth_first_order(left, graph.shape[0] - 1, return_predecessors=False)] = True
    return reached[:-2]


@settings(deadline=None)  # compiled when it is first called
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9), st.sampled_from([4, 8]))
def test_flow_and_cut_are_those_of_scipy(
    seed: int, height: int, width: int, directions: int
) -> None:
    grid = random_grid(seed, height, width, directions)
    graph = as_graph(grid)
    count = len(grid.terminal)
    expected = maximum_flow(graph, count, count + 1)
    found, flow = sink_side(grid)
    assert flow == expected.flow_value
    np.testing.assert_array_equal(found, reaches_sink(graph, expected.flow))


def test_a_larger_grid_has_the_flow_of_scipy() -> None:
    grid = random_grid(7, 35, 40, 8)
    count = len(grid.terminal)
    expected = maximum_flow(as_graph(grid), count, count + 1).flow_value
    assert sink_side(grid)[1] == expected > 0
