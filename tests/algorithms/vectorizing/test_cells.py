"""Polygons cut along the cells of a lattice."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rs_seg.algorithms.vectorizing.cells import choose_side, cut_into_cells, encode_rings

SIDE = 16


def draw_blobs(seed: int = 4) -> np.ndarray:
    """Rings of many points with a hole, over several cells each, and small ones within a cell."""
    rng = np.random.default_rng(seed)
    centres = shapely.points(rng.uniform(20, 90, (30, 2)))
    blobs = shapely.buffer(centres, rng.uniform(0.5, 30, 30), quad_segs=20)
    holes = shapely.buffer(centres, 0.2)
    return np.asarray(shapely.difference(blobs, holes))


def test_pieces_lie_in_their_cells_and_make_up_the_polygons() -> None:
    blobs = draw_blobs()
    pieces = cut_into_cells(blobs, SIDE)
    rows, columns = pieces.cells.T
    cells = shapely.box(columns * SIDE, rows * SIDE, (columns + 1) * SIDE, (rows + 1) * SIDE)
    assert shapely.covers(shapely.buffer(cells, 1e-9), pieces.shapes).all()
    areas = np.bincount(pieces.numbers, shapely.area(pieces.shapes), minlength=len(blobs))
    np.testing.assert_allclose(areas, shapely.area(blobs), rtol=1e-9)
    together = set(zip(pieces.numbers.tolist(), rows.tolist(), columns.tolist(), strict=True))
    assert len(together) == len(pieces.shapes), "one piece of a polygon in a cell"


def test_what_only_touches_a_cell_is_not_in_it() -> None:
    pieces = cut_into_cells(np.array([shapely.box(16, 0, 32, 16)]), SIDE)
    assert pieces.cells.tolist() == [[0, 1]]
    assert pieces.shapes[0].equals(shapely.box(16, 0, 32, 16))


def decode(rings: list[list[int]], cell: np.ndarray, steps: int) -> shapely.Geometry:
    """What the page makes of encoded rings: all of them, by the even-odd rule."""
    shapes = [
        shapely.Polygon(
            np.cumsum(np.array(ring).reshape(-1, 2), axis=0) / steps + cell[::-1] * SIDE
        )
        for ring in rings
    ]
    whole = shapes[0]
    for shape in shapes[1:]:
        whole = whole.symmetric_difference(shape)
    return whole


def test_rings_say_where_polygons_lie_to_a_part_of_a_pixel() -> None:
    pieces = cut_into_cells(draw_blobs(), SIDE)
    encoded = encode_rings(pieces, SIDE, steps=64)
    for shape, cell, rings in zip(pieces.shapes, pieces.cells, encoded, strict=True):
        wrong = decode(rings, cell, 64).symmetric_difference(shape).area if rings else shape.area
        assert wrong <= shape.length / 64


def test_rings_that_shrink_to_a_line_are_left_out() -> None:
    thin = shapely.Polygon([(1, 1), (5, 1), (5, 1.001), (1, 1.001)])
    whole = shapely.Polygon([(1, 1), (1, 1.01), (5, 1), (5, 5)])
    (of_thin, of_whole) = encode_rings(cut_into_cells(np.array([thin, whole]), SIDE), SIDE, steps=8)
    assert of_thin == []
    assert of_whole == [[8, 8, 32, 0, 0, 32]]


@pytest.mark.parametrize(
    ("polygon_count", "side"),
    [(10, 1001), (1500, 1001), (1501, 500.5), (6001, 250.25), (10**7, 125.125)],
)
def test_cells_are_as_large_as_their_number_of_polygons_allows(
    polygon_count: int, side: float
) -> None:
    assert (
        choose_side(1001, 701, polygon_count=polygon_count, per_cell=1500, least=125, steps=8)
        == side
    )


def test_cells_end_at_parts_of_a_pixel_and_hold_all() -> None:
    side = choose_side(1000.3, 10, polygon_count=10**6, per_cell=1, least=100, steps=8)
    assert side * 8 == int(side * 8)
    assert 8 * side >= 1000.3
