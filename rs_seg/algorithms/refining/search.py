"""Combinations of parameters to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

Ranges = Mapping[str, tuple[float, float]]


def draw_parameters(
    ranges: Ranges, *, count: int, generator: np.random.Generator
) -> list[dict[str, float]]:
    """`count` combinations, evenly spread in the logarithm of each parameter.

    Values are rounded to four digits.

    Each range is cut into as many parts as there are combinations, and each part is used once.

    Source: McKay, Beckman and Conover 1979 (Latin hypercube).
    """
    columns = {}
    for name, (low, high) in ranges.items():
        places = (generator.permutation(count) + generator.random(count)) / count
        columns[name] = low * (high / low) ** places
    return [
        {name: float(f"{values[trial]:.4g}") for name, values in columns.items()}
        for trial in range(count)
    ]


def best_trial(scores: Sequence[float]) -> int:
    """Index of the highest score; the first of equals."""
    return max(range(len(scores)), key=scores.__getitem__)
