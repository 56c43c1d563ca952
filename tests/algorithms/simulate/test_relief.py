import numpy as np
import pytest

from rs_seg.algorithms.simulate.features import Building, LocalGrid, Wing
from rs_seg.algorithms.simulate.relief import (
    Relief,
    Sun,
    cast_shadows,
    measure_surface,
    raise_building,
)

GRID = LocalGrid(0.0, 40.0, 0.5, 80, 80)


@pytest.mark.parametrize("azimuth", [0, 90, 180, 270])
def test_a_tower_casts_a_shadow_of_its_height_away_from_the_sun(azimuth):
    surface = np.zeros((80, 80), np.float32)
    surface[39:42, 39:42] = 10.0
    shadow = cast_shadows(surface, Sun(np.radians(azimuth), np.radians(45)), 0.5)
    rows, columns = np.nonzero(shadow)
    reach = {
        0: rows.max() - 41,
        90: 39 - columns.min(),
        180: 39 - rows.min(),
        270: columns.max() - 41,
    }[azimuth]
    assert reach in {19, 20}, "10 m under a sun of 45 degrees is 20 pixels of 0.5 m"
    assert shadow.sum() == 3 * reach
    assert not shadow[39:42, 39:42].any()


def test_level_ground_has_no_shadow():
    assert not cast_shadows(np.full((20, 30), 7.0, np.float32), Sun(2.0, 0.5), 1.0).any()


def test_a_gable_has_its_ridge_in_the_middle_and_a_bright_side_towards_the_sun():
    relief = Relief.level(GRID)
    building = Building((Wing(20.0, 20.0, 0.0, 12.0, 8.0),), "gable", 5.0, 3.0, "red tile", 1.0)
    raise_building(relief, building, Sun(np.pi, np.radians(45)))
    assert relief.height.max() == pytest.approx(8.0, abs=0.2)
    assert relief.height[relief.height > 0].min() == pytest.approx(5.0, abs=0.2)
    assert (relief.height > 0).sum() * 0.25 == pytest.approx(96, rel=0.02)
    south, north = relief.irradiance[44, 40], relief.irradiance[35, 40]
    assert south > 1 > north


def test_the_measured_surface_lies_where_the_ground_does():
    x, y = GRID.centres
    plane = (0.1 * x[None, :] + 0.2 * y[:, None]).astype(np.float32)
    target = LocalGrid(3.3, 36.1, 0.8, 40, 41)
    measured = measure_surface(plane, GRID, target, np.random.default_rng(0))
    x, y = target.centres
    error = measured - (0.1 * x[None, :] + 0.2 * y[:, None])
    assert abs(error[5:-5, 5:-5].mean()) < 0.02
    assert error.std() < 0.2
