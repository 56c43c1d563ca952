"""Classes of a map of changes: every pair of an earlier and a later class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rs_seg.values.legend import Legend, LegendClass


def list_transitions(legend: Legend) -> Legend:
    """The K * K classes "OLD to NEW" of a map of changes, whose code is old * K + new.

    `old` and `new` are positions in the legend. Each has the colour of the class that it became.
    """
    names = legend.class_names.names
    titles = name_apart(f"{old} to {new}" for old in names for new in names)
    colors = [own.color for own in legend] * len(legend)
    return Legend(
        tuple(
            LegendClass(code=code, name=title, color=color)
            for code, (title, color) in enumerate(zip(titles, colors, strict=True))
        )
    )


def unchanged_codes(classes: int) -> tuple[int, ...]:
    """The codes of pixels that kept their class."""
    return tuple(position * (classes + 1) for position in range(classes))


def name_apart(names: Iterable[str]) -> Sequence[str]:
    """The names in order; one that is there already gets a number."""
    apart: dict[str, None] = {}
    for name in names:
        unique, number = name, 2
        while unique in apart:
            unique, number = f"{name} ({number})", number + 1
        apart[unique] = None
    return list(apart)
