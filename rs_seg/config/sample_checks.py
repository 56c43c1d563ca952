"""Checks of the random sample against the rest of the configuration.

A check that fails is a ValueError that repeats both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rs_seg.config.run import RunConfig


def check_sample(run: RunConfig) -> None:
    """Check that the sampled map is one of the run, and that named classes are of the legend."""
    if run.sample.map is None:
        if run.estimate.labelled is not None:
            raise ValueError(
                f"estimate.labelled is {run.estimate.labelled}, but sample.map is null: name the "
                "map that was sampled, as sample: {map: NETWORK/REFINEMENT}"
            )
        return
    _check_map(run)
    _check_strata(run)


def _check_map(run: RunConfig) -> None:
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


def _check_strata(run: RunConfig) -> None:
    names = run.map_legend.class_names.names
    named = {
        "sample.buffers": [*run.sample.buffers],
        "sample.expected": [*run.sample.expected],
        "sample.join": [] if run.sample.raster else [*run.sample.join, *run.sample.join.values()],
    }
    for key, classes in named.items():
        unknown = [name for name in classes if name not in names]
        if unknown:
            raise ValueError(
                f"{key} names {unknown[0]!r}, but the classes of the map are {', '.join(names)}"
            )
    if run.sample.raster and run.sample.buffers:
        raise ValueError(
            "sample.raster and sample.buffers are both given: strata are codes of the raster, or "
            "classes of the map with buffers around them; leave one out"
        )
