"""The part of sample that says how many places are drawn, and where."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rs_seg import areas
from rs_seg.config import SampleConfig
from rs_seg.errors import UserError
from rs_seg.stages.sample.expectations import expected_agreement
from rs_seg.stages.sample.strata import Stratification

Counts = NDArray[np.int64]
ALIKE = 0.2
"""Correlation that is expected of two places of one tile, where the design is made for an error."""


def count_units(config: SampleConfig, assumption: areas.Assumption) -> int:
    """Places in all: what the configuration says, or what its error of the accuracy needs.

    Places of one tile say less than as many apart, so that more of them are needed.
    """
    if isinstance(config.units, int):
        return config.units
    users = expected_agreement(assumption)
    needed = areas.units_for_accuracy(assumption.strata, users, config.error)
    if config.clusters is not None:
        needed *= areas.expected_design_effect(config.clusters.units, ALIKE)
    return max(2, math.ceil(needed))


def allocate(config: SampleConfig, rule: Stratification, assumption: areas.Assumption) -> Counts:
    """Places in each stratum (H,) of a stratified sample.

    Raises:
        UserError: places are asked for in a stratum that is not there, or not in one that is.
    """
    strata = assumption.strata
    if isinstance(config.units, dict):
        return _by_name(config.units, rule, strata)
    least = float(config.least)
    total = max(count_units(config, assumption), least * len(strata.names))
    if config.allocation == "equal":
        return areas.round_allocation(strata, areas.allocate_equally(strata, total))
    sizes = strata.sizes
    if config.allocation == "neyman":
        users = expected_agreement(assumption)
        sizes = areas.allocate_for_error(strata, users, 1.0)
    weighted = areas.Strata(strata.names, np.maximum(sizes, 0.0), strata.units)
    units = areas.allocate_with_least(weighted, total, least)
    return areas.round_allocation(strata, units)


def allocate_by_size(strata: areas.Strata, total: float) -> Counts:
    """Places that a sample of the whole map is expected to have in each stratum (H,), 2 at least.

    Strata of one pixel have one.
    """
    return areas.round_allocation(strata, areas.allocate_proportionally(strata, total))


def _by_name(units: Mapping[str, int], rule: Stratification, strata: areas.Strata) -> Counts:
    codes = [int(code) for code in strata.names]
    asked = {rule.code_of(name, codes): count for name, count in units.items()}
    missing = [rule.name_of(code) for code in codes if code not in asked]
    if missing:
        raise UserError(
            "a stratum without places leaves the area of every class unknown",
            where="sample.units",
            found=f"nothing for {', '.join(missing)}",
            expected="two places or more in each stratum",
            remedy="name it in sample.units, or add it to another stratum with sample.join",
        )
    wanted = np.array([asked[code] for code in codes])
    assert strata.units is not None, "pixels are counted"
    counts: Counts = np.minimum(wanted, strata.units.astype(np.int64))
    return counts
