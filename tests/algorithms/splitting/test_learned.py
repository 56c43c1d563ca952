"""Learnt ground, found again on other grids, against pixels that carry their own places."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from rs_seg.algorithms.splitting.learned import TRAIN, VALIDATION, Learned, place_ground
from rs_seg.values import Window
from rs_seg.values.grid import Grid, whole

UTM = Grid((60, 80), Affine(0.5, 0, 500_000, 0, -0.5, 5_300_000), "EPSG:32632")
AREAS = {
    "train": [Window(0, 0, 20, 30), Window(20, 10, 5, 5)],
    "validation": [Window(40, 50, 20, 30)],
}


def marks_of(areas: dict[str, list[Window]], shape: tuple[int, int]) -> np.ndarray:
    marks = np.zeros(shape, dtype=np.uint8)
    for use, code in (("validation", VALIDATION), ("train", TRAIN)):
        for area in areas[use]:
            marks[area.slices] = code
    return marks


def mark(areas: dict[str, list[Window]], own: Grid, grid: Grid) -> np.ndarray:
    return place_ground([Learned(own, areas)], grid).mark(whole(grid))


def test_on_the_same_grid_it_is_exactly_the_learnt_pixels() -> None:
    np.testing.assert_array_equal(mark(AREAS, UTM, UTM), marks_of(AREAS, (60, 80)))


def test_windows_of_a_scene_have_the_marks_of_the_whole() -> None:
    placed, everything = place_ground([Learned(UTM, AREAS)], UTM), marks_of(AREAS, (60, 80))
    for window in (Window(10, 20, 30, 31), Window(0, 0, 1, 1), Window(39, 49, 2, 2)):
        np.testing.assert_array_equal(placed.mark(window), everything[window.slices])


def test_a_cut_of_the_scene_keeps_the_pixels() -> None:
    cut = Grid((40, 50), UTM.affine * Affine.translation(20, 10), UTM.crs)
    np.testing.assert_array_equal(mark(AREAS, UTM, cut), marks_of(AREAS, (60, 80))[10:50, 20:70])


@pytest.mark.parametrize("factor", [1 / 4, 1 / 2, 5])
def test_pixels_of_another_size_are_those_that_share_ground_and_no_neighbours(
    factor: float,
) -> None:
    areas = {"train": [Window(0, 0, 20, 30)], "validation": [Window(40, 50, 20, 30)]}
    grid = Grid((int(60 / factor), int(80 / factor)), UTM.affine * Affine.scale(factor), UTM.crs)
    scaled = {
        use: [Window(*(int(value / factor) for value in vars(own).values())) for own in windows]
        for use, windows in areas.items()
    }
    np.testing.assert_array_equal(mark(areas, UTM, grid), marks_of(scaled, tuple(grid.shape)))


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 359),
    st.sampled_from(["EPSG:4326", "EPSG:3857", "EPSG:32631"]),
    st.floats(0.3, 3),
)
def test_in_another_crs_pixels_are_found_as_far_as_they_reach(
    angle: int, crs: str, size: float
) -> None:
    middle = Transformer.from_crs(UTM.crs, crs, always_xy=True).transform(500_020, 5_299_985)
    unit = size * (0.5 / 111_000 if crs == "EPSG:4326" else 0.5)
    turned = Affine.translation(*middle) * Affine.rotation(angle) * Affine.scale(unit, -unit)
    grid = Grid((60, 60), turned * Affine.translation(-30, -30), crs)
    marks = mark(AREAS, UTM, grid)
    columns, rows = np.meshgrid(np.arange(60) + 0.5, np.arange(60) + 0.5)
    x, y = Transformer.from_crs(crs, UTM.crs, always_xy=True).transform(
        *(grid.affine * (columns, rows))
    )
    own_columns, own_rows = ~UTM.affine * (x, y)
    away = {use: distance(AREAS[use], own_rows, own_columns) for use in AREAS}
    expected = np.where(away["train"] == 0, TRAIN, np.where(away["validation"] == 0, VALIDATION, 0))
    assert (marks >= expected).all()
    right, down = (
        np.array([np.diff(own_rows, axis=axis).mean(), np.diff(own_columns, axis=axis).mean()])
        for axis in (1, 0)
    )
    reach = 1.01 * max(np.hypot(*(right + down)), np.hypot(*(right - down))) / 2
    assert (np.minimum(*away.values())[marks > 0] <= reach).all(), (
        "a pixel reaches half its diagonal"
    )


def distance(areas: list[Window], rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """How far places are from the nearest area, in its pixels; 0 inside."""
    return np.min(
        [
            np.hypot(
                np.maximum(0, np.maximum(own.row - rows, rows - own.row_end)),
                np.maximum(0, np.maximum(own.column - columns, columns - own.column_end)),
            )
            for own in areas
        ],
        axis=0,
    )


def test_ground_elsewhere_marks_nothing() -> None:
    far = [
        Grid((60, 80), Affine(0.5, 0, 500_040, 0, -0.5, 5_300_000), "EPSG:32632"),
        Grid((60, 80), Affine(0.5, 0, 500_000, 0, -0.5, 5_300_000), "EPSG:32655"),
        Grid((60, 80), Affine(1e-5, 0, -170, 0, -1e-5, 20), "EPSG:4326"),
        Grid((60, 80), Affine(1, 0, 0, 0, -1, 0), "EPSG:32733"),
    ]
    areas = {"train": [Window(0, 0, 60, 80)], "validation": []}
    for own in far:
        assert not mark(areas, own, UTM).any()
        assert not mark(areas, UTM, own).any()


def test_training_ground_counts_before_validation_ground() -> None:
    both = {"train": [Window(5, 5, 10, 10)], "validation": [Window(0, 0, 60, 80)]}
    marks = mark(both, UTM, UTM)
    assert (marks == TRAIN).sum() == 100
    assert (marks == VALIDATION).sum() == 60 * 80 - 100


def test_ground_across_180_degrees_is_found() -> None:
    grid = Grid((40, 40), Affine(1e-5, 0, 180 - 20e-5, 0, -1e-5, 0.5), "EPSG:4326")
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:32660", always_xy=True).transform(
        180 - 20e-5, 0.5
    )
    own = Grid((60, 60), Affine(1, 0, x - 5, 0, -1, y + 5), "EPSG:32660")
    assert mark({"train": [Window(0, 0, 60, 60)], "validation": []}, own, grid).all()
