"""How patches are dealt to sheets: scenes that are laid out of many small pictures each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rs_seg.errors import UserError, UserErrors
from rs_seg.values.names import find_scene_fault, find_twins, shorten
from rs_seg.values.patch_rows import choose_rows, table_lines
from rs_seg.values.roles import fold_role
from rs_seg.values.scene_rows import Row, parse_flag

SHEET, GROUP = "sheet", "group"
"""Columns of a table of patches: which sheet a patch lies on (empty: the program chooses), and what
must not be parted."""
MOST_PATCHES = 256
"""Patches of a sheet that the program fills: 16 by 16, which are 1,984 pixels a side for patches of
64 pixels."""
LEAST_SHEETS = 20
"""Sheets that patches without roles, or to train on, fill at least if they can: whole sheets are
dealt to roles."""
MOST_FAULTS = 10

Key = tuple[str, bool]
"""Role ("" where none is given) and whether there are labels."""


@dataclass(frozen=True)
class _Patch:
    """What of a row decides on which sheet it lies."""

    number: int
    sheet: str
    key: Key
    group: str


def are_patches(columns: Sequence[str]) -> bool:
    """Whether the rows of a scene table are patches: it has a column `sheet`."""
    return SHEET in columns


def deal_patches(
    table: Path, columns: Sequence[str], rows: Sequence[Row], *, labelled: bool = True
) -> list[dict[str, Any]]:
    """The sheets that patches are dealt to, as values for the setting `scenes`.

    A sheet that the table names holds what it says; others hold up to MOST_PATCHES in the order of
    the table, of one role. Rows that do not say so are `labelled` or not. Patches of a group lie on
    one sheet, or on sheets of their own that the split takes as one: where no role is given, whole
    sheets are dealt to roles (`sheet_roles`), by the field `group`.

    Raises:
        UserErrors: names that are none or given twice, sheets of several roles or groups, groups
            with a role in part, or cells with line breaks.
    """
    lines = table_lines(table)
    if len(lines) != len(rows) + 1:
        raise UserError(
            "a cell of a table of patches holds a line break",
            where=table,
            found=f"{len(lines) - 1} lines for {len(rows)} patches",
            expected="one line for each patch",
            remedy="remove the line break",
        )
    _check_names(table, rows)
    patches = [
        _read_patch(number, row, labelled=labelled) for number, row in enumerate(rows, start=1)
    ]
    _check_groups(table, patches)
    named = _gather_named(table, patches)
    chosen = [patch for patch in patches if not patch.sheet]
    # a sheet tells the split one group: what shares a group with a named sheet has its own sheets
    apart = {own[0].group for own in named.values()} - {""}
    sheets = [*named.items(), *_fill_sheets(chosen, taken=set(named), apart=apart)]
    grouped = GROUP in columns
    return [_scene_values(name, own, table, lines, grouped=grouped) for name, own in sheets]


def _read_patch(number: int, row: Row, *, labelled: bool) -> _Patch:
    said = parse_flag(row["labelled"]) if row.get("labelled") else labelled
    role = fold_role(row.get("role", ""))
    return _Patch(number, row[SHEET], (role, bool(said)), row.get(GROUP, ""))


def _check_names(table: Path, rows: Sequence[Row]) -> None:
    names = [row["scene"] for row in rows]
    faults = [
        UserError("a patch has no fit name", where=table, found=f"{shorten(name)}: {fault}")
        for name in names
        if (fault := find_scene_fault(name)) is not None
    ]
    twice = find_twins(names)
    if twice:
        faults.append(
            UserError(
                "patches must have different names",
                where=table,
                found=f"given twice: {', '.join(twice[:MOST_FAULTS])}",
            )
        )
    if faults:
        raise UserErrors(faults[:MOST_FAULTS])


def _check_groups(table: Path, patches: Sequence[_Patch]) -> None:
    """See that no patches are dealt away from others of their group, whose role is given.

    Roles that the table gives are kept, also where they part a group: public sets have such.
    """
    roles: dict[str, set[str]] = {}
    for patch in patches:
        role, labelled = patch.key
        if patch.group and labelled:
            roles.setdefault(patch.group, set()).add(role)
    faults = [
        UserError(
            "some labelled patches of a group have a role, and others have none",
            where=f"{table}, group {group}",
            found=f"{', '.join(sorted(own - {''}))}, and an empty cell",
            expected="roles for all patches of the group or for none: those without one are dealt "
            "to roles, and may show ground of the others",
            remedy="fill the column role for the whole group, or empty it",
        )
        for group, own in roles.items()
        if "" in own and len(own) > 1
    ]
    if faults:
        raise UserErrors(faults[:MOST_FAULTS])


def _gather_named(table: Path, patches: Sequence[_Patch]) -> dict[str, list[_Patch]]:
    """The patches of the sheets that the table names."""
    named: dict[str, list[_Patch]] = {}
    for patch in patches:
        if patch.sheet:
            named.setdefault(patch.sheet, []).append(patch)
    faults = []
    for sheet, own in named.items():
        for what, values in (
            ("roles, or are labelled in part", {patch.key for patch in own}),
            ("groups", {patch.group for patch in own}),
        ):
            if len(values) > 1:
                faults.append(
                    UserError(
                        f"patches of one sheet are of several {what}",
                        where=f"{table}, sheet {sheet}",
                        found=", ".join(sorted(map(str, values)))[:200],
                        expected="patches of one role and group on a sheet",
                        remedy="put them on different sheets, or leave the column sheet empty",
                    )
                )
    if faults:
        raise UserErrors(faults[:MOST_FAULTS])
    return named


def _fill_sheets(
    patches: Sequence[_Patch], *, taken: set[str], apart: Collection[str]
) -> Iterator[tuple[str, list[_Patch]]]:
    """Names and patches of the sheets that the program chooses."""
    by_key: dict[Key, list[_Patch]] = {}
    for patch in patches:
        by_key.setdefault(patch.key, []).append(patch)
    for (role, labelled), own in by_key.items():
        number = 0
        dealt = labelled and role in ("", "train")
        spread = -(-len(own) // LEAST_SHEETS) if dealt else MOST_PATCHES
        for sheet in _pack(own, min(MOST_PATCHES, spread), apart):
            number += 1
            # those to train on may be dealt to another role that the table lacks (`sheet_roles`)
            stem = ("learning" if role else "patches") if dealt else role or "unlabelled"
            while (name := f"{stem}_{number:04d}") in taken:
                number += 1
            taken.add(name)
            yield name, sheet


def _pack(patches: Sequence[_Patch], most: int, apart: Collection[str]) -> Iterator[list[_Patch]]:
    """The patches of each sheet: small groups together, large ones on sheets of their own.

    Those that have to be `apart` are too. Without groups, sheets hold `most` patches each.
    """
    groups: dict[str, list[_Patch]] = {}
    sheet: list[_Patch] = []
    for patch in patches:
        groups.setdefault(patch.group, []).append(patch)
    for group, own in groups.items():
        if not group or group in apart or len(own) > MOST_PATCHES:
            size = MOST_PATCHES if group else most
            yield from (own[at : at + size] for at in range(0, len(own), size))
            continue
        if sheet and len(sheet) + len(own) > most:
            yield sheet
            sheet = []
        sheet += own
    if sheet:
        yield sheet


def _scene_values(
    name: str, patches: Sequence[_Patch], table: Path, lines: Sequence[str], *, grouped: bool
) -> dict[str, Any]:
    role, labelled = patches[0].key
    rows = choose_rows(table, lines, [patch.number for patch in patches])
    fields = {GROUP: patches[0].group or name} if grouped else {}
    return {
        "name": name,
        "labelled": labelled,
        "patches": rows,
        "fields": fields,
        **({"role": role} if role else {}),
    }
