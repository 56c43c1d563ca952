"""Where a setting stands: the file and the line of its key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rs_seg.config.yaml_text import LOADER, MERGE, UNREADABLE
from rs_seg.errors import UserError
from rs_seg.values.texts import read_text


@dataclass(frozen=True)
class Line:
    """The line of a key, or of the nearest key above it."""

    file: Path
    number: int
    depth: int
    """How many parts of the place are in the file."""
    node: Any
    """The value, as YAML."""

    def __str__(self) -> str:
        return f"{self.file}, line {self.number}"


class Lines:
    """The lines of some configuration files, of which later ones overrule earlier ones."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._roots = [(file, root) for file in files if (root := _parse(file)) is not None]

    def find(self, place: Sequence[str], value: object = None) -> Line | None:
        """The line of a setting, or of the nearest section that a file has of it; None without any.

        A file that says another value than `value` is not the one that has said it: the command
        line has, for example.
        """
        lines = [line for file, root in self._roots if (line := _follow(file, root, place))]
        deepest = max((line.depth for line in lines), default=0)
        chosen = [line for line in lines if line.depth == deepest]
        if not chosen:
            return None
        line = chosen[-1]
        is_other = deepest == len(place) and _is_scalar(value) and not _says(line.node, value)
        return None if is_other else line

    def tell(self, fault: UserError) -> UserError:
        """The fault with the line of its setting, where it begins with one, such as models.unet."""
        place = str(fault.where).partition(",")[0].split(".")
        line = self.find(place)
        return fault if line is None or line.depth < len(place) else fault.at(line)


def _parse(file: Path) -> Any:
    """The YAML of a file that was read before, and its lines; None if it can no longer be read."""
    with suppress(UserError, *UNREADABLE):
        loader = LOADER(read_text(file, what="configuration"))
        try:
            return loader.get_single_node()
        finally:
            loader.dispose()
    return None


def _follow(file: Path, root: Any, place: Sequence[str]) -> Line | None:
    """The line of as many parts of a place as the file has."""
    node, number, depth = root, 0, 0
    for key in place:
        inner = _member(node, key)
        if inner is None:
            break
        node, number, depth = inner[1], inner[0].start_mark.line + 1, depth + 1
    return Line(file, number, depth, node) if depth else None


def _member(node: Any, key: str) -> tuple[Any, Any] | None:
    """The node that names a part of a value, and the part."""
    if isinstance(node, yaml.SequenceNode):
        is_there = key.isdigit() and int(key) < len(node.value)
        return (node.value[int(key)],) * 2 if is_there else None
    if not isinstance(node, yaml.MappingNode):
        return None
    for name, value in node.value:
        if isinstance(name, yaml.ScalarNode) and name.value == key and name.tag != MERGE:
            return name, value
    for merged in _merged(node):
        inner = _member(merged, key)
        if inner is not None:
            return inner
    return None


def _merged(node: Any) -> Iterator[Any]:
    """The mappings that `<<` takes in."""
    for name, value in node.value:
        if name.tag == MERGE:
            yield from value.value if isinstance(value, yaml.SequenceNode) else [value]


def _is_scalar(value: object) -> bool:
    return isinstance(value, (str, int, float))


def _says(node: Any, value: object) -> bool:
    """Whether YAML says this text, number or truth value."""
    if not isinstance(node, yaml.ScalarNode):
        return False
    with suppress(*UNREADABLE):
        if yaml.safe_load(yaml.serialize(node)) == value:
            return True
    return str(node.value) == str(value)
