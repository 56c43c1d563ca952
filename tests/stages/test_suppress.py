"""What stays of the candidates of a scene."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rs_seg.config import (
    DetectorConfig,
    DetectorEnsemble,
    HardSuppression,
    Merging,
    SoftSuppression,
    WeightedFusion,
)
from rs_seg.errors import UserError
from rs_seg.io.candidates import read_candidates, read_cut, write_candidates
from rs_seg.predicting.suppressing import match_score
from rs_seg.stages.suppress import suppress
from rs_seg.values.candidates import Candidates

METHODS = [
    HardSuppression(name="hard"),
    SoftSuppression(name="soft", method="soft_nms"),
    Merging(name="merge", method="merge"),
    WeightedFusion(name="weighted", method="weighted"),
]

CENTRE = DetectorConfig(name="centre")


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


def run(tmp_path, suppression, *models, detector=CENTRE):
    paths = [tmp_path / f"candidates{number}.parquet" for number in range(len(models))]
    for path, candidates in zip(paths, models, strict=True):
        write_candidates(path, candidates)
    survivors = tmp_path / "survivors.parquet"
    suppress(suppression, detector, candidates=paths, parameters=[], survivors=survivors)
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


def test_how_many_candidates_tiles_have_cut_is_known_afterwards(tmp_path):
    paths = [tmp_path / f"{name}.parquet" for name in ("one", "other")]
    for path, cut in zip(paths, (3, 4), strict=True):
        write_candidates(path, town(5), cut=cut)
    both = DetectorEnsemble(name="both", members=("one", "other"))
    survivors = tmp_path / "survivors.parquet"
    suppress(METHODS[0], both, candidates=paths, parameters=[], survivors=survivors)
    assert read_cut(survivors) == 7
    run(tmp_path, METHODS[0], town(5))
    assert read_cut(survivors) == 0


@pytest.mark.parametrize("suppression", METHODS, ids=lambda method: method.name)
@pytest.mark.parametrize("count", [0, 1])
def test_no_candidate_and_one_stay_as_they_are(tmp_path, suppression, count):
    candidates = town(count, twice=False) if count else town(1).take(np.array([], dtype=int))
    survivors = run(tmp_path, suppression, candidates)
    np.testing.assert_array_equal(survivors.boxes, candidates.boxes)
    np.testing.assert_array_equal(survivors.scores, candidates.scores)


def test_of_what_is_seen_twice_all_but_soft_suppression_leave_one(tmp_path):
    candidates = town(200)
    for suppression in (METHODS[0], *METHODS[2:]):
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


def test_weighted_boxes_lie_between_those_they_come_from(tmp_path):
    boxes = np.array([[0.0, 0, 30, 10], [3, 0, 33, 10], [100, 0, 110, 10]])
    candidates = Candidates(boxes, np.array([0.8, 0.4, 0.7]), np.array([1, 1, 2]))
    survivors = run(tmp_path, METHODS[3], candidates)
    np.testing.assert_allclose(survivors.boxes, [[100, 0, 110, 10], [1, 0, 31, 10]])
    np.testing.assert_allclose(survivors.scores, [0.7, 0.6])
    boxes[1, ::2] += 20
    assert (
        len(run(tmp_path, METHODS[3], Candidates(boxes, candidates.scores, candidates.codes))) == 3
    )


def test_an_ensemble_has_the_candidates_of_all_members(tmp_path):
    both = DetectorEnsemble(name="both", members=("centre", "fcos"))
    boxes = np.array([[0.0, 0, 10, 10], [50, 0, 60, 10]])
    one = Candidates(boxes, np.array([0.9, 0.5]), np.array([1, 1]))
    other = Candidates(boxes[:1] + 0.5, np.array([0.3]), np.array([1]))
    hard = run(tmp_path, METHODS[0], one, other, detector=both)
    assert hard.scores.tolist() == [0.9, 0.5]
    # what one of two finds has half its score; boxes are weighted 3 to 1 by their scores
    fused = run(tmp_path, METHODS[3], one, other, detector=both)
    np.testing.assert_allclose(fused.scores, [0.6, 0.25])
    np.testing.assert_allclose(fused.boxes[0], boxes[0] + 0.125)
    weighted = both.model_copy(update={"weights": (1, 3)})
    fused = run(tmp_path, METHODS[3], one, other, detector=weighted)
    np.testing.assert_allclose(fused.scores, [0.45, 0.125])
    np.testing.assert_allclose(fused.boxes[0], boxes[0] + 0.25)


def test_of_each_member_of_an_ensemble_the_best_candidate_is_averaged(tmp_path):
    both = DetectorEnsemble(name="both", members=("centre", "fcos"))
    boxes = np.array([[0.0, 0, 10, 10], [1, 0, 11, 10]])
    one = Candidates(boxes, np.array([0.9, 0.1]), np.array([1, 1]))
    other = Candidates(boxes[:1], np.array([0.5]), np.array([1]))
    fused = run(tmp_path, METHODS[3], one, other, detector=both)
    np.testing.assert_allclose(fused.scores, [0.7])
    every = METHODS[3].model_copy(update={"member_limit": None})
    fused = run(tmp_path, every, one, other, detector=both)
    np.testing.assert_allclose(fused.scores, [0.5])
    alone = run(tmp_path, METHODS[3], one)
    np.testing.assert_allclose(alone.scores, [0.5])


def test_a_file_is_needed_for_each_member(tmp_path):
    both = DetectorEnsemble(name="both", members=("centre", "fcos"))
    with pytest.raises(UserError, match="not those of the detector") as refused:
        run(tmp_path, METHODS[0], town(2), detector=both)
    assert refused.value.expected == "one for each of centre, fcos, in this order"
    with pytest.raises(UserError, match="2 files for --candidates"):
        run(tmp_path, METHODS[0], town(2), town(2))


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
