"""Objects of overlapping tiles: each once, and whole where a tile can hold it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.objects.ownership import EDGE, SEAM
from rs_seg.algorithms.objects.suppression import suppress
from rs_seg.algorithms.objects.tile_candidates import TilePlace, join_tiles, own_candidates
from rs_seg.algorithms.prediction.tiling import TilePlan, plan_tiles
from rs_seg.values.candidates import Candidates, join_candidates

STRIDE = 32


def see(boxes, plan: TilePlan, *, wobble=0.0, seed=0):
    """What tiles own that see all of the boxes that reaches into them, as they see it, and cuts."""
    generator = np.random.default_rng(seed)
    parts, cuts = [], 0
    for row in range(len(plan.rows.origins)):
        for column in range(len(plan.columns.origins)):
            window = plan.tile(row, column)
            origin = np.array([window.column, window.row] * 2)
            seen = np.clip(boxes - origin, 0, [window.width, window.height] * 2)
            seen = seen[(seen[:, 2:] > seen[:, :2]).all(axis=1)]
            seen += generator.uniform(-wobble, wobble, seen.shape)
            candidates = Candidates(seen, np.full(len(seen), 0.5), np.zeros(len(seen), np.int64))
            valid = np.ones((window.height, window.width), dtype=bool)
            owned, cut = own_candidates(candidates, TilePlace(plan, row, column, valid))
            parts.append(owned)
            cuts += int(cut.sum())
    return join_candidates(parts), cuts


def found_boxes(candidates):
    return sorted(map(tuple, candidates.boxes.tolist()))


@st.composite
def scenes(draw, *, share=1.0):
    """A plan with a margin, and boxes no longer than that share of it, in the scene."""
    margin = draw(st.sampled_from([16, 32, 64]))
    tile = draw(st.integers(2 * margin // STRIDE + 1, 12)) * STRIDE
    height, width = draw(st.integers(20, 700)), draw(st.integers(20, 700))
    plan = plan_tiles(height, width, tile=tile, overlap=2 * margin, stride=STRIDE, join="crop")
    count = draw(st.integers(0, 12))
    generator = np.random.default_rng(draw(st.integers(0, 10**6)))
    sides = generator.uniform(2, share * margin, (count, 2))
    corners = generator.uniform(0, 1, (count, 2)) * (np.array([width, height]) - 2)
    boxes = np.round(np.hstack([corners, corners + sides]) * 4) / 4
    boxes = np.clip(boxes, 0, [width, height] * 2)
    return plan, boxes[(boxes[:, 2:] > boxes[:, :2]).all(axis=1)]


@settings(deadline=None, max_examples=150)
@given(scenes(share=1.0))
def test_every_object_up_to_the_margin_comes_once_and_whole(scene):
    plan, boxes = scene
    found, cuts = see(boxes, plan)
    assert found_boxes(join_tiles([found])) == sorted(set(map(tuple, boxes.tolist())))
    assert cuts == 0


@settings(deadline=None, max_examples=150)
@given(scenes(share=6.0))
def test_an_object_that_some_tile_can_hold_comes_once_and_never_in_pieces(scene):
    plan, boxes = scene
    boxes = np.unique(boxes, axis=0)
    held = is_held(plan.columns, boxes[:, 0::2]) & is_held(plan.rows, boxes[:, 1::2])
    found, cuts = see(boxes, plan)
    joined = found_boxes(join_tiles([found]))
    whole = set(map(tuple, boxes[held].tolist()))
    assert whole <= set(joined)
    assert len(joined) == len(set(joined))
    for box in set(joined) - whole:
        left, top, right, bottom = boxes[~held].T
        assert (
            (left <= box[0]) & (top <= box[1]) & (right >= box[2]) & (bottom >= box[3])
        ).any(), "only what no tile can hold comes in pieces"
    assert (cuts > 0) <= (~held).any()


def is_held(axis, spans):
    """Whether a tile holds spans (N, 2) with room to spare at its inner edges."""
    last = len(axis.origins) - 1
    fits = [
        ((spans[:, 0] >= origin + EDGE + SEAM) | (number == 0))
        & ((spans[:, 1] <= origin + axis.tile - EDGE - SEAM) | (number == last))
        for number, origin in enumerate(axis.origins)
    ]
    return np.any(fits, axis=0)


@settings(deadline=None, max_examples=100)
@given(scenes(share=1.0), st.integers(0, 100))
def test_boxes_that_tiles_see_a_little_differently_are_never_lost(scene, seed):
    plan, boxes = scene
    boxes = centred_on_borders(boxes, plan)
    found, _ = see(boxes, plan, wobble=0.9, seed=seed)
    for box in boxes:
        assert (np.abs(found.boxes - box).max(axis=1, initial=0) <= 1).any()
    # what is found twice is found at a seam, and goes with suppression
    survivors = found.take(suppress(found, limit=0.3))
    lone = [box for box in boxes if np.count_nonzero(overlaps(boxes, box)) == 1]
    for box in lone:
        assert np.count_nonzero(np.abs(survivors.boxes - box).max(axis=1) <= 1) == 1


def centred_on_borders(boxes, plan):
    """The boxes moved to where cores meet; those that are small, or leave the scene, left out."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    for place, axis in enumerate((plan.columns, plan.rows)):
        borders = np.array([end for _, end in axis.cores])
        centres[:, place] = borders[np.abs(borders - centres[:, place, None]).argmin(axis=1)]
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    moved = np.hstack([centres - half, centres + half])
    inside = (moved >= 0).all(axis=1) & (moved[:, 2:] <= [plan.width, plan.height]).all(axis=1)
    return moved[inside & (half.min(axis=1) >= 4)]


def overlaps(boxes, box):
    return (boxes[:, :2] < box[2:] + 4).all(axis=1) & (boxes[:, 2:] > box[:2] - 4).all(axis=1)


@settings(deadline=None, max_examples=100)
@given(scenes(share=1.9))
def test_centres_of_dense_detectors_belong_to_one_core(scene):
    plan, boxes = scene
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    dots = np.hstack([centres, centres + 0.25])
    found, cuts = see(dots, plan)
    inside = dots[(dots[:, 2:] <= [plan.width, plan.height]).all(axis=1)]
    assert set(map(tuple, inside.tolist())) <= set(found_boxes(found))
    assert len(found) <= 4 * len(dots)
    assert len(join_tiles([found])) == len(set(map(tuple, dots.tolist())))
    assert cuts == 0


def test_an_object_longer_than_every_tile_is_kept_in_pieces_that_are_counted():
    plan = plan_tiles(64, 400, tile=128, overlap=64, stride=STRIDE, join="crop")
    found, cuts = see(np.array([[10.0, 20.0, 390.0, 40.0]]), plan)
    assert len(found) > 1
    assert cuts == len(found)


def test_what_has_its_centre_on_a_pixel_without_data_is_dropped():
    plan = plan_tiles(64, 64, tile=64, overlap=0, stride=STRIDE, join="crop")
    valid = np.ones((64, 64), dtype=bool)
    valid[10, 20] = False
    boxes = np.array([[18.5, 8.5, 22.5, 12.5], [19.5, 8.5, 23.5, 12.5]])
    candidates = Candidates(boxes, np.array([0.9, 0.8]), np.array([0, 0]))
    owned, _ = own_candidates(candidates, TilePlace(plan, 0, 0, valid))
    assert found_boxes(owned) == [(19.5, 8.5, 23.5, 12.5)]


def test_what_lies_beyond_the_scene_is_cut_off_and_no_shape_is_lost_by_it():
    plan = plan_tiles(50, 40, tile=64, overlap=0, stride=STRIDE, join="crop")
    shapes = np.array([shapely.box(30, 40, 60, 60), shapely.box(41, 0, 50, 9)])
    candidates = Candidates(shapely.bounds(shapes), np.array([0.9, 0.8]), np.array([0, 1]), shapes)
    valid = np.zeros((64, 64), dtype=bool)
    valid[:50, :40] = True
    owned, _ = own_candidates(candidates, TilePlace(plan, 0, 0, valid))
    assert found_boxes(owned) == [(30, 40, 40, 50)]
    assert shapely.equals(owned.shapes[0], shapely.box(30, 40, 40, 50))


@pytest.mark.parametrize("with_shapes", [False, True])
def test_joining_orders_candidates_and_drops_equal_ones(with_shapes):
    boxes = np.array([[0.0, 0, 2, 2], [5, 5, 9, 9], [0, 0, 2, 2], [0, 0, 2, 2]])
    scores, codes = np.array([0.5, 0.9, 0.5, 0.5]), np.array([1, 1, 1, 2])
    shapes = shapely.box(*boxes.T) if with_shapes else None
    whole = Candidates(boxes, scores, codes, shapes)
    empty = Candidates(np.empty((0, 4)), np.empty(0), np.empty(0, np.int64))
    joined = join_tiles([whole.take(np.array([2, 3])), empty, whole.take(np.array([1, 0]))])
    assert joined.scores.tolist() == [0.9, 0.5, 0.5]
    assert joined.codes.tolist() == [1, 1, 2]
    assert (joined.shapes is None) != with_shapes


def test_outlines_that_cross_once_they_are_rounded_are_mended():
    # a neck that is thinner than a step: rounded, both its sides fall onto one another
    step = 1 / 1024
    ring = [(2, 2), (8, 2), (8, 5), (5, 5), (5, 6 - step / 8), (8, 6), (8, 9), (2, 9)]
    crossed = shapely.Polygon([(2, 2), (8, 9), (8, 2), (2, 9)])
    shapes = np.array([shapely.Polygon(ring), crossed])
    candidates = Candidates(
        np.array([[2.0, 2, 8, 9], [2, 2, 8, 9]]),
        np.array([0.9, 0.8]),
        np.zeros(2, np.int64),
        shapes,
    )
    plan = plan_tiles(64, 64, tile=64, overlap=32, stride=STRIDE, join="crop")
    owned, _ = own_candidates(candidates, TilePlace(plan, 0, 0, np.ones((64, 64), dtype=bool)))
    assert len(owned) == 2
    assert shapely.is_valid(owned.shapes).all()
    assert suppress(owned).tolist() == [0, 1]
