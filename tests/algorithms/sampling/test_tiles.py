"""Pieces and tiles hold each pixel once; grids of places are square on the ground."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine

from rs_seg.algorithms.sampling.ground import PixelGround
from rs_seg.algorithms.sampling.tiles import Piece, cut_pieces, cut_tiles, lay_grid
from rs_seg.testing import grid_at
from rs_seg.values.grid import Grid, ground_pixel_size, whole

DEGREES = Grid((1200, 900), Affine(0.001, 0, 10, 0, -0.001, 60), "EPSG:4326")


def times_held(grid: Grid, pieces: list[Piece]) -> np.ndarray:
    times = np.zeros(grid.shape, dtype=int)
    for piece in pieces:
        times[piece.window.slices] += 1
    return times


@pytest.mark.parametrize("grid", [grid_at(700, 530), DEGREES])
@pytest.mark.parametrize("metres", [400.0, 1500.0])
def test_every_pixel_is_in_one_piece_and_one_tile(grid: Grid, metres: float) -> None:
    assert (times_held(grid, list(cut_pieces(grid, 0))) == 1).all()
    tiles = list(cut_tiles(grid, 0, metres=metres, first=1))
    assert (times_held(grid, tiles) == 1).all()
    numbers = np.unique([piece.tile for piece in tiles])
    assert numbers.tolist() == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("grid", [grid_at(700, 530), DEGREES])
def test_tiles_have_the_size_that_was_asked_for(grid: Grid) -> None:
    pieces = list(cut_tiles(grid, 0, metres=1000.0, first=5))
    ground = PixelGround(grid)
    own = [piece.window for piece in pieces if piece.tile == 5]
    assert len(own) >= 1
    height = sum(ground.heights(window).sum() for window in own if window.column == 0)
    width = sum(ground.widths(window)[0] * window.width for window in own if window.row == 0)
    pixel = 2 * max(ground.heights(own[0])[0], ground.widths(own[0])[0])
    assert height == pytest.approx(1000, abs=pixel)
    assert width == pytest.approx(1000, abs=pixel)


@pytest.mark.parametrize("grid", [grid_at(700, 530, pixel=30), DEGREES])
def test_a_grid_has_one_place_for_each_square_of_ground(grid: Grid) -> None:
    area = PixelGround(grid).areas(whole(grid)).sum() * grid.width
    spacing = float(np.sqrt(area / 400))
    counts = []
    for seed in range(10):
        rows, columns = lay_grid(grid, spacing, np.random.default_rng(seed))
        assert (rows >= 0).all()
        assert (rows < grid.height).all()
        assert (columns >= 0).all()
        assert (columns < grid.width).all()
        counts.append(len(rows))
    assert np.mean(counts) == pytest.approx(400, rel=0.03)


def test_a_grid_in_degrees_has_fewer_places_in_rows_near_the_pole() -> None:
    grid = Grid((3000, 3000), Affine(0.01, 0, 10, 0, -0.01, 75), "EPSG:4326")
    rows, columns = lay_grid(grid, 50_000.0, np.random.default_rng(0))
    lines, counts = np.unique(rows, return_counts=True)
    assert counts[0] < 0.45 * counts[-1]
    assert (np.diff(counts) >= -1).all()
    ground = PixelGround(grid)
    steps = np.diff(columns[rows == lines[0]]) * ground.widths(whole(grid))[lines[0]]
    np.testing.assert_allclose(steps, 50_000, atol=2 * ground_pixel_size(grid))
    np.testing.assert_allclose(
        np.diff(np.cumsum(ground.heights(whole(grid)))[lines]), 50_000, atol=2500
    )


def test_each_pixel_is_met_as_often_as_any_other() -> None:
    grid = grid_at(60, 50, pixel=10)
    times = np.zeros(grid.shape)
    for seed in range(800):
        rows, columns = lay_grid(grid, 200.0, np.random.default_rng(seed))
        times[rows, columns] += 1
    blocks = times.reshape(6, 10, 5, 10).sum(axis=(1, 3))
    assert blocks.mean() == pytest.approx(800 * 100 / 400, rel=0.03)
    assert np.ptp(blocks) < 0.5 * blocks.mean()
