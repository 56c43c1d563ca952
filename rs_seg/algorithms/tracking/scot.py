"""What tracks are worth against those of a reference: SpaceNet Change and Object Tracking (SCOT).

Source: Van Etten, Hogan et al. 2021, The multi-temporal urban development SpaceNet dataset, and
their program (solaris, eval/scot.py), which these figures equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from rs_seg.algorithms.tracking.assigning import match_shapes
from rs_seg.algorithms.tracking.objects import DatedObjects, Ids
from rs_seg.values.scot import BETA


@dataclass(frozen=True)
class TrackFigures:
    """Counts of one place over all days of the reference, and the figures that follow from them.

    `matched`, `false` and `missed` count objects day by day. `mismatched` matches are of an object
    that was last matched by another track, or of a track that last matched another object.
    `changes_found`, `changes_false` and `changes_missed` count objects that are there for the first
    time, from the second day on. A figure of nothing is 0, as in the program of the authors: where
    nothing new is built and nothing is said to be, `change_f1` and `score` are 0.
    """

    days: int
    matched: int
    false: int
    missed: int
    mismatched: int
    changes_found: int
    changes_false: int
    changes_missed: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall of the objects, whatever their tracks."""
        return _f1(self.matched, self.false, self.missed)

    @property
    def tracking_f1(self) -> float:
        """The same, where a mismatched object counts as a false and as a missed one."""
        wrong = self.mismatched
        return _f1(self.matched - wrong, self.false + wrong, self.missed + wrong)

    @property
    def change_f1(self) -> float:
        """Harmonic mean of precision and recall of new objects."""
        return _f1(self.changes_found, self.changes_false, self.changes_missed)

    def score(self, beta: float = BETA) -> float:
        """SCOT: (1 + beta^2) C T / (beta^2 C + T) of change C and tracking T, 0 to 1."""
        change, tracking = self.change_f1, self.tracking_f1
        whole = beta**2 * change + tracking
        return (1 + beta**2) * change * tracking / whole if whole > 0 else 0.0


def mean_score(places: Iterable[TrackFigures], *, beta: float = BETA) -> float:
    """SCOT of several places: the mean of theirs, 0 to 1; 0 without a place."""
    scores = [figures.score(beta) for figures in places]
    return sum(scores) / len(scores) if scores else 0.0


def _f1(matched: int, false: int, missed: int) -> float:
    whole = 2 * matched + false + missed
    return 2 * matched / whole if whole else 0.0


@dataclass
class _Side:
    """What is known of one side from earlier days: its ids, and what each was last matched with."""

    seen: set[int] = field(default_factory=set)
    partners: dict[int, int] = field(default_factory=dict)

    def disagrees(self, own: int, other: int) -> bool:
        """Whether an id was last matched with another one."""
        return self.partners.get(own, other) != other

    def learn(self, ids: Ids, pairs: list[tuple[int, int]]) -> None:
        """Add the ids of a day, and what they are matched with."""
        self.seen.update(ids.tolist())
        self.partners.update(pairs)


def score_tracks(reference: DatedObjects, tracks: DatedObjects, *, iou: float) -> TrackFigures:
    """The figures of the tracks of one place.

    Only days on which the reference has an object count; tracks may have others.
    """
    truth, proposal = _Side(), _Side()
    days = np.unique(reference.days)
    # found, false and missed objects, and those of them that are new
    counts, changes, mismatched = np.zeros(3, dtype=int), np.zeros(3, dtype=int), 0
    for number, day in enumerate(days.tolist()):
        here, there = reference.on(day), tracks.on(day)
        places = match_shapes(here.shapes, there.shapes, iou=iou)
        pairs = list(zip(here.ids[places[0]].tolist(), there.ids[places[1]].tolist(), strict=True))
        counts += [len(pairs), len(there.ids) - len(pairs), len(here.ids) - len(pairs)]
        if number:
            changes += _count_changes(pairs, _new(here.ids, truth), _new(there.ids, proposal))
        for own, other in pairs:
            mismatched += truth.disagrees(own, other) or proposal.disagrees(other, own)
        # Only now: a day is judged by what was known before it.
        truth.learn(here.ids, pairs)
        proposal.learn(there.ids, [(other, own) for own, other in pairs])
    matched, false, missed = counts.tolist()
    found, invented, overlooked = changes.tolist()
    return TrackFigures(
        days=len(days),
        matched=matched,
        false=false,
        missed=missed,
        mismatched=mismatched,
        changes_found=found,
        changes_false=invented,
        changes_missed=overlooked,
    )


def _new(ids: Ids, side: _Side) -> set[int]:
    return set(ids.tolist()) - side.seen


def _count_changes(pairs: list[tuple[int, int]], new: set[int], said: set[int]) -> list[int]:
    """New objects that are found, false and missed: `new` in the reference, `said` to be so."""
    found = sum(own in new and other in said for own, other in pairs)
    return [found, len(said) - found, len(new) - found]
