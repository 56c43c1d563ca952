from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.prediction.tiling import (
    FIT,
    SHRINK,
    TilePlan,
    fit_tile,
    plan_tiles,
    share_strips,
)


@st.composite
def plans(draw: st.DrawFn, largest: int = 200) -> TilePlan:
    height, width = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    tile = draw(st.integers(1, 5)) * 8
    return plan_tiles(
        height,
        width,
        tile=tile,
        overlap=draw(st.integers(0, tile * 3 // 4)),
        stride=draw(st.sampled_from([1, 4, 8])),
        join=draw(st.sampled_from(["blend", "crop"])),
        fit=draw(st.sampled_from([None, FIT, SHRINK])),
    )


def computed(plan: TilePlan) -> int:
    return sum(
        plan.tile(row, column).height * plan.tile(row, column).width
        for row in range(len(plan.rows.origins))
        for column in range(len(plan.columns.origins))
    )


@settings(deadline=None)
@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(0, 6), st.sampled_from([16, 32]))
def test_fitted_tiles_compute_no_more_and_stay_near_the_tuned_size(height, width, strides, stride):
    settings = {"tile": 768, "overlap": strides * stride, "stride": stride}
    fixed, fitted = (plan_tiles(height, width, **settings, fit=fit) for fit in (None, FIT))
    assert computed(fitted) <= 1.03**2 * computed(fixed)
    for axis in (fitted.rows, fitted.columns):
        assert axis.tile % stride == 0
        assert axis.tile <= 1.35 * 768
        assert axis.tile >= min(0.75 * 768, axis.length)
        assert len(axis.origins) == 1 or 2 * axis.overlap <= axis.tile


@pytest.mark.parametrize(("length", "tile"), [(500, 768), (768, 768), (1000, 1024), (2048, 832)])
def test_a_scene_of_this_length_has_tiles_of(length: int, tile: int):
    assert fit_tile(length, tile=768, overlap=192, stride=32) == tile


@given(st.integers(1, 3000), st.integers(0, 6))
def test_tiles_that_memory_bounds_are_never_larger(length: int, strides: int):
    tile = fit_tile(length, tile=384, overlap=32 * strides, stride=32, fit=SHRINK)
    assert max(288, 2 * 32 * strides) <= tile <= 384


def cover(plan: TilePlan) -> np.ndarray:
    """Number of tiles that contribute to each pixel."""
    covered = np.zeros((plan.height, plan.width), dtype=int)
    for row in range(len(plan.rows.origins)):
        for column in range(len(plan.columns.origins)):
            core = plan.core(row, column)
            assert plan.tile(row, column).intersect(core) == core
            covered[core.slices] += 1
    return covered


@settings(deadline=None)
@given(plans())
def test_tiles_cover_every_pixel_and_cropped_cores_partition_the_scene(plan: TilePlan):
    covered = cover(plan)
    assert covered.min() >= 1
    if plan.rows.join == "crop":
        assert covered.max() == 1


@settings(deadline=None)
@given(plans())
def test_weights_sum_to_one_at_each_pixel_and_are_positive_in_the_core(plan: TilePlan):
    for axis in (plan.rows, plan.columns):
        sums = np.zeros(axis.origins[-1] + axis.tile)
        for origin, weight, (first, last) in zip(
            axis.origins, axis.weights, axis.cores, strict=True
        ):
            sums[origin : origin + axis.tile] += weight
            assert (weight[first - origin : last - origin] > 0).all()
        np.testing.assert_allclose(sums, 1, atol=1e-6)


@settings(deadline=None)
@given(plans(), st.sampled_from([1, 7, 16, 256]))
def test_bands_hold_every_row_once_and_name_all_tiles_that_contribute(plan: TilePlan, align: int):
    strips = plan.strips(align=align)
    assert strips[0].row == 0
    assert [strip.row for strip in strips[1:]] == [strip.row_end for strip in strips[:-1]]
    assert strips[-1].row_end == plan.height
    assert all(strip.row % align == 0 for strip in strips)
    for strip in strips:
        touching = [
            index
            for index, (top, end) in enumerate(plan.rows.cores)
            if top < strip.row_end and end > strip.row
        ]
        assert (strip.first_tiles, strip.last_tiles) == (touching[0], touching[-1])
    last = [strip.last_tiles for strip in strips]
    assert last == sorted(set(last)), (
        "a strip ends with the last row of tiles that reaches it, each with another one"
    )


@settings(deadline=None)
@given(plans(), st.integers(1, 30))
def test_shards_partition_the_bands_in_order(plan: TilePlan, count: int):
    strips = plan.strips()
    shards = [share_strips(strips, index=index, of=count) for index in range(1, count + 1)]
    assert tuple(strip for shard in shards for strip in shard) == strips
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


@pytest.mark.parametrize(("overlap", "step"), [(0, 64), (1, 32), (32, 32), (33, 32)])
def test_an_overlap_is_rounded_up_to_the_stride_and_leaves_a_stride(overlap: int, step: int):
    assert plan_tiles(256, 256, tile=64, overlap=overlap, stride=32).rows.origins == tuple(
        range(0, 193, step)
    )


@settings(deadline=None)
@given(plans())
def test_tiles_lie_on_the_lattice_of_the_stride_and_end_less_than_a_stride_beyond_the_scene(
    plan: TilePlan,
):
    for axis in (plan.rows, plan.columns):
        steps = np.diff(axis.origins)
        assert ((steps > 0) & (steps <= axis.tile)).all()
        assert axis.length <= axis.origins[-1] + axis.tile < axis.length + 8


def test_margins_of_cropped_tiles_are_half_the_overlap():
    plan = plan_tiles(2000, 100, tile=512, overlap=128, stride=32, join="crop")
    assert plan.rows.origins == (0, 384, 768, 1152, 1504)  # 2000 rounded up to the stride is 2016
    for origin, (first, last) in list(zip(plan.rows.origins, plan.rows.cores, strict=True))[1:-1]:
        assert first - origin >= 64
        assert origin + 512 - last >= 64
    assert plan.rows.cores[0][0] == 0
    assert plan.rows.cores[-1][1] == 2000


@pytest.mark.parametrize(("length", "tile"), [(1, 32), (31, 32), (33, 64), (512, 512)])
def test_a_scene_smaller_than_a_tile_is_one_tile_rounded_up_to_the_stride(length: int, tile: int):
    plan = plan_tiles(length, 3, tile=512, overlap=128, stride=32)
    assert (plan.rows.tile, plan.columns.tile, plan.rows.origins) == (tile, 32, (0,))


def test_tiles_of_one_size_reach_beyond_small_scenes():
    plan = plan_tiles(40, 300, tile=128, overlap=32, stride=32, one_size=True)
    assert (plan.rows.tile, plan.columns.tile) == (128, 128)
    assert (plan.rows.origins, plan.columns.origins) == ((0,), (0, 96, 192))
    assert plan.core(0, 0).row_end == 40


def test_blended_tiles_rise_over_the_whole_overlap_by_the_sixth_power_of_a_sine():
    axis = plan_tiles(64, 112, tile=64, overlap=16).columns
    first, second = axis.weights
    assert axis.origins == (0, 48)
    place = np.arange(16)
    rise = np.sin(0.5 * np.pi * (place + 0.5) / 16) ** 6
    np.testing.assert_allclose(second[:16], rise / (rise + rise[::-1]), rtol=1e-5)
    np.testing.assert_allclose(first[48:], 1 - second[:16], rtol=1e-4, atol=1e-7)
    assert np.all(first[:48] == 1)
    # a quarter into the overlap, between pixels 3 and 4
    quarter = np.sin(np.pi / 8) ** 6 / (np.sin(np.pi / 8) ** 6 + np.cos(np.pi / 8) ** 6)
    assert second[3] < quarter < second[4]
