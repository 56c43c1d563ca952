import numpy as np
import pytest
import shapely

from rs_seg.algorithms.simulate import CLASS_NAMES, Town, simulate_town
from rs_seg.algorithms.simulate.layout import plan_town


def small_town(seed: int) -> Town:
    return simulate_town(seed=seed, height=320, width=384, pixel_size=0.5)


@pytest.fixture(scope="module")
def town() -> Town:
    return small_town(1)


def areas(town: Town) -> dict[str, float]:
    names = np.array(town.classes)
    return {name: shapely.area(town.polygons[names == name]).sum() for name in CLASS_NAMES}


def test_the_same_seed_gives_the_same_town(town):
    again = small_town(1)
    assert np.array_equal(again.optical, town.optical)
    assert np.array_equal(again.surface, town.surface)
    assert all(a.equals_exact(b, 0) for a, b in zip(again.polygons, town.polygons, strict=True))


def test_another_seed_gives_another_town(town):
    assert not np.array_equal(small_town(2).optical, town.optical)


def test_all_classes_are_there_and_tile_the_image(town):
    assert set(town.classes) == set(CLASS_NAMES)
    left, bottom, right, top = town.optical_grid.bounds
    outline = shapely.box(left - 4, bottom - 4, right + 4, top + 4)
    assert shapely.is_valid(town.polygons).all()
    assert shapely.union_all(town.polygons).equals(outline)
    assert shapely.area(town.polygons).sum() == pytest.approx(outline.area, rel=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_class_is_too_rare_to_learn(seed):
    shares = areas(small_town(seed))
    total = sum(shares.values())
    assert min(shares.values()) > 0.01 * total, shares


def test_grids_differ_and_the_surface_covers_the_image(town):
    assert town.optical.shape == (3, 320, 384)
    assert town.surface.shape == (town.surface_grid.height, town.surface_grid.width)
    assert town.surface_grid.pixel_size == 0.8
    left, bottom, right, top = town.surface_grid.bounds
    assert left < 0
    assert bottom < 0
    assert right > 192
    assert top > 160


def test_both_sensors_miss_a_part_of_the_scene(town):
    for valid in (town.optical_valid, town.surface_valid):
        assert 0.85 < valid.mean() < 0.999
    assert town.optical.min() >= 1, "nodata is 0"


def test_absolute_height_does_not_tell_buildings_from_ground(town):
    """The terrain spans at least as much as a house is high."""
    low, high = np.percentile(town.surface, [5, 70])
    assert high - low > 3


def test_nothing_stands_in_the_way_of_a_car():
    plan = plan_town((0, 0, 250, 250), np.random.default_rng(3))
    cars = shapely.union_all([car.feature.geometry for car in plan.cars])
    assert len(plan.cars) > 50
    assert cars.area == pytest.approx(sum(car.feature.geometry.area for car in plan.cars)), (
        "cars overlap"
    )
    for things in (plan.trees, plan.buildings):
        assert not shapely.intersects(cars, [thing.feature.geometry for thing in things]).any()
