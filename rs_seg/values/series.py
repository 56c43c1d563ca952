"""Networks that take the dates of a source apart, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

SeriesArchitecture = Literal["utae", "tempcnn", "fc_siam_conc", "fc_siam_diff"]
"""Networks that do nothing else."""
SERIES: tuple[str, ...] = get_args(SeriesArchitecture)
PAIRS = ("fc_siam_conc", "fc_siam_diff")
"""Those that compare two dates."""

CALENDAR_YEAR = (1, 365)
"""First and last of the days that dates are brought to, where nothing is said."""


def takes_any_dates(network: Mapping[str, Any]) -> bool:
    """Whether settings of a network, those of a model file too, take dates apart."""
    return network.get("dates") is not None or network.get("architecture") in SERIES
