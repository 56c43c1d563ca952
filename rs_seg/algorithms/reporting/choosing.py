"""Which map is the best: by a figure of the validation areas, and how ties are broken."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rs_seg.algorithms.percentile_intervals import intervals
from rs_seg.algorithms.reporting.block_counts import places_of, stack_counts
from rs_seg.algorithms.reporting.bootstrap import measuring, resample_figures
from rs_seg.algorithms.reporting.polygon_findings import SELECTIONS, figure_of
from rs_seg.values.evaluation import Evaluation

F1_DIGITS = 2
"""Decimals to which the F1 of objects of tied maps is compared: smaller differences are chance."""
RESAMPLES = 2000


@dataclass(frozen=True)
class Candidate:
    """A map, or the maps of all folds of one network, which are chosen together."""

    evaluations: tuple[Evaluation, ...]

    @property
    def title(self) -> str:
        """Network and refinement, for people."""
        return self.evaluations[0].title

    def merit(self, figure: str) -> float:
        """A figure of the validation areas, as a mean over folds; -1 where it is not defined."""
        scores = [figure_of(own.validation, figure) for own in self.evaluations]
        known = [score for score in scores if score is not None]
        return sum(known) / len(known) if known else -1.0

    @property
    def object_f1(self) -> float:
        """The F1 of the objects in the validation areas, rounded; -1 where it is not defined."""
        return round(self.merit("object_f1"), F1_DIGITS)

    @property
    def polygon_count(self) -> float:
        """Polygons in the validation areas; infinite where none were compared."""
        rows = [own.validation.polygons for own in self.evaluations]
        counted = [
            own.matched + own.false + own.ignored_map
            for polygons in rows
            if polygons is not None
            for own in polygons.per_class
        ]
        return sum(counted) if counted else math.inf


@dataclass(frozen=True)
class Choice:
    """The candidates, the best first, and those that the figure cannot tell from its best one."""

    order: tuple[Candidate, ...]
    tied: tuple[Candidate, ...]
    """The one with the highest figure first; alone where no other is as good."""
    select_by: str

    @property
    def best(self) -> Evaluation:
        """The best map: of folds, that of the first."""
        return self.order[0].evaluations[0]

    @property
    def known(self) -> bool:
        """Whether any map has the figure."""
        return self.tied[0].merit(self.select_by) >= 0

    def describe(self) -> str:
        """How the best map was chosen, in a sentence or two."""
        best, leader, figure = self.order[0], self.tied[0], SELECTIONS[self.select_by]
        merit = leader.merit(self.select_by)
        if not self.known:
            return f"No validation area has the {figure}: {best.title} is the first of the maps."
        leads = f"{leader.title} has the highest {figure} on the validation areas ({merit:.3f})"
        others = len(self.tied) - 1
        if not others:
            return f"{leads}." if len(self.order) > 1 else f"The only map is {best.title}."
        equals = "1 other map" if others == 1 else f"{others} other maps"
        told = f"{leads}, but {equals} cannot be told from it: the difference may be chance."
        return f"{told} {_describe_tie(best, self.tied)}"


def choose(
    evaluations: Sequence[Evaluation],
    cross_validations: Mapping[str, Sequence[str]],
    *,
    select_by: str,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Choice:
    """The maps in the order in which they are preferred, by a figure of the validation areas.

    Maps are tied with the one of the highest figure where the figures are equal, or where the
    95 % interval of the difference of their mean IoU, from validation blocks drawn again in pairs,
    holds 0 (`select_by` mean_iou, the same blocks, two of them at least). Of tied maps the one
    with the highest F1 of objects, to two decimals, comes first, then the one with the fewest
    polygons, then the one with the higher figure. Test areas are never looked at. Candidates
    without the figure come last; what is equal keeps its order.
    """
    candidates = _group(evaluations, cross_validations)
    ordered = sorted(candidates, key=lambda own: own.merit(select_by), reverse=True)
    tied = [
        other
        for other in ordered
        if other.merit(select_by) == ordered[0].merit(select_by)
        or (select_by == "mean_iou" and _is_tied(other, ordered[0], resamples, seed))
    ]
    preferred = sorted(tied, key=lambda own: (-own.object_f1, own.polygon_count))
    rest = [own for own in ordered if own not in tied]
    return Choice((*preferred, *rest), tuple(tied), select_by)


def _group(
    evaluations: Sequence[Evaluation], cross_validations: Mapping[str, Sequence[str]]
) -> list[Candidate]:
    """Folds of one network, of one refinement, together; other maps alone, in their order."""
    networks = {name: key for key, names in cross_validations.items() for name in names}
    groups: dict[tuple[str, str], list[Evaluation]] = {}
    for own in evaluations:
        key = f"fold {networks[own.network]}" if own.network in networks else own.network
        groups.setdefault((key, own.refinement), []).append(own)
    return [Candidate(tuple(members)) for members in groups.values()]


def _is_tied(other: Candidate, leader: Candidate, resamples: int, seed: int) -> bool:
    """Whether the interval of the difference of two mean IoUs holds 0."""
    sides = [[own.validation.blocks for own in side.evaluations] for side in (other, leader)]
    places, same = ([places_of(blocks) for blocks in side] for side in sides)
    if places != same or sum(map(len, places)) < 2:
        return False
    counts = [np.concatenate([stack_counts(own) for own in side if own]) for side in sides]
    figures = measuring(leader.evaluations[0].counted)
    drawn = resample_figures(counts, resamples=resamples, seed=seed, figures=figures)[:, 0]
    low, high = intervals(drawn[0] - drawn[1])
    return bool(low <= 0 <= high)


def _describe_tie(best: Candidate, tied: Sequence[Candidate]) -> str:
    """What decided between maps that are tied."""
    others = [own for own in tied if own is not best]
    shown = f"{best.object_f1:.{F1_DIGITS}f}"
    if all(best.object_f1 > own.object_f1 for own in others):
        return f"Of these, {best.title} is taken: it has the highest object F1 ({shown})."
    rivals = [own for own in others if own.object_f1 == best.object_f1]
    if all(best.polygon_count < own.polygon_count for own in rivals):
        equal = f" among those with an object F1 of {shown}" if best.object_f1 >= 0 else ""
        count = f"{best.polygon_count:.0f} in the validation areas"
        return f"Of these, {best.title} is taken: it has the fewest polygons{equal} ({count})."
    return f"Of these, {best.title} is taken: objects and polygons do not tell them apart either."
