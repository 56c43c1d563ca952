"""Checks of the comparison of dates against the scenes and the legend.

A check that fails is a ValueError that repeats both sides.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rs_seg.values.names import find_scene_fault, shorten
from rs_seg.values.scene_pairs import read_date

if TYPE_CHECKING:
    from rs_seg.config.run_facts import RunFacts
    from rs_seg.values import Scene


def check_change(run: RunFacts) -> None:
    """Check that there are maps to compare, and that places, dates and classes are known."""
    change = run.change
    if change.by is None and not change.pairs:
        if change.kinds or change.minimum_area:
            raise ValueError(
                "change has settings, but neither `by` nor `pairs` says which scenes are compared: "
                "set by to the column of the scene table with the place, such as place"
            )
        return
    if change.by is not None and change.pairs:
        raise ValueError(
            f"change.by is {change.by!r}, and change.pairs names pairs: leave one of them out"
        )
    if not run.maps and (not run.detectors or change.kinds or change.minimum_area):
        raise ValueError("change compares maps, but the run makes no map")
    if change.by is None:
        _check_pairs(run)
    else:
        _check_places(run, change.by)
    _check_kinds(run)
    _check_folders(run)
    _check_division(run)


def _check_pairs(run: RunFacts) -> None:
    names = [scene.name for scene in run.scenes]
    for before, after in run.change.pairs:
        unknown = [name for name in (before, after) if name not in names]
        if unknown:
            raise ValueError(
                f"change.pairs names the scene {unknown[0]!r}, but the scenes are "
                f"{', '.join(names[:10])}"
            )
        if before == after:
            raise ValueError(f"change.pairs compares the scene {before!r} with itself")


def _check_places(run: RunFacts, by: str) -> None:
    column = run.change.date
    dated = [scene for scene in run.scenes if scene.fields.get(by)]
    seen: dict[tuple[str, object], Scene] = {}
    for scene in dated:
        place, text = scene.fields[by], scene.fields.get(column, "")
        date = read_date(text)
        if date is None:
            raise ValueError(
                f"scene {scene.name!r} of the place {place!r} has {text!r} in the column "
                f"{column!r} of the scene table, where change expects a date such as 2019-07-31, "
                "2019-07 or 2019"
            )
        other = seen.setdefault((place, date), scene)
        if other is not scene:
            raise ValueError(
                f"scenes {other.name!r} and {scene.name!r} are both of the place {place!r} at "
                f"{text}: a place has one scene for each date"
            )
    if not run.change_pairs:
        places = ", ".join(sorted({scene.fields[by] for scene in dated})[:10])
        raise ValueError(
            f"change.by is {by!r}, but no place of this column of the scene table has two dates; "
            f"found {f'the places {places}' if places else 'no value in it'}"
        )


def _check_kinds(run: RunFacts) -> None:
    classes = run.legend.class_names.names
    owner: dict[tuple[str, str], str] = {}
    for name, kind in run.change.kinds.items():
        for key in ("before", "after"):
            unknown = [of_kind for of_kind in getattr(kind, key) if of_kind not in classes]
            if unknown:
                raise ValueError(
                    f"change.kinds.{name}.{key} names {unknown[0]!r}, but the classes are "
                    f"{', '.join(classes)}"
                )
        moves = [(old, new) for old in kind.before for new in kind.after if old != new]
        if not moves:
            raise ValueError(f"change.kinds.{name} holds no change: before and after are the same")
        for move in moves:
            other = owner.setdefault(move, name)
            if other != name:
                raise ValueError(
                    f"change from {move[0]!r} to {move[1]!r} is of two kinds, {other} and {name}"
                )


def _check_folders(run: RunFacts) -> None:
    pairs = run.change_pairs
    for pair in pairs:
        for title, text in (("place", pair.place), ("dates", pair.dates)):
            fault = find_scene_fault(text)
            if fault is not None:
                raise ValueError(
                    f"folders of changes are named after their {title}, and {shorten(text)} is no "
                    f"name of a folder: {fault}"
                )
    twice = [
        key
        for key, count in Counter((pair.place, pair.dates) for pair in pairs).items()
        if count > 1
    ]
    if twice:
        raise ValueError(f"change compares twice: {twice[0][0]} {twice[0][1]}")


def _check_division(run: RunFacts) -> None:
    """Labelled dates of a place have one role, and groups keep them together."""
    groups = run.split.groups
    first: dict[str, str] = {}
    places = run.scene_places
    for name, place in places.items():
        other, scene = run.scene(first.setdefault(place, name)), run.scene(name)
        if scene.role != other.role:
            raise ValueError(
                f"scenes {other.name!r} and {name!r} are dates of one place, but their roles are "
                f"{other.role or 'empty'} and {scene.role or 'empty'}: give all dates of a place "
                "the same role, or none"
            )
        together = groups is None or (
            groups.by == "scene"
            and groups.column is not None
            and scene.fields.get(groups.column) == other.fields.get(groups.column)
        )
        if not together:
            raise ValueError(
                f"split.groups would part the scenes {other.name!r} and {name!r}, which are dates "
                "of one place: set groups: {by: scene, column: ...} with a column that has the "
                "same value for both, such as that of the place"
            )
