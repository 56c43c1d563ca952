"""SCOT against cases counted by hand, and against the definition written out."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.optimize import linear_sum_assignment

from rs_seg.algorithms.tracking.objects import DatedObjects
from rs_seg.algorithms.tracking.scot import TrackFigures, score_tracks
from tests.algorithms.tracking.toy_tracks import make_tracks, square

TRUTH = make_tracks({1: 0, 2: 1}, {1: 0, 2: 1, 3: 2}, {1: 0, 2: 1, 3: 2})
"""Two houses, and a third one from the second day on."""


def score(*days: dict[int, float], truth: DatedObjects = TRUTH) -> TrackFigures:
    return score_tracks(truth, make_tracks(*days), iou=0.25)


def combine(change: float, tracking: float) -> float:
    return 5 * change * tracking / (4 * change + tracking)


def test_identical_tracks_are_perfect_whatever_their_ids() -> None:
    figures = score({7: 0, 5: 1}, {7: 0, 5: 1, 0: 2}, {7: 0, 5: 1, 0: 2})
    assert (figures.matched, figures.false, figures.missed, figures.mismatched) == (8, 0, 0, 0)
    assert (figures.changes_found, figures.changes_false, figures.changes_missed) == (1, 0, 0)
    assert (figures.f1, figures.tracking_f1, figures.change_f1, figures.score()) == (1, 1, 1, 1)


def test_a_new_id_of_a_known_house_is_a_mismatch_and_a_false_change() -> None:
    figures = score({1: 0, 2: 1}, {1: 0, 2: 1, 3: 2}, {9: 0, 2: 1, 3: 2})
    assert (figures.matched, figures.mismatched, figures.f1) == (8, 1, 1.0)
    assert figures.tracking_f1 == pytest.approx(7 / 8)
    assert (figures.changes_found, figures.changes_false, figures.changes_missed) == (1, 1, 0)
    assert figures.change_f1 == pytest.approx(2 / 3)
    assert figures.score() == pytest.approx(combine(2 / 3, 7 / 8))
    assert figures.score(beta=1) == pytest.approx(2 * (2 / 3 * 7 / 8) / (2 / 3 + 7 / 8))


def test_ids_that_are_swapped_are_two_mismatches_and_no_change() -> None:
    figures = score({1: 0, 2: 1}, {1: 0, 2: 1, 3: 2}, {1: 1, 2: 0, 3: 2})
    assert figures.mismatched == 2
    assert figures.tracking_f1 == pytest.approx(6 / 8)
    assert figures.change_f1 == 1.0


def test_a_swap_that_stays_is_counted_once() -> None:
    truth = make_tracks(*[{1: 0, 2: 1}] * 4)
    kept = score({1: 0, 2: 1}, {1: 1, 2: 0}, {1: 1, 2: 0}, {1: 1, 2: 0}, truth=truth)
    assert kept.mismatched == 2
    back = score({1: 0, 2: 1}, {1: 1, 2: 0}, {1: 0, 2: 1}, {1: 0, 2: 1}, truth=truth)
    assert back.mismatched == 4


def test_a_birth_that_is_missed_or_late_costs_the_change_figure() -> None:
    missed = score(*[{1: 0, 2: 1}] * 3)
    assert (missed.matched, missed.missed, missed.tracking_f1) == (6, 2, 6 / 7)
    assert (missed.changes_found, missed.changes_false, missed.changes_missed) == (0, 0, 1)
    assert missed.score() == 0.0
    late = score({1: 0, 2: 1}, {1: 0, 2: 1}, {1: 0, 2: 1, 3: 2})
    assert (late.changes_found, late.changes_false, late.changes_missed) == (0, 1, 1)


def test_what_is_built_on_the_first_day_is_no_change_and_a_gap_is_none_either() -> None:
    truth = make_tracks({1: 0}, {2: 1}, {1: 0, 2: 1})
    figures = score({1: 0}, {2: 1}, {1: 0, 2: 1}, truth=truth)
    assert (figures.days, figures.changes_found, figures.mismatched) == (3, 1, 0)
    assert figures.score() == 1.0


def test_without_any_change_the_score_is_0_as_in_the_program_of_the_authors() -> None:
    truth = make_tracks({1: 0}, {1: 0})
    figures = score({1: 0}, {1: 0}, truth=truth)
    assert (figures.tracking_f1, figures.change_f1, figures.score()) == (1.0, 0.0, 0.0)


def test_days_without_an_object_of_the_reference_do_not_count() -> None:
    figures = score({1: 0, 2: 1}, {1: 0, 2: 1, 3: 2}, {1: 0, 2: 1, 3: 2}, {8: 5, 9: 6})
    assert (figures.days, figures.false, figures.score()) == (3, 0, 1.0)
    nothing = score({1: 0}, truth=make_tracks())
    assert (nothing.days, nothing.matched, nothing.score()) == (0, 0, 0.0)
    unseen = score()
    assert (unseen.missed, unseen.changes_missed, unseen.score()) == (8, 1, 0.0)


def test_an_overlap_must_be_above_the_limit() -> None:
    truth = make_tracks({1: 0.0})
    shares = {4.0: 6 / 14, 6.0: 0.25, 7.0: 3 / 17}
    for shift, share in shares.items():
        figures = score({1: shift / 20}, truth=truth)
        assert figures.matched == (share > 0.25)


def test_as_many_as_possible_are_matched_and_not_the_best_pair_first() -> None:
    """The middle proposal fits the first house best, but then the second house has none."""
    first, second = square(0.0), shapely.box(8, 0, 18, 10)
    truth = DatedObjects(np.array([first, second]), np.array([1, 1]), np.array([1, 2]))
    found = np.array([shapely.box(3, 0, 13, 10), shapely.box(-5, 0, 5, 10)])
    tracks = DatedObjects(found, np.array([1, 1]), np.array([1, 2]))
    assert score_tracks(truth, tracks, iou=0.25).matched == 2


def write_out(truth: DatedObjects, tracks: DatedObjects) -> tuple[int, ...]:
    """The definition with full matrices and lists of all matches, the newest first."""
    matches: list[tuple[int, int]] = []
    counts = np.zeros(7, dtype=int)
    for number, day in enumerate(np.unique(truth.days)):
        here, there = truth.on(day), tracks.on(day)
        shared = shapely.area(shapely.intersection(here.shapes[:, None], there.shapes[None]))
        whole = shapely.area(here.shapes)[:, None] + shapely.area(there.shapes)[None] - shared
        iou = shared / whole
        own, other = linear_sum_assignment((iou > 0.25) * (100 + iou), maximize=True)
        good = iou[own, other] > 0.25
        pairs = [*zip(here.ids[own[good]], there.ids[other[good]], strict=True)]
        counts[:3] += [len(pairs), len(there.ids) - len(pairs), len(here.ids) - len(pairs)]
        for one, two in pairs:
            before = [pair for pair in matches if pair[0] == one][:1]
            behind = [pair for pair in matches if pair[1] == two][:1]
            counts[3] += any(pair != (one, two) for pair in before + behind)
        earlier = truth.ids[truth.days < day], tracks.ids[tracks.days < day]
        if number:
            new = {*here.ids} - {*earlier[0]}
            said = {*there.ids} - {*earlier[1]}
            found = sum(one in new and two in said for one, two in pairs)
            counts[4:] += [found, len(said) - found, len(new) - found]
        matches = pairs + matches
    return tuple(counts.tolist())


@pytest.mark.parametrize("seed", range(8))
def test_figures_are_those_of_the_definition_written_out(seed: int) -> None:
    generator = np.random.default_rng(seed)
    sides = []
    for wobble in (0.0, 2.5):
        rows = []
        for day in range(1, 7):
            for own in range(24):
                if generator.random() < 0.75:
                    x, y = 9 * (own % 6), 9 * (own // 6)
                    dx, dy = generator.normal(0, 1, 2) * wobble
                    name = own if generator.random() < 0.8 else 100 + own
                    rows.append((shapely.box(x + dx, y + dy, x + dx + 10, y + dy + 8), day, name))
        shapes, days, ids = zip(*rows, strict=True)
        sides.append(DatedObjects(np.array(shapes), np.array(days), np.array(ids)))
    figures = score_tracks(*sides, iou=0.25)
    assert (
        *(figures.matched, figures.false, figures.missed, figures.mismatched),
        *(figures.changes_found, figures.changes_false, figures.changes_missed),
    ) == write_out(*sides)
    assert figures.mismatched > 5
    assert figures.false > 5
