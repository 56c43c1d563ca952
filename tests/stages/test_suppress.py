"""What stays of the candidates of a scene."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rs_seg.config import HardSuppression, Merging, SoftSuppression
from rs_seg.io.candidates import read_candidates, write_candidates
from rs_seg.predicting.suppressing import match_score
from rs_seg.stages.suppress import suppress
from rs_seg.values.candidates import Candidates

METHODS = [
    HardSuppression(name="hard"),
    SoftSuppression(name="soft", method="soft_nms"),
    Merging(name="merge", method="merge"),
]


def town(count: int, seed: int = 0, *, twice: bool = True) -> Candidates:
    """Boxes of about 20 pixels, 30 apart, each seen twice or once."""
    generator = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count)))
    corners = np.stack(np.divmod(np.arange(count), side), axis=1) * 30.0
    boxes = np.hstack([corners, corners + generator.uniform(15, 25, (count, 2))])
    if twice:
        boxes = np.concatenate([boxes, boxes + generator.uniform(-1, 1, boxes.shape)])
    scores = generator.uniform(0.1, 1, len(boxes))
    return Candidates(boxes, scores, np.arange(len(boxes)) % count % 2)


def run(tmp_path, suppression, candidates):
    write_candidates(tmp_path / "candidates.parquet", candidates)
    survivors = tmp_path / "survivors.parquet"
    candidates_path = tmp_path / "candidates.parquet"
    suppress(suppression, candidates=candidates_path, parameters=[], survivors=survivors)
    return read_candidates(survivors)


@pytest.mark.parametrize("suppression", METHODS, ids=lambda method: method.name)
def test_survivors_come_best_first_and_do_not_depend_on_the_order(tmp_path, suppression):
    candidates = town(200)
    survivors = run(tmp_path, suppression, candidates)
    assert (np.diff(survivors.scores) <= 0).all()
    first = (tmp_path / "survivors.parquet").read_bytes()
    mixed = candidates.take(np.random.default_rng(1).permutation(len(candidates)))
    run(tmp_path, suppression, mixed)
    assert (tmp_path / "survivors.parquet").read_bytes() == first


@pytest.mark.parametrize("suppression", METHODS, ids=lambda method: method.name)
@pytest.mark.parametrize("count", [0, 1])
def test_no_candidate_and_one_stay_as_they_are(tmp_path, suppression, count):
    candidates = town(count, twice=False) if count else town(1).take(np.array([], dtype=int))
    survivors = run(tmp_path, suppression, candidates)
    np.testing.assert_array_equal(survivors.boxes, candidates.boxes)
    np.testing.assert_array_equal(survivors.scores, candidates.scores)


def test_of_what_is_seen_twice_hard_suppression_and_merging_leave_one(tmp_path):
    candidates = town(200)
    for suppression in (METHODS[0], METHODS[2]):
        assert len(run(tmp_path, suppression, candidates)) == 200


def test_soft_suppression_lowers_the_scores_of_rivals(tmp_path):
    candidates = town(200)
    survivors = run(tmp_path, METHODS[1], candidates)
    assert len(survivors) == 400
    assert np.count_nonzero(np.isin(survivors.scores, candidates.scores)) == 200


def test_settings_reach_the_method(tmp_path):
    boxes = np.array([[0.0, 0, 10, 10], [0, 0, 10, 10], [4, 4, 6, 6]])
    candidates = Candidates(boxes, np.array([0.9, 0.8, 0.7]), np.array([1, 2, 1]))
    for settings, left in [
        ({}, 3),
        ({"across": True}, 2),
        ({"overlap": "smaller"}, 2),
        ({"across": True, "limit": 0.03}, 1),
    ]:
        assert len(run(tmp_path, HardSuppression(**settings), candidates)) == left


def test_shapes_are_compared_by_what_they_share_themselves(tmp_path):
    triangles = np.array(
        [shapely.Polygon([(0, 0), (9, 0), (0, 9)]), shapely.Polygon([(10, 10), (1, 10), (10, 1)])]
    )
    candidates = Candidates(
        shapely.bounds(triangles), np.array([0.9, 0.8]), np.array([1, 1]), triangles
    )
    survivors = run(tmp_path, HardSuppression(limit=0.3), candidates)
    assert len(survivors) == 2
    assert survivors.shapes is not None
    boxes_alone = Candidates(candidates.boxes, candidates.scores, candidates.codes)
    assert len(run(tmp_path, HardSuppression(limit=0.3), boxes_alone)) == 1


@pytest.mark.parametrize("share", [0.2, 0.4, 0.7])
def test_merging_joins_boxes_that_share_more_than_the_limit(tmp_path, share):
    moved = 10 * (1 - share) / (1 + share)
    assert match_score(share) == pytest.approx(moved / 10 + 1 - share)
    for by, left in ((moved - 0.1, 1), (moved + 0.1, 2)):
        boxes = np.array([[0.0, 0, 10, 10], [by, 0, 10 + by, 10]])
        candidates = Candidates(boxes, np.array([0.9, 0.8]), np.array([1, 1]))
        suppression = Merging(method="merge", limit=share)
        assert len(run(tmp_path, suppression, candidates)) == left
