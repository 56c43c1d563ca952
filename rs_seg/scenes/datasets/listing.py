"""Files of a public data set, found where it lies, by layer and scene."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rs_seg.config.dataset_layers import Layer
from rs_seg.config.datasets import DatasetFacts
from rs_seg.errors import UserError

Groups = Mapping[str, str]
"""Values of the groups of a pattern."""


class Tail:
    """Regular expressions of the last parts of paths, from which groups are read."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)
        self._parts = re.sub(r"\[[^\]]*\]", "", pattern).count("/") + 1

    def match(self, path: str) -> dict[str, str] | None:
        """Values of the groups where the end of a path with / matches, else None."""
        match = self._pattern.fullmatch("/".join(path.rsplit("/", self._parts)[-self._parts :]))
        return None if match is None else match.groupdict()


@dataclass
class LayerFiles:
    """Paths under the root of the files of one layer, by the name of their scene.

    `paths` has those that count, `others` further ones of the same pattern.
    """

    paths: dict[str, str] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Listing:
    """What lies under the root of a set."""

    root: Path
    layers: Mapping[str, LayerFiles]
    groups: Mapping[str, dict[str, str]]
    """Values of the groups of each scene, by its name."""
    others: tuple[str, ...]
    """Paths of files that no layer knows."""


def list_files(root: Path) -> list[str]:
    """Paths under the root, with /, sorted; hidden files and folders are left out.

    Raises:
        UserError: the root is no folder.
    """
    if not root.is_dir():
        raise UserError(
            "folder of the data set is missing",
            where=root,
            found="a file" if root.exists() else "nothing",
            expected="the folder that the set was unpacked into",
            remedy="name the folder that holds it (in a configuration: data.root)",
        )
    return sorted(_walk(str(root), ""))


def _walk(folder: str, inside: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            listed = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        raise UserError("folder cannot be listed", where=folder, found=error.strerror) from error
    for entry in listed:
        if entry.is_dir():
            yield from _walk(entry.path, f"{inside}{entry.name}/")
        else:
            yield f"{inside}{entry.name}"


def list_layers(facts: DatasetFacts, root: Path, layers: Mapping[str, Layer]) -> Listing:
    """The files of the layers, by scene; of several for one scene, which one counts.

    That is the one of the pattern that comes first, then of the shortest path.

    Raises:
        UserError: the root is no folder, or cannot be listed.
    """
    patterns = [
        (key, rank, Tail(path))
        for key, layer in layers.items()
        for rank, path in enumerate(layer.paths)
    ]
    ranked: dict[str, dict[str, list[tuple[int, int, str]]]] = {key: {} for key in layers}
    groups: dict[str, dict[str, str]] = {}
    others = []
    for path in list_files(root):
        known = False
        for key, rank, tail in patterns:
            values = tail.match(path)
            if values is None:
                continue
            known = True
            values = as_numbers(values, facts.numbers)
            scene = facts.scene.format_map(values)
            groups.setdefault(scene, {}).update(values)
            ranked[key].setdefault(scene, []).append((rank, path.count("/"), path))
        if not known:
            others.append(path)
    found = {key: _choose(files) for key, files in ranked.items()}
    return Listing(root, found, groups, tuple(others))


def _choose(ranked: Mapping[str, list[tuple[int, int, str]]]) -> LayerFiles:
    files = LayerFiles()
    for scene, candidates in ranked.items():
        first, *rest = sorted(candidates)
        files.paths[scene] = first[2]
        twins = [path for rank, _, path in rest if rank == first[0]]
        if twins:
            files.others[scene] = twins
    return files


def plain_path(pattern: str) -> str:
    """A pattern of paths as people write it: {row} for a group, * for anything."""
    plain = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", pattern)
    for sign, text in ((r"\.", "."), ("[^/]+", "*"), ("[^/]*", "*"), ("?:", ""), (r"\w+", "*")):
        plain = plain.replace(sign, text)
    return plain


def as_numbers(values: Groups, numbers: Iterable[str]) -> dict[str, str]:
    """The values of groups, those of numbers without zeros before them."""
    return {
        key: str(int(value)) if key in numbers and value else value for key, value in values.items()
    }


def order_names(names: Iterable[str]) -> list[str]:
    """Names of scenes, their numbers in order of size."""
    return sorted(names, key=_order)


def _order(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
