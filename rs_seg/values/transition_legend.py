"""Classes of a map of changes: every pair of an earlier and a later class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rs_seg.values.legend import Legend, LegendClass
from rs_seg.values.palette import shade

MOST_LISTED = 10
"""Transitions that have a colour of their own where the largest ones are shown."""
SMALLER_COLOR = "#8c8c8c"


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


def unchanged_codes(class_count: int) -> tuple[int, ...]:
    """The codes of pixels that kept their class."""
    return tuple(position * (class_count + 1) for position in range(class_count))


def rank_transitions(legend: Legend, hectares: Sequence[Sequence[float]]) -> Legend:
    """The changes that take place, as classes of a map of changes, those of the largest area first.

    `hectares` are by class before (rows) and after (columns). The first `MOST_LISTED` have shades
    of the colour of the class that the ground became, all others are grey. May be empty.
    """
    unchanged = unchanged_codes(len(legend))
    areas = [area for row in hectares for area in row]
    moves = [own for own in list_transitions(legend) if own.code not in unchanged]
    ranked = sorted((own for own in moves if areas[own.code] > 0), key=lambda own: -areas[own.code])
    seen: Counter[str] = Counter()
    classes = []
    for number, move in enumerate(ranked):
        old, new = (legend.root[position].shown for position in divmod(move.code, len(legend)))
        color = shade(move.color, seen[move.color]) if number < MOST_LISTED else SMALLER_COLOR
        seen[move.color] += 1
        classes.append(move.model_copy(update={"color": color, "title": f"{old} → {new}"}))
    return Legend.model_construct(tuple(classes))


def name_apart(names: Iterable[str]) -> Sequence[str]:
    """The names in order; one that is there already gets a number."""
    apart: dict[str, None] = {}
    for name in names:
        unique, number = name, 2
        while unique in apart:
            unique, number = f"{name} ({number})", number + 1
        apart[unique] = None
    return list(apart)
