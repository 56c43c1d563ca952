"""Names of bands given as ranges: B001..B224 stands for B001, B002 and so on up to B224.

Ranges of features may end with a parenthesis: pca(1)..pca(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from rs_seg.values.names import PlainName, find_twins, shorten
from rs_seg.values.wavelengths import parse_span

DOTS = ".."
ENDS = re.compile(r"(.*?)(\d+)(\)?)\s*\.\.\s*(.*?)(\d+)\3", flags=re.ASCII)
MOST_NAMES = 100_000
EXPECTED = "a range such as B001..B224: the same name at both ends, with rising numbers"


def expand_ranges(names: Iterable[Any]) -> tuple[Any, ...]:
    """Names with every range written out; other texts and ranges of wavelengths stay.

    Raises:
        ValueError: a range is malformed or falls.
    """
    return tuple(
        part
        for name in names
        for part in (_expand(name) if isinstance(name, str) and DOTS in name else [name])
    )


def fold_ranges(names: Sequence[str]) -> str:
    """Names as a list for a configuration, with ranges: [B105..B120, B130]."""
    runs: list[list[str]] = []
    for name in names:
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    parts = [run if len(run) < 3 else [f"{run[0]}{DOTS}{run[-1]}"] for run in runs]
    return f"[{', '.join(part for run in parts for part in run)}]"


def _follows(name: str, other: str) -> bool:
    """Whether the other name is the next one in number."""
    number = re.search(r"\d+$", name, flags=re.ASCII)
    if number is None:
        return False
    return other == f"{name[: number.start()]}{int(number[0]) + 1:0{len(number[0])}d}"


def _expand(text: str) -> list[str]:
    if parse_span(text) is not None:
        return [text]
    ends = ENDS.fullmatch(text.strip())
    if ends is None:
        raise ValueError(f"{shorten(text)} is no range of bands; expected {EXPECTED}")
    prefix, first, close, other_prefix, last = ends.groups()
    if prefix != other_prefix:
        raise ValueError(
            f"{shorten(text)} begins with {prefix!r} and ends with {other_prefix!r}; expected "
            f"{EXPECTED}"
        )
    low, high, width = int(first), int(last), len(first)
    if low > high:
        turned = f"{prefix}{last}{close}{DOTS}{prefix}{first}{close}"
        raise ValueError(f"{shorten(text)} falls; expected {shorten(turned)}")
    if last != f"{high:0{width}d}":
        raise ValueError(
            f"the ends of {shorten(text)} have different numbers of zeros; expected "
            f"{shorten(f'{prefix}{first}{close}{DOTS}{prefix}{high:0{width}d}{close}')}"
        )
    if high - low >= MOST_NAMES:
        raise ValueError(
            f"{shorten(text)} is more than {MOST_NAMES:,} bands; expected a shorter range"
        )
    return [f"{prefix}{number:0{width}d}{close}" for number in range(low, high + 1)]


def _expand_list(value: Any) -> Any:
    return expand_ranges(value) if isinstance(value, (list, tuple)) else value


def _check_distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = find_twins(names)
    if twice:
        raise ValueError(f"bands must have different names; given twice: {', '.join(twice)}")
    return names


Ranges = BeforeValidator(_expand_list)
"""Writes out the ranges in a list of names."""
BandNames = Annotated[
    tuple[PlainName, ...], Field(min_length=1), Ranges, AfterValidator(_check_distinct)
]
"""Different names of bands, one or more; in a configuration, some may be ranges."""
