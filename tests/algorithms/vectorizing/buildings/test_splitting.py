import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from rs_seg.algorithms.vectorizing.buildings.splitting import (
    split_by_border,
    split_by_seeds,
    split_object,
)

ROWS, COLUMNS = np.mgrid[:60, :90]


def disc(row: float, column: float, radius: float) -> np.ndarray:
    return (ROWS - row) ** 2 + (COLUMNS - column) ** 2 < radius**2


def box(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    return np.isin(ROWS, range(top, bottom)) & np.isin(COLUMNS, range(left, right))


def assert_parts(labels: np.ndarray, mask: np.ndarray) -> None:
    assert labels.dtype == np.int32
    assert np.array_equal(labels > 0, mask)
    present, first = np.unique(labels[mask], return_index=True)
    assert present.tolist() == list(range(1, len(present) + 1))
    assert (np.diff(first) > 0).all()
    for part in present:
        assert ndimage.label(labels == part)[1] == 1


def test_two_discs_that_overlap_part_where_they_are_narrow():
    mask = disc(30, 25, 20) | disc(30, 58, 20)
    labels = split_object(mask, depth=2)
    assert_parts(labels, mask)
    assert labels.max() == 2
    assert labels[30, 25] != labels[30, 58]
    edge = np.flatnonzero(np.diff(labels[30, 20:65]))[0] + 20
    assert abs(edge - 41.5) <= 2


def test_two_rectangles_part_at_the_bridge_between_them():
    mask = box(5, 35, 5, 35) | box(18, 22, 35, 45) | box(5, 55, 45, 80)
    labels = split_object(mask, depth=2)
    assert labels.max() == 2
    assert (labels[5:35, 5:35] == 1).all()
    assert (labels[5:55, 45:80] == 2).all()


@pytest.mark.parametrize("mask", [box(10, 50, 10, 80), disc(30, 40, 25)], ids=["rectangle", "disc"])
def test_a_convex_building_stays_one(mask):
    assert np.array_equal(split_object(mask, depth=2), mask)


def test_an_angle_of_two_wings_stays_one():
    mask = box(5, 55, 5, 25) | box(35, 55, 5, 80)
    assert np.array_equal(split_object(mask, depth=2), mask)


def test_a_larger_depth_splits_less():
    mask = disc(30, 25, 20) | disc(30, 58, 20)
    assert split_object(mask, depth=2).max() == 2
    assert split_object(mask, depth=12).max() == 1


def test_the_depth_of_distances_is_in_ground_metres():
    mask = disc(30, 25, 20) | disc(30, 58, 20)
    assert split_object(mask, depth=12, pixel_size=(0.5, 0.5)).max() == 1
    assert split_object(mask, depth=12, pixel_size=(5.0, 5.0)).max() == 2


def test_a_valley_of_the_probability_parts_a_row_of_houses():
    mask = box(10, 40, 5, 80)
    probability = np.where(np.isin(COLUMNS, (30, 55)), 0.6, 0.9).astype(np.float32)
    labels = split_object(mask, surface=probability, depth=0.2)
    assert labels.max() == 3
    assert [labels[20, column] for column in (10, 40, 70)] == [1, 2, 3]
    assert split_object(mask, surface=probability, depth=0.4).max() == 1


def test_an_object_that_fills_its_window_with_a_flat_surface_stays_one():
    mask = np.ones((4, 5), bool)
    assert (split_object(mask, surface=np.ones((4, 5), np.float32), depth=0.2) == 1).all()
    assert split_object(np.ones((1, 1), bool), depth=0.2).tolist() == [[1]]


def test_what_lies_around_the_object_does_not_matter():
    mask = disc(30, 25, 20) | disc(30, 58, 20)
    surface = ndimage.gaussian_filter(mask.astype(np.float32), 6)
    around = np.where(mask, surface, 7)
    assert np.array_equal(
        split_object(mask, surface=surface, depth=0.05),
        split_object(mask, surface=around, depth=0.05),
    )


def test_row_houses_part_along_the_border_class():
    houses, border = box(10, 40, 5, 80), np.isin(COLUMNS, (30, 31, 55)) & box(10, 40, 5, 80)
    labels = split_by_border(houses & ~border, border)
    assert_parts(labels, houses)
    assert labels.max() == 3
    assert (labels[10:40, 30] == 1).all()
    assert (labels[10:40, 31] == 2).all()


def test_border_pixels_that_touch_no_object_stay_what_they_are():
    labels = split_by_border(box(10, 20, 10, 20), box(20, 22, 10, 20) | box(40, 45, 40, 45))
    assert (labels[20:22, 10:20] == 1).all()
    assert (labels[40:45, 40:45] == 0).all()


def test_no_object_gives_no_label():
    assert not split_by_border(np.zeros((3, 4), bool), np.ones((3, 4), bool)).any()


def largest_object(mask: np.ndarray) -> np.ndarray:
    labels, _ = ndimage.label(mask)
    return labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1


@settings(max_examples=150, deadline=None)
@given(
    mask=arrays.arrays(
        bool, arrays.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.booleans()
    ),
    depth=st.floats(0.01, 2),
    seed=st.integers(0, 99),
    flat=st.booleans(),
)
def test_parts_cover_the_object_and_are_connected_and_numbered(mask, depth, seed, flat):
    if not mask.any():
        return
    mask = largest_object(mask)
    surface = None if flat else np.random.default_rng(seed).random(mask.shape, np.float32)
    labels = split_object(mask, surface=surface, depth=depth)
    assert_parts(labels, mask)
    assert np.array_equal(labels, split_object(mask, surface=surface, depth=depth))


@settings(max_examples=150, deadline=None)
@given(
    classes=arrays.arrays(
        np.uint8,
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=12),
        elements=st.integers(0, 2),
    )
)
def test_border_pixels_go_to_objects_that_they_are_connected_to(classes):
    objects, border = classes == 1, classes == 2
    labels = split_by_border(objects, border)
    connected, _ = ndimage.label(objects | border)
    assert_parts(labels, np.isin(connected, np.unique(connected[objects])) & (connected > 0))
    assert labels.max() == ndimage.label(objects)[1]


def test_seeds_part_where_the_region_is_narrow_wherever_they_lie_in_it():
    mask = disc(30, 25, 20) | disc(30, 58, 20)
    seeds = np.zeros(mask.shape, dtype=np.int32)
    seeds[22, 20], seeds[40, 66] = 2, 1
    labels = split_by_seeds(mask, seeds)
    assert np.array_equal(labels > 0, mask)
    assert (labels[30, 20], labels[30, 60]) == (2, 1)
    edge = np.flatnonzero(np.diff(labels[30, 20:65]))[0] + 20
    assert abs(edge - 41.5) <= 2


def test_seeds_in_a_row_of_houses_part_halfway():
    mask = box(20, 30, 10, 70)
    seeds = np.zeros(mask.shape, dtype=np.int32)
    for number, column in enumerate((19, 39, 59), start=1):
        seeds[20 + 2 * number, column] = number
    labels = split_by_seeds(mask, seeds)
    edges = np.flatnonzero(np.diff(labels[25, 10:70])) + 10
    assert np.abs(edges - [29, 49]).max() <= 4


def test_a_hill_without_a_seed_goes_over_its_highest_pass():
    mask = disc(30, 15, 12) | box(25, 36, 15, 45) | disc(30, 45, 14) | box(28, 32, 45, 70)
    mask |= disc(30, 75, 12)
    seeds = np.zeros(mask.shape, dtype=np.int32)
    seeds[30, 12], seeds[30, 78] = 1, 2
    labels = split_by_seeds(mask, seeds)
    assert (labels[30, 45], labels[30, 75]) == (1, 2), "the wide bridge is the higher pass"


@settings(max_examples=50, deadline=None)
@given(
    arrays.arrays(bool, (9, 12), elements=st.booleans()),
    st.sampled_from([(1.0, 1.0), (0.5, 2.0)]),
    st.randoms(use_true_random=False),
)
def test_parts_of_seeds_are_connected_and_cover_the_region(mask, pixel_size, random):
    numbers, count = ndimage.label(mask)
    if not count:
        return
    region = numbers == random.randint(1, count)
    places = np.argwhere(region)
    chosen = random.sample(range(len(places)), min(len(places), random.randint(1, 4)))
    seeds = np.zeros(mask.shape, dtype=np.int32)
    seeds[tuple(places[chosen].T)] = np.arange(1, len(chosen) + 1)
    labels = split_by_seeds(region, seeds, pixel_size=pixel_size)
    assert np.array_equal(labels > 0, region)
    for number in range(1, len(chosen) + 1):
        assert labels[seeds == number] == number
        assert ndimage.label(labels == number)[1] == 1
