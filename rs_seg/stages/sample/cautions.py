"""The part of sample that warns of strata of which the drawn places cannot say enough."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from rs_seg.config import SampleConfig
from rs_seg.stages.sample.population import Population
from rs_seg.values.design import DrawnStratum

logger = logging.getLogger(__name__)
LIKELY = 0.5
"""Chance of the largest pixel from which on it is drawn too seldom for its ground, since no pixel
is drawn twice."""
UNEVEN = 1.2
"""Times the mean size of pixels from which on the largest is another size of pixel."""


def warn_of_strata(
    config: SampleConfig, population: Population, strata: Sequence[DrawnStratum]
) -> None:
    """Log strata without a place, and those whose figures will lean towards small pixels.

    Tiles are estimated without strata, so nothing is said of them.
    """
    if config.clusters is not None:
        return
    empty = [own for own in strata if not own.units]
    for own in empty:
        logger.warning(
            "sample: no place lies in %s, which has %s: before estimating, add it to another "
            "stratum with estimate.join, or draw with design: stratified, which puts places into "
            "every stratum",
            own.name,
            population.ground_units.tell_area(own.area_m2),
        )
    for own in strata:
        if config.design == "stratified" and _leans(population, own):
            logger.warning(
                "sample: %s has pixels of different sizes, and nearly all of the large ones were "
                "drawn: places count alike, so its figures lean towards the small ones; ask for "
                "fewer places there (sample.units, sample.least), or add it to another stratum "
                "(sample.join)",
                own.name,
            )


def _leans(population: Population, stratum: DrawnStratum) -> bool:
    sizes = [own.area / own.pixels for own in population.entries if own.stratum == stratum.code]
    largest, mean = max(sizes), stratum.area_m2 / stratum.pixels
    return largest > UNEVEN * mean and stratum.units * largest > LIKELY * stratum.area_m2
