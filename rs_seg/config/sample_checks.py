"""Checks of the random sample against the rest of the configuration.

A check that fails is a ValueError that repeats both sides.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rs_seg.config.run_facts import RunFacts


def check_sample(run: RunFacts) -> None:
    """Check that the sampled map is one of the run, and that named classes are of the legend."""
    if run.sample.map is None:
        if run.estimate.labelled is not None:
            raise ValueError(
                f"estimate.labelled is {run.estimate.labelled}, but sample.map is null: name the "
                "map that was sampled, as sample: {map: NETWORK/REFINEMENT}"
            )
        return
    _check_map(run)
    if run.samples_change:
        _check_pairs(run)
    _check_strata(run)


def _check_map(run: RunFacts) -> None:
    known = [f"{network}/{refinement}" for network, refinement in run.maps]
    if not known:
        raise ValueError(f"sample.map is {run.sample.map}, but the run makes no map")
    if run.sample.map == "auto" and len(known) > 1:
        raise ValueError(
            f"sample.map is auto, but the run makes {len(known)} maps: name the one that areas are "
            f"wanted of, one of {', '.join(known)}"
        )
    if run.sample.map not in ("auto", *known):
        raise ValueError(
            f"sample.map is {run.sample.map}, but the maps of the run are {', '.join(known)}"
        )


def _check_pairs(run: RunFacts) -> None:
    """Check that there is change to sample, and that no ground would be drawn from twice."""
    if not run.change.compares:
        raise ValueError(
            "sample.strata is change, but no dates are compared: set change.by to the column of "
            "the scene table with the place, or change.pairs"
        )
    places = [pair.place for pair in run.change_pairs]
    twice = [place for place in dict.fromkeys(places) if places.count(place) > 1]
    if twice:
        raise ValueError(
            f"sample.strata is change, but the place {twice[0]!r} has more than two dates, whose "
            "changes are on the same ground: name the two dates of each place as change.pairs"
        )


def _check_strata(run: RunFacts) -> None:
    sample = run.sample
    if sample.raster and sample.buffers:
        raise ValueError(
            "sample.raster and sample.buffers are both given: strata are codes of the raster, or "
            "classes of the map with buffers around them; leave one out"
        )
    legend = run.sampled_legend if run.samples_change else run.map_legend
    classes = legend.class_names.names
    strata = [*classes, *(sample.buffer_name(name) for name in sample.buffers)]
    _check_names("sample.buffers", [*sample.buffers], classes, "classes of the map")
    _check_names("sample.expected", [*sample.expected], classes, "classes of the map")
    if sample.raster is None:
        joined = [*sample.join, *sample.join.values()]
        _check_names("sample.join", joined, strata, "strata")
        units = [*sample.units] if isinstance(sample.units, dict) else []
        _check_names("sample.units", units, strata, "strata")
    chained = [name for name in sample.join.values() if name in sample.join]
    if chained:
        raise ValueError(
            f"sample.join adds a stratum to {chained[0]!r}, which it adds to another one itself: "
            "name the last one for both"
        )
    twins = [name for name in strata if strata.count(name) > 1]
    if twins:
        raise ValueError(
            f"the class {twins[0]!r} is called as the buffer that sample.buffers lays: rename it"
        )


def _check_names(key: str, names: list[str], known: Iterable[str], what: str) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"{key} names {unknown[0]!r}, but the {what} are {', '.join(known)}")
