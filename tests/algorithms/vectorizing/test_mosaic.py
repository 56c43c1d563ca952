"""Scenes become one raster where their pixels fit and they touch, and only there."""

from __future__ import annotations

import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.vectorizing.mosaic import plan_mosaics
from rs_seg.testing import grid_at, rotated_grid
from rs_seg.values import Window
from rs_seg.values.grid import Grid, crop, equal
from rs_seg.values.mosaic import Mosaic

WHOLE = {"north up": grid_at(100, 100), "rotated": rotated_grid(100, 100)}
windows = st.builds(
    Window,
    row=st.integers(0, 30),
    column=st.integers(0, 30),
    height=st.integers(1, 12),
    width=st.integers(1, 12),
)


def scenes_of(mosaics: list[Mosaic]) -> list[list[int]]:
    return [[member.scene for member in mosaic.members] for mosaic in mosaics]


def touching(one: Window, other: Window) -> bool:
    """Whether some pixel of one is a pixel of the other or beside it."""
    wider = (Window(one.row - 1, one.column, one.height + 2, one.width), one.expand(1))
    tall = Window(one.row, one.column - 1, one.height, one.width + 2)
    return wider[0].intersect(other) is not None or tall.intersect(other) is not None


def connected(boxes: list[Window]) -> list[list[int]]:
    """Groups of boxes by repeated search: slow and plain."""
    groups: list[list[int]] = []
    left = list(range(len(boxes)))
    while left:
        group = [left.pop(0)]
        for one in group:
            found = [other for other in left if touching(boxes[one], boxes[other])]
            group += found
            left = [other for other in left if other not in found]
        groups.append(sorted(group))
    return groups


@pytest.mark.parametrize("kind", WHOLE)
@given(boxes=st.lists(windows, min_size=1, max_size=12))
def test_groups_are_those_that_a_walk_over_touching_scenes_finds(
    kind: str, boxes: list[Window]
) -> None:
    mosaics = plan_mosaics([crop(WHOLE[kind], box) for box in boxes])
    assert scenes_of(mosaics) == connected(boxes)


@pytest.mark.parametrize("kind", WHOLE)
@given(boxes=st.lists(windows, min_size=1, max_size=12))
def test_every_scene_keeps_its_pixels_and_the_box_is_the_smallest(
    kind: str, boxes: list[Window]
) -> None:
    for mosaic in plan_mosaics([crop(WHOLE[kind], box) for box in boxes]):
        for member in mosaic.members:
            place, own = crop(mosaic.grid, member.window), crop(WHOLE[kind], boxes[member.scene])
            assert equal(place, own, tolerance=1e-6)
        windows_ = [member.window for member in mosaic.members]
        assert min(each.row for each in windows_) == min(each.column for each in windows_) == 0
        assert max(each.row_end for each in windows_) == mosaic.grid.height
        assert max(each.column_end for each in windows_) == mosaic.grid.width


def test_no_scenes_have_no_mosaics() -> None:
    assert plan_mosaics([]) == []


def test_a_scene_alone_keeps_its_grid_bit_for_bit() -> None:
    grid = Grid((7, 9), Affine(0.1493, 0.01, 9520000.123, 0.01, -0.1493, 3201500.7), "EPSG:3857")
    (mosaic,) = plan_mosaics([grid])
    assert mosaic.grid == grid
    assert mosaic.members[0].window == Window(0, 0, 7, 9)


def test_the_first_scene_comes_first_wherever_it_lies() -> None:
    whole = WHOLE["north up"]
    right, left = crop(whole, Window(0, 8, 4, 4)), crop(whole, Window(2, 4, 4, 4))
    (mosaic,) = plan_mosaics([right, left])
    assert [(member.scene, member.window) for member in mosaic.members] == [
        (0, Window(0, 4, 4, 4)),
        (1, Window(2, 0, 4, 4)),
    ]


def test_scenes_that_touch_at_a_corner_only_stay_apart() -> None:
    whole = WHOLE["rotated"]
    boxes = [Window(0, 0, 4, 4), Window(4, 4, 4, 4), Window(4, 3, 1, 1)]
    assert scenes_of(plan_mosaics([crop(whole, box) for box in boxes[:2]])) == [[0], [1]]
    assert scenes_of(plan_mosaics([crop(whole, box) for box in boxes])) == [[0, 1, 2]]


def test_scenes_far_apart_stay_apart_though_their_pixels_fit() -> None:
    boxes = [Window(0, 0, 4, 4), Window(0, 5, 4, 4)]
    assert scenes_of(plan_mosaics([crop(WHOLE["north up"], box) for box in boxes])) == [[0], [1]]


def test_scenes_of_one_pixel_are_scenes() -> None:
    boxes = [Window(row, column, 1, 1) for row in range(3) for column in range(5)]
    (mosaic,) = plan_mosaics([crop(WHOLE["rotated"], box) for box in boxes])
    assert mosaic.grid.shape == (3, 5)
    assert [member.window for member in mosaic.members] == boxes


MISFITS = {
    "half a pixel beside": grid_at(10, 10, left=500_017.0),
    "a fiftieth of a pixel beside": grid_at(10, 10, left=500_016.04),
    "another CRS": grid_at(10, 10, left=500_016.0, crs="EPSG:32633"),
    "another pixel size": grid_at(10, 10, left=500_016.0, pixel=2.01),
    "turned": rotated_grid(10, 10, degrees=1.0),
    "south up": Grid((10, 10), Affine(2, 0, 500_000, 0, 2, 5_399_980), "EPSG:32632"),
}


@pytest.mark.parametrize("kind", MISFITS)
def test_pixels_that_do_not_fit_do_not_merge(kind: str) -> None:
    assert scenes_of(plan_mosaics([grid_at(10, 10), MISFITS[kind]])) == [[0], [1]]


def test_pixels_that_nearly_fit_merge() -> None:
    first, nearly = (
        grid_at(10, 10),
        grid_at(10, 10, left=500_016.01, crs=grid_at(1, 1).crs.to_wkt()),
    )
    (mosaic,) = plan_mosaics([first, nearly])
    assert mosaic.members[1].window == Window(0, 8, 10, 10)


def test_groups_of_several_lattices_stand_in_the_order_of_their_first_scenes() -> None:
    whole, other = WHOLE["north up"], WHOLE["rotated"]
    grids = [
        crop(whole, Window(0, 0, 4, 4)),
        crop(other, Window(0, 0, 4, 4)),
        crop(whole, Window(50, 50, 4, 4)),
    ]
    grids += [crop(other, Window(0, 4, 4, 4)), crop(whole, Window(4, 0, 4, 4))]
    assert scenes_of(plan_mosaics(grids)) == [[0, 4], [1, 3], [2]]


@settings(max_examples=20)
@given(st.lists(windows, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_which_scenes_form_a_group_does_not_depend_on_their_order(
    boxes: list[Window], random: object
) -> None:
    order = list(range(len(boxes)))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis' Random
    whole = WHOLE["rotated"]
    before = {
        frozenset(group) for group in scenes_of(plan_mosaics([crop(whole, box) for box in boxes]))
    }
    after = scenes_of(plan_mosaics([crop(whole, boxes[index]) for index in order]))
    assert {frozenset(order[scene] for scene in group) for group in after} == before


def test_thousands_of_scenes_are_planned_like_few() -> None:
    whole = rotated_grid(100_000, 100_000, pixel=0.1)
    boxes = [
        Window(row * 990, column * 990, 1000, 1000) for row in range(70) for column in range(70)
    ]
    boxes += [Window(90_000, column * 200, 100, 100) for column in range(50)] * 2
    mosaics = plan_mosaics([crop(whole, box) for box in boxes])
    assert len(mosaics) == 51
    assert mosaics[0].grid.shape == (69 * 990 + 1000, 69 * 990 + 1000)
    assert [member.window for member in mosaics[0].members] == boxes[:4900]
    assert {len(mosaic.members) for mosaic in mosaics[1:]} == {2}
