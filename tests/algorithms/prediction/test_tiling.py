from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.prediction.tiling import TilePlan, plan_tiles


@st.composite
def plans(draw: st.DrawFn, largest: int = 200) -> TilePlan:
    height, width = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    tile = draw(st.integers(1, 5)) * 8
    return plan_tiles(
        height, width, tile=tile, overlap=draw(st.integers(0, tile * 3 // 4)), multiple=draw(st.sampled_from([1, 4, 8]))
    )


@settings(deadline=None)
@given(plans())
def test_tiles_cover_every_pixel(plan: TilePlan):
    covered = np.zeros((plan.height, plan.width), dtype=int)
    for row in range(len(plan.rows)):
        for column in range(len(plan.columns)):
            tile = plan.tile(row, column).clip(plan.height, plan.width)
            assert tile is not None
            covered[tile.slices] += 1
    assert covered.min() >= 1


@settings(deadline=None)
@given(plans())
def test_weights_are_positive_and_sum_to_one_at_each_pixel(plan: TilePlan):
    for origins, weights, length in (
        (plan.rows, plan.row_weights(), plan.height),
        (plan.columns, plan.column_weights(), plan.width),
    ):
        sums = np.zeros(origins[-1] + weights.shape[1])
        for origin, weight in zip(origins, weights, strict=True):
            sums[origin : origin + len(weight)] += weight
        assert weights.min() > 0
        assert len(sums) >= length
        np.testing.assert_allclose(sums, 1, atol=1e-6)


@settings(deadline=None)
@given(plans(), st.integers(1, 64))
def test_strips_end_in_order_at_the_last_row_and_never_beyond_the_next_tile(plan: TilePlan, align: int):
    ends = plan.strip_ends(align=align)
    assert list(ends) == sorted(ends)
    assert ends[-1] == plan.height
    assert all(end % align == 0 and end <= start for end, start in zip(ends[:-1], plan.rows[1:], strict=True))


@settings(deadline=None)
@given(plans())
def test_tiles_are_of_one_size_and_neighbours_share_the_overlap(plan: TilePlan):
    steps = np.diff(plan.rows)
    assert (steps > 0).all()
    assert (steps <= plan.tile_height).all()


@pytest.mark.parametrize(("length", "tile"), [(1, 32), (31, 32), (33, 64), (512, 512)])
def test_an_image_smaller_than_a_tile_is_rounded_up_to_the_multiple(length: int, tile: int):
    plan = plan_tiles(length, 3, tile=512, overlap=128, multiple=32)
    assert (plan.tile_height, plan.tile_width, plan.rows) == (tile, 32, (0,))
