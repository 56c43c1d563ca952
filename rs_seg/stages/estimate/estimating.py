"""The part of estimate that hands labelled places to the estimators, by the design."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.areas.clusters import estimate_clusters, tabulate_clusters
from rs_seg.algorithms.areas.estimates import Estimates
from rs_seg.algorithms.areas.estimating import estimate
from rs_seg.algorithms.areas.samples import tabulate
from rs_seg.algorithms.areas.strata import Label, Strata
from rs_seg.config import EstimateConfig
from rs_seg.stages.estimate.places import LabelledPlaces
from rs_seg.values.design import Design

NO_CLASS = "no data"
"""Class of the map where a new map has none."""
WHOLE = "all tiles"
"""The one stratum of tiles that are drawn from the whole map."""


def estimate_places(
    config: EstimateConfig,
    design: Design,
    places: LabelledPlaces,
    mapped: NDArray[np.int64],
    *,
    names: Mapping[int, str],
    seed: int,
) -> Estimates:
    """All figures from the places that have a label.

    `mapped` (n,) are codes of the map at all places, `names` those of its classes by code; the
    classes of the design are those that a label can have.
    """
    labelled = places.labelled
    of_map = [names.get(code, NO_CLASS) for code in mapped[labelled].tolist()]
    of_reference = [names[code] for code in places.reference[labelled].tolist()]
    choices = [names[own.code] for own in design.classes]
    if design.clusters is not None:
        return _estimate_tiles(config, design, places, of_map, of_reference, choices)
    known = design.names
    sample = tabulate(
        strata_of(design),
        stratum=[known[code] for code in places.strata[labelled].tolist()],
        mapped=of_map,
        reference=of_reference,
        classes=choices,
        merge=dict[Label, Label](config.join.items()),
    )
    return estimate(
        sample,
        design="stratified" if design.design == "stratified" else "post-stratified",
        intervals=config.intervals,
        confidence=config.confidence,
        draws=config.draws,
        seed=seed,
    )


def strata_of(design: Design) -> Strata:
    """Areas on the ground of the strata, and the pixels in each, by name."""
    return Strata.of(
        {own.name: own.area_m2 for own in design.strata},
        units={own.name: float(own.pixels) for own in design.strata},
    )


def _estimate_tiles(
    config: EstimateConfig,
    design: Design,
    places: LabelledPlaces,
    of_map: list[str],
    of_reference: list[str],
    choices: list[str],
) -> Estimates:
    assert design.clusters is not None, "asked for before"
    labelled = places.labelled
    sample = tabulate_clusters(
        stratum=[WHOLE] * len(of_map),
        cluster=places.clusters[labelled].tolist(),
        mapped=of_map,
        reference=of_reference,
        weight=_weights_in_tiles(places),
        classes=choices,
    )
    return estimate_clusters(
        sample,
        clusters={WHOLE: design.clusters.tiles},
        size=sum(own.area_m2 for own in design.strata),
        confidence=config.confidence,
    )


def _weights_in_tiles(places: LabelledPlaces) -> NDArray[np.float64]:
    """Areas of the labelled places, which stand for all that were drawn in their tile.

    A tile whose labelling is not finished would count less than others without it.
    """
    labelled = places.labelled
    _, tiles = np.unique(places.clusters, return_inverse=True)
    drawn = np.bincount(tiles)
    done = np.bincount(tiles[labelled], minlength=len(drawn))
    own = tiles[labelled]
    return np.asarray(places.weights[labelled] * drawn[own] / done[own])


def describe_design(config: EstimateConfig, design: Design) -> str:
    """How places were drawn, and what figures are estimated by, in one sentence."""
    if design.clusters is not None:
        tiles = design.clusters
        return (
            f"{tiles.drawn} of {tiles.tiles} tiles of {tiles.size_m:g} "
            f"{design.ground_units.length} were drawn, and {tiles.units} places in each; variances "
            "are those between tiles and within them"
        )
    many = f"{len(design.strata)} strata"
    joined = f", {', '.join(config.join)} joined with others" if config.join else ""
    ways = {
        "stratified": f"stratified random sample of {many}{joined}; stratified estimators",
        "simple_random": f"simple random sample, divided into {many} afterwards{joined}; "
        "post-stratified estimators",
        "systematic": f"systematic sample, divided into {many} afterwards{joined}; "
        "post-stratified estimators, as if it were random",
    }
    return ways[design.design]
