"""The part of estimate that understands labels: codes or names of the legend, never their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.errors import UserError, nearest_name
from rs_seg.stages.estimate.numbers import is_empty, list_ids, read_whole

UNLABELLED = -1
"""Stands for a place without a label."""
MOST = 10
"""Unknown labels that are named in one message."""


def read_labels(
    cells: Sequence[Any], ids: NDArray[np.int64], names: Mapping[str, int]
) -> NDArray[np.int64]:
    """Codes of classes (n,), UNLABELLED where a cell is empty.

    A cell holds the code of a class or its name; `names` are codes by name. Capitals and blanks
    around a name do not matter.

    Raises:
        UserError: labels that are neither, all of them in one list with the ids of their places.
    """
    known = _index_names(names)
    codes = [UNLABELLED if is_empty(cell) else _code_of(cell, known) for cell in cells]
    unknown: dict[str, list[int]] = {}
    for cell, place, code in zip(cells, ids.tolist(), codes, strict=True):
        if code is None:
            unknown.setdefault(str(cell).strip(), []).append(place)
    if unknown:
        raise _unknown_labels(unknown, names)
    return np.array(codes, dtype=np.int64)


def _index_names(names: Mapping[str, int]) -> dict[str, int | None]:
    """Codes by what may stand in a cell; None where that could mean two classes."""
    index: dict[str, int | None] = {str(code): code for code in names.values()}
    for name, code in names.items():
        key = name.strip().casefold()
        index[key] = code if index.get(key, code) == code else None
    return index


def _code_of(cell: Any, known: Mapping[str, int | None]) -> int | None:
    number = read_whole(cell)
    return known.get(str(cell).strip().casefold() if number is None else str(number))


def _unknown_labels(unknown: Mapping[str, Sequence[int]], names: Mapping[str, int]) -> UserError:
    told = []
    for label, ids in list(unknown.items())[:MOST]:
        near = nearest_name(label, names)
        meant = f"; is {near!r} meant?" if near else ""
        told.append(f"{label!r} (id {list_ids(ids)}{meant})")
    more = len(unknown) - len(told)
    classes = ", ".join(f"{code} or {name!r}" for name, code in names.items())
    return UserError(
        "labels of places that the legend does not have",
        found="; ".join(told) + (f"; and {more} more" if more > 0 else ""),
        expected=f"in the field reference the code or the name of a class: {classes}",
        remedy="mend these labels in the file of places; one that nobody can tell stays empty",
    )
