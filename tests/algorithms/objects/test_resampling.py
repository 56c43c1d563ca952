"""Blocks drawn again: each once is the figure itself, and its interval holds it."""

from __future__ import annotations

import numpy as np
import pytest

from rs_seg.algorithms.objects.figures import describe_shapes
from rs_seg.algorithms.objects.precision import average_precision, coco_precision, draw_curve
from rs_seg.algorithms.objects.resampling import draw_blocks, resample_precision
from rs_seg.algorithms.objects.tallies import ClassTally, join_scenes, match_scene
from rs_seg.values import ClassNames
from tests.algorithms.objects.test_tallies import objects_of

NAMES = ClassNames.model_validate([{"code": 1, "name": "tree"}])
BLOCKS = 12


def make_tally(seed: int = 0, *, block_count: int = BLOCKS) -> ClassTally:
    """Objects on a lattice, most of them found, in as many blocks."""
    generator = np.random.default_rng(seed)
    corners = np.stack(np.meshgrid(np.arange(12) * 40.0, np.arange(10) * 40.0), -1).reshape(-1, 2)
    truth = np.hstack([corners, corners + 20])
    found = truth + generator.normal(0, 2.5, truth.shape)
    found[generator.random(len(found)) < 0.25] += 20
    numbers = (corners[:, 0] // 40).astype(np.int64) % block_count
    scene = objects_of(
        truth, found, generator.random(len(found)), blocks=numbers, reference_blocks=numbers
    )
    return join_scenes([match_scene(scene, 0.5)], block_count=block_count)


@pytest.mark.parametrize("seed", range(3))
def test_every_block_once_is_the_figure_itself(seed):
    tally = make_tally(seed)
    ap, ap50 = resample_precision(tally, np.ones((1, BLOCKS), dtype=np.int64))
    assert ap[0] == pytest.approx(coco_precision(tally.matches), abs=1e-12)
    assert ap50[0] == pytest.approx(average_precision(draw_curve(tally.matches, 0)), abs=1e-12)


def test_a_block_drawn_twice_counts_twice():
    """Twice the detections of a block are two objects found twice, in one order."""
    tally = make_tally()
    times = np.arange(BLOCKS)[None] % 3
    repeated = np.repeat(np.arange(len(tally.blocks)), times[0][tally.blocks])
    right = tally.matches.right[0][repeated]
    recall = right.cumsum() / (times[0] * tally.objects).sum()
    precision = right.cumsum() / np.arange(1, len(right) + 1)
    # copies of one detection come at once: only the last of them is a point of the curve
    last = np.append(np.diff(repeated) > 0, True)
    expected = [
        precision[last][recall[last] >= level].max(initial=0.0) for level in np.linspace(0, 1, 101)
    ]
    assert resample_precision(tally, times)[1][0] == pytest.approx(np.mean(expected), abs=1e-12)


def test_intervals_hold_the_figures():
    figures = describe_shapes(
        [make_tally()], NAMES, least_score=0.4, times=draw_blocks(BLOCKS, seed=1)
    )
    for name in ("ap", "ap50", "precision", "recall", "f1"):
        low, high = getattr(figures.intervals, name)
        assert low < getattr(figures, name) < high
    assert figures.per_class[0].intervals.f1 == figures.intervals.f1, "there is one class"
    assert figures.per_class[0].count_error < 0 < figures.count_error


def test_one_block_has_no_intervals():
    assert draw_blocks(1, seed=0).shape == (0, 1)
    figures = describe_shapes(
        [make_tally(block_count=1)], NAMES, least_score=0.4, times=draw_blocks(1, seed=0)
    )
    assert figures.f1 is not None
    assert figures.intervals.f1 is None
    assert figures.per_class[0].intervals.ap is None


def test_equal_seeds_give_equal_draws():
    assert (draw_blocks(5, seed=3) == draw_blocks(5, seed=3)).all()
    assert (draw_blocks(5, seed=3).sum(axis=1) == 5).all()
