"""Where pixels lie on the ellipsoid."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine
from pyproj.crs import CRS

from rs_seg.algorithms.vectorizing.ellipsoid import Placement, derivative
from rs_seg.testing import grid_at
from rs_seg.values.grid import Grid

WGS84 = CRS("EPSG:4326")
RADIUS, SHORT_RADIUS = 6_378_137.0, 6_356_752.314245
GLOBE = Grid((180, 360), Affine(1, 0, -180, 0, -1, 90), "EPSG:4326")


def test_poles_and_the_equator_lie_where_the_radii_say() -> None:
    points = Placement(GLOBE, WGS84)(np.array([180.0, 270.0, 77.0]), np.array([90.0, 90.0, 0.0]))
    assert points == pytest.approx(
        np.array([[RADIUS, 0, 0], [0, RADIUS, 0], [0, 0, SHORT_RADIUS]]), abs=1e-6
    )


def test_both_sides_of_the_antimeridian_are_one_place() -> None:
    west, east = Placement(GLOBE, WGS84)(np.array([0.0, 360.0]), np.array([40.0, 40.0]))
    assert west == pytest.approx(east, abs=1e-6)


def test_places_off_the_map_are_not_numbers() -> None:
    disk = Grid(
        (2, 2), Affine(5.5e6, 0, -5.5e6, 0, -5.5e6, 5.5e6), "+proj=geos +h=35785831 +datum=WGS84"
    )
    points = Placement(disk, WGS84)(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    assert np.isnan(points[0]).all()
    assert np.isfinite(points[1]).all()


@pytest.mark.parametrize("axis", [0, 1])
def test_derivatives_are_metres_per_pixel_at_the_ends_too(axis: int) -> None:
    grid = grid_at(1000, 1000, pixel=10)
    place = Placement(grid, WGS84)
    columns, rows = np.linspace(0, 1000, 5), np.linspace(0, 1000, 5)[:, None]

    def move(shift: np.ndarray) -> np.ndarray:
        return place(columns + shift, rows) if axis == 1 else place(columns, rows + shift[:, None])

    rates = derivative(move, place(columns, rows), axis, 250.0, place.radius)
    assert rates.shape == (5, 5, 3)
    lengths = np.linalg.norm(rates, axis=-1)
    x = (
        500_000 + 10 * columns
    )  # the scale of UTM grows with the square of the distance from its meridian
    scale = 0.9996 * (1 + ((x - 500_000) / 0.9996 / 6_380_000) ** 2 / 2)
    assert lengths * scale == pytest.approx(np.full((5, 5), 10.0), rel=1e-8)


def test_derivatives_look_inwards_where_the_map_ends() -> None:
    positions = np.linspace(0, 1000, 5)

    def place(shift: np.ndarray) -> np.ndarray:
        along = positions + shift
        along = np.where((along < 0) | (along > 1000), np.nan, along)
        return np.stack([3 * along, along**2, 0 * along], axis=-1)[None]

    rates = derivative(place, place(np.zeros(5)), 1, 250.0, RADIUS)
    assert rates[0] == pytest.approx(
        np.stack([np.full(5, 3.0), 2 * positions, np.zeros(5)], axis=-1), rel=1e-6, abs=1e-6
    )
