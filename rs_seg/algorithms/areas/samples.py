"""Labelled units of a sample, counted by stratum, class of the map and class of the reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.areas.strata import Label, Strata
from rs_seg.errors import UserError, nearest_name

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """Counts (H, K, K) of units by stratum, class of the map (rows) and reference (columns).

    `choices` (K,) says which classes an interpreter could choose; a class of the map alone, such as
    a buffer, is none. The counts say all of a sample whose units were drawn one by one.
    """

    strata: Strata
    classes: tuple[Label, ...]
    counts: Counts
    choices: NDArray[np.bool_]

    def __post_init__(self) -> None:
        many = len(self.classes)
        assert self.counts.shape == (len(self.strata.names), many, many)
        assert self.choices.shape == (many,)

    @property
    def units(self) -> Counts:
        """Units n_h in each stratum (H,)."""
        return np.asarray(self.counts.sum(axis=(1, 2)))


@dataclass(frozen=True)
class Coding:
    """Classes of a sample and the place of each unit's two labels among them (n,)."""

    classes: tuple[Label, ...]
    choices: NDArray[np.bool_]
    mapped: NDArray[np.intp]
    reference: NDArray[np.intp]


def tabulate(
    strata: Strata,
    *,
    stratum: Sequence[Any] | NDArray[Any],
    mapped: Sequence[Any] | NDArray[Any],
    reference: Sequence[Any] | NDArray[Any],
    classes: Sequence[Label] | None = None,
    merge: Mapping[Label, Label] | None = None,
) -> Sample:
    """The sample of units with these labels (n,) each, which are joined by value, never by order.

    `classes` are those that an interpreter could choose, in the order of all tables; without them,
    those that map or reference have in the sample. `merge` adds strata to others, which a stratum
    without units needs.

    Raises:
        UserError: Lists of different lengths, units without a label, a stratum or a class of the
            reference that is not known, or a stratum without units.
    """
    check_lengths(stratum=stratum, mapped=mapped, reference=reference)
    merge = merge or {}
    joined = strata.merge(merge) if merge else strata
    rows = place_strata(joined, [merge.get(name, name) for name in plain(stratum, "stratum")])
    coding = code_labels(mapped, reference, classes=classes)
    many = len(coding.classes)
    cells = (rows * many + coding.mapped) * many + coding.reference
    counts = np.bincount(cells, minlength=len(joined.names) * many * many)
    sample = Sample(joined, coding.classes, counts.reshape(-1, many, many), coding.choices)
    _check_no_stratum_is_empty(sample)
    return sample


def sample_from_matrix(
    strata: Strata,
    counts: Sequence[Sequence[int]] | NDArray[np.integer],
    *,
    rows: Sequence[Label],
    columns: Sequence[Label],
    mapped: Mapping[Label, Label] | None = None,
) -> Sample:
    """The sample of a matrix: a row for each stratum in `rows`, a column for each reference class.

    The class of the map is the stratum's name, or what `mapped` says of it.

    Raises:
        UserError: Rows and columns that do not fit the matrix, or what `tabulate` refuses.
    """
    table = np.asarray(counts)
    if table.shape != (len(rows), len(columns)):
        raise UserError(
            "the matrix does not fit its names",
            found=table.shape,
            expected=(len(rows), len(columns)),
        )
    cells = np.repeat(np.arange(table.size), table.ravel())
    names = [rows[place] for place in (cells // len(columns)).tolist()]
    return tabulate(
        strata,
        stratum=names,
        mapped=[(mapped or {}).get(name, name) for name in names],
        reference=[columns[place] for place in (cells % len(columns)).tolist()],
        classes=columns,
    )


def code_labels(
    mapped: Sequence[Any] | NDArray[Any],
    reference: Sequence[Any] | NDArray[Any],
    *,
    classes: Sequence[Label] | None,
) -> Coding:
    """Both labels of each unit as places among the classes."""
    of_map, of_reference = plain(mapped, "class of the map"), plain(reference, "reference class")
    if classes is None:
        order = tuple(_ordered({*of_map, *of_reference}))
        choices = len(order)
    else:
        _check_known(of_reference, classes)
        order = (*classes, *_ordered(set(of_map) - set(classes)))
        choices = len(classes)
    place = {name: number for number, name in enumerate(order)}
    return Coding(
        order,
        np.arange(len(order)) < choices,
        np.array([place[name] for name in of_map], dtype=np.intp),
        np.array([place[name] for name in of_reference], dtype=np.intp),
    )


def place_strata(strata: Strata, names: Iterable[Label]) -> NDArray[np.intp]:
    """The place of each unit's stratum (n,)."""
    index = strata.index()
    labels = list(names)
    unknown = _ordered({name for name in labels if name not in index})
    if unknown:
        raise UserError(
            "units lie in strata without a size",
            found=unknown,
            expected=list(strata.names),
            remedy="sizes come from the map as it was sampled, not from a later one",
        )
    return np.array([index[name] for name in labels], dtype=np.intp)


def plain(labels: Sequence[Any] | NDArray[Any], what: str) -> list[Label]:
    """Labels of units as Python has them; whole numbers that came as floats are numbers again."""
    values = [_label(value) for value in np.asarray(labels, dtype=object).tolist()]
    missing = sum(value is None for value in values)
    if missing:
        raise UserError(
            f"units have no {what}",
            found=f"{missing} of {len(values)}",
            remedy="leave out units without labels if they are the last in random order",
        )
    return [value for value in values if value is not None]


def check_lengths(**columns: Sequence[Any] | NDArray[Any]) -> None:
    """Raises UserError where columns of units have different lengths, or none."""
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise UserError("columns of units must be as long as one another", found=lengths)


def _label(value: Any) -> Label | None:
    if value is None or value == "" or value != value:  # noqa: PLR0124  # NaN
        return None
    if isinstance(value, str):
        return value
    return int(value) if int(value) == value else str(value)


def _ordered(labels: Iterable[Label]) -> list[Label]:
    """Numbers first, in their order, then names in theirs."""
    return sorted(labels, key=lambda label: (isinstance(label, str), label))


def _check_known(reference: Iterable[Label], classes: Sequence[Label]) -> None:
    unknown = _ordered(set(reference) - set(classes))
    if unknown:
        near = nearest_name(str(unknown[0]), map(str, classes))
        raise UserError(
            "reference classes that the legend does not have",
            found=unknown,
            expected=list(classes),
            remedy=None if near is None else f"did you mean {near!r}?",
        )


def _check_no_stratum_is_empty(sample: Sample) -> None:
    empty = [
        name for name, units in zip(sample.strata.names, sample.units, strict=True) if units == 0
    ]
    if empty:
        raise UserError(
            "strata without a labelled unit: nothing is known of them",
            found=empty,
            remedy="label units there, or merge each with a stratum that has units",
        )
