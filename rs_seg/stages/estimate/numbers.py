"""The part of estimate that understands fields of rows: whole numbers, areas, ids for messages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from rs_seg.values.names import list_first

LISTED = 8
"""Ids that are named in one message."""
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


def is_empty(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, or blanks."""
    return value is None or value != value or (isinstance(value, str) and not value.strip())  # noqa: PLR0124  # NaN


def read_whole(value: Any) -> int | None:
    """The whole number in a cell, which may have come as 3, 3.0 or "3"; None: it holds none."""
    number = read_number(value)
    return int(number) if number is not None and number == int(number) else None


def read_number(value: Any) -> float | None:
    """The number in a cell, with a point or a comma before its decimals; None: it holds none."""
    if is_empty(value):
        return None
    try:
        number = float(str(value).strip().replace(",", "."))
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def read_position(value: Any) -> tuple[float, float] | None:
    """Longitude and latitude in a text; None where it does not hold both."""
    pair = read_pair(value)
    return pair if pair is not None and abs(pair[0]) <= 360 and abs(pair[1]) <= 90 else None


def read_pair(value: Any) -> tuple[float, float] | None:
    """The two numbers in a text; None where it does not hold two."""
    found = NUMBER.findall(str(value).replace("\u2212", "-"))
    if len(found) != 2:
        return None
    first, second = (float(number.replace(",", ".")) for number in found)
    return first, second


def list_ids(ids: Iterable[Any]) -> str:
    """Ids for a message, the first of them written out."""
    return list_first(ids, LISTED)
