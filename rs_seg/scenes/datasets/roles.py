"""Roles of the scenes of a public data set, by one of its published splits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from rs_seg.config.datasets import DatasetFacts, ListFile, RoleRule, SplitFacts
from rs_seg.errors import UserError
from rs_seg.scenes.datasets.listing import Groups, Listing, Tail, as_numbers, plain_path
from rs_seg.values.names import shorten
from rs_seg.values.texts import read_text


@dataclass
class ListedScenes:
    """What a list file names: values of groups, and lines that are no names of scenes."""

    path: str
    names: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Line by the values of its groups."""
    keys: tuple[str, ...] = ()
    strange: list[str] = field(default_factory=list)

    def holds(self, groups: Groups) -> bool:
        """Whether a scene of these groups is named."""
        return tuple(groups.get(key, "") for key in self.keys) in self.names


@dataclass(frozen=True)
class Roles:
    """Roles by scene; or why there are none, in `missing`."""

    by_scene: Mapping[str, str]
    missing: str | None = None
    lists: tuple[ListedScenes, ...] = ()


def give_roles(facts: DatasetFacts, split: SplitFacts | None, listing: Listing) -> Roles:
    """The role of each scene that the split names.

    Raises:
        UserError: a list file cannot be read, or no line of it is of the form of the set.
    """
    if split is None:
        return Roles({}, missing=f"{facts.title} has no official split of labelled images")
    lists: dict[str, ListedScenes] = {}
    for listed_role, rule in split.roles.items():
        if rule.list is None:
            continue
        path = find_list(rule.list, listing)
        if path is None:
            return Roles(
                {}, missing=f"the list of the split, {plain_path(rule.list.path)}, is not there"
            )
        lists[listed_role] = read_list(facts, rule.list, listing, path)
        _check_list(lists[listed_role], rule.list, listing)
    by_scene: dict[str, str] = {}
    for scene, groups in listing.groups.items():
        named = {**groups, "scene": scene}
        role = _role_of(split.roles, lists, named) or split.rest
        if role is not None:
            by_scene[scene] = role
    missing = None if by_scene else "no scene that is there is in the split"
    return Roles(by_scene, missing=missing, lists=tuple(lists.values()))


def _check_list(listed: ListedScenes, rule: ListFile, listing: Listing) -> None:
    """Check that a list names something, so that its role is not lost without a word.

    Raises:
        UserError: it is empty, or all of its lines are strange.
    """
    if not listed.names:
        raise UserError(
            "list of a split names no image",
            where=listing.root / listed.path,
            found=shorten(listed.strange[0]) if listed.strange else "an empty file",
            expected=f"lines such as {plain_path(rule.line)}",
            remedy="get the list anew, or set data.split: none",
        )


def _role_of(
    rules: Mapping[str, RoleRule], lists: Mapping[str, ListedScenes], groups: Groups
) -> str | None:
    for role, rule in rules.items():
        listed = role not in lists or lists[role].holds(groups)
        if listed and all(
            matches(groups.get(key, ""), values) for key, values in rule.where.items()
        ):
            return role
    return None


def matches(value: str, patterns: Iterable[str]) -> bool:
    """Whether a value is one of the patterns, in which * stands for anything."""
    return any(fnmatchcase(value, pattern) for pattern in patterns)


def find_list(rule: ListFile, listing: Listing) -> str | None:
    """The path under the root of a list file; None where it is not there."""
    tail = Tail(rule.path)
    return next((path for path in listing.others if tail.match(path) is not None), None)


def read_list(facts: DatasetFacts, rule: ListFile, listing: Listing, path: str) -> ListedScenes:
    """The scenes that a list file names.

    Raises:
        UserError: it cannot be read.
    """
    pattern = re.compile(rule.line)
    keys = tuple(pattern.groupindex)
    listed = ListedScenes(path, keys=keys)
    for line in read_text(listing.root / path, what="list of a split").splitlines():
        match = pattern.fullmatch(line.strip()) or pattern.fullmatch(
            line.strip().rsplit("/", 1)[-1]
        )
        if match is None:
            listed.strange += [line.strip()] if line.strip() else []
            continue
        values = as_numbers(match.groupdict(), facts.numbers)
        listed.names[tuple(values[key] for key in keys)] = line.strip()
    return listed
