"""The scene table of a public data set, from its files and one of its splits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rs_seg.config.dataset_layers import Layer
from rs_seg.config.datasets import NO_SPLIT, DataConfig, DatasetFacts
from rs_seg.errors import UserError, nearest_name
from rs_seg.scenes.datasets.listing import Listing, list_layers, order_names, plain_path
from rs_seg.scenes.datasets.roles import Roles, give_roles, matches
from rs_seg.values.names import list_first

LABEL_FILE = "label_file"
"""Column of the scene table with the label file of a scene."""
NAMED = 10
"""Scenes that a message names; of more, their number."""

Row = dict[str, Any]
CLEAR = "scenes have no file of clouds; they are taken to be clear"
UNTESTED = (
    "no labelled scene here is in the test of the split: what is tested is drawn from the other "
    "scenes, and figures are not those of the split"
)


@dataclass(frozen=True)
class Rows:
    """Rows of the scene table, and what people should know of them."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    has_roles: bool
    """Whether the split that was asked for gave the roles."""

    @property
    def lacks_test(self) -> bool:
        """Whether the split gave roles, but none to test on."""
        return self.has_roles and not count_tested(self.rows)


def count_tested(rows: Iterable[Row]) -> int:
    """How many scenes a split gives to test on."""
    return sum(row.get("role") == "test" for row in rows)


def file_column(source: str, *, clouds: bool = False) -> str:
    """Column of the scene table with the file of a source, or with that of its clouds."""
    return f"{source}_clouds_file" if clouds else f"{source}_file"


def _column_of(layer: Layer) -> str:
    if layer.source is None:
        return LABEL_FILE
    return file_column(layer.source, clouds=layer.clouds)


def list_rows(
    facts: DatasetFacts,
    data: DataConfig,
    layers: Mapping[str, Layer],
    optional: Collection[str] = (),
) -> Rows:
    """The scenes that have a file of every source that is not `optional`, with role and files.

    Raises:
        UserError: the folder or a list cannot be read, no scene has all files, or a scene that is
            to be left out is unknown.
    """
    listing = list_layers(facts, Path(data.root), layers)
    needed = {key: layer for key, layer in layers.items() if layer.source not in optional}
    names, notes = _find_whole(listing, needed)
    names = _leave_out(names, data.leave_out)
    latest = _find_latest(facts, listing, layers, names)
    if facts.settle_variant(data.variant).get("dates") == "last":
        names = [name for name in names if name in latest]
    roles = _roles_of(facts, data, listing)
    notes += _tell_split(facts, data, roles)
    labels = _labels_of(listing, layers)
    unnamed = [name for name in names if name in labels and not _has_role(roles, name)]
    notes += _tell("scenes are in no part of the split; they are only mapped", unnamed)
    notes += _tell(
        "scenes have no label file; they are only mapped",
        [name for name in names if name not in labels],
    )
    for key, layer in layers.items():
        clear = [name for name in names if name not in listing.layers[key].paths]
        notes += _tell(CLEAR, clear) if layer.clouds else []
    rows = []
    for name in names:
        labelled = name in labels and name in latest and _has_role(roles, name)
        rows.append(
            _row(facts, listing, layers, name, roles.by_scene.get(name, "") if labelled else None)
        )
    return Rows(tuple(rows), tuple(notes), has_roles=bool(roles.by_scene))


def _roles_of(facts: DatasetFacts, data: DataConfig, listing: Listing) -> Roles:
    split = facts.choose_split(data.split)
    return Roles({}) if data.split == NO_SPLIT else give_roles(facts, split, listing)


def _tell_split(facts: DatasetFacts, data: DataConfig, roles: Roles) -> list[str]:
    """What a reader of figures must know of the split."""
    if roles.missing:
        return [f"{roles.missing}: blocks are drawn"]
    split = facts.choose_split(data.split)
    told = () if split is None else (split.note, split.leak)
    return [f"split {data.split} of {facts.title}: {text}" for text in told if text]


def _has_role(roles: Roles, name: str) -> bool:
    """Whether the labels of a scene are used: where there are roles, it has one."""
    return not roles.by_scene or name in roles.by_scene


def _row(
    facts: DatasetFacts, listing: Listing, layers: Mapping[str, Layer], name: str, role: str | None
) -> Row:
    """One row; `role` is None where the scene is only mapped, "" where its blocks are divided."""
    groups = listing.groups[name]
    fields = {key: template.format_map(groups) for key, template in facts.columns.items()}
    if facts.group is not None:
        fields["group"] = facts.group.format_map(groups)
    for key, layer in layers.items():
        fields[_column_of(layer)] = listing.layers[key].paths.get(name, "")
    used = {} if not role else {"role": role}
    return {"name": name, "labelled": role is not None, **used, "fields": fields}


def _find_whole(listing: Listing, layers: Mapping[str, Layer]) -> tuple[list[str], list[str]]:
    """Names of the scenes with a file of every source, and what to say of the others."""
    sources = [listing.layers[key].paths for key, layer in layers.items() if layer.holds_images]
    whole = [name for name in listing.groups if all(name in paths for paths in sources)]
    if not whole:
        wanted = next(layer.paths[0] for layer in layers.values() if layer.holds_images)
        raise UserError(
            "folder holds no scene of the data set with a file of every source",
            where=listing.root,
            found=f"{len(listing.groups)} scenes of which some file is there",
            expected=f"paths that end like {plain_path(wanted)}",
            remedy="set data.root to the folder that the set was unpacked into, or choose another "
            "data.variant",
        )
    broken = set(listing.groups) - set(whole)
    told = _tell("scenes lack a file of a source and are left out", order_names(broken))
    return order_names(whole), told


def _labels_of(listing: Listing, layers: Mapping[str, Layer]) -> Mapping[str, str]:
    """Label file by scene."""
    return next(
        (listing.layers[key].paths for key, layer in layers.items() if layer.source is None), {}
    )


def _find_latest(
    facts: DatasetFacts, listing: Listing, layers: Mapping[str, Layer], names: Sequence[str]
) -> set[str]:
    """The scenes that labels are used of: all, or the last of each place that has labels."""
    if not facts.last_of:
        return set(names)
    labels = _labels_of(listing, layers)
    last: dict[tuple[str, ...], str] = {}
    for name in [*(n for n in names if n not in labels), *(n for n in names if n in labels)]:
        last[tuple(listing.groups[name][key] for key in facts.last_of)] = name
    return set(last.values())


def _leave_out(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    for pattern in patterns:
        if not any(matches(name, [pattern]) for name in names):
            raise _unknown_scene(pattern, names, "data.leave_out")
    return [name for name in names if not matches(name, patterns)]


def merge_rows(rows: Sequence[Row], given: object) -> list[Any]:
    """The rows of a set, or of it those that a scene table names, with what that says of them.

    Raises:
        UserError: the table names a scene that the set does not have.
    """
    if not isinstance(given, Sequence) or isinstance(given, str):
        return list(rows)
    known = {row["name"]: row for row in rows}
    merged = []
    for own in given:
        changes: dict[str, Any] = dict(own) if isinstance(own, Mapping) else {"name": own}
        name = str(changes.get("name"))
        if name not in known:
            raise _unknown_scene(name, known, "scenes")
        row = known[name] if changes.get("labelled") is not False else only_mapped(known[name])
        fields = {**row["fields"], **(changes.get("fields") or {})}
        merged.append({**row, **changes, "name": name, "fields": fields})
    return merged


def only_mapped(row: Row) -> Row:
    """The row of a scene whose labels are not used."""
    return {**{key: value for key, value in row.items() if key != "role"}, "labelled": False}


def _unknown_scene(name: str, known: Iterable[str], where: str) -> UserError:
    nearest = nearest_name(name, known)
    return UserError(
        f"the data set has no scene {name!r}",
        where=where,
        expected=f"names such as {', '.join(list(known)[:3])}",
        remedy=f"did you mean {nearest!r}?" if nearest else "write names as text, in quotes",
    )


def _tell(what: str, names: Sequence[str]) -> list[str]:
    """One sentence on scenes that people should know of; none without any."""
    if not names:
        return []
    return [f"{len(names)} {what}: {list_first(names, NAMED)}"]
