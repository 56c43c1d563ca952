"""Configuration files as YAML, with a fault that YAML itself accepts: keys given twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from rs_seg.errors import UserError, UserErrors
from rs_seg.values.texts import read_text

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same as yaml.SafeLoader, ten times as fast where it was built: every job loads the
configuration."""
MERGE = "tag:yaml.org,2002:merge"
"""Tag of the key `<<`, which takes in the keys of another mapping; those may be given again, to
overrule it."""
UNREADABLE = (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What PyYAML raises: besides its own errors, those of values that are no dates or numbers, such as
2001-13-45."""

GREATEST_DEPTH = 500
"""Levels of a file; the parser in C (PyYAML 6) ends the process where there are some ten thousand.
"""
MOST_REPEATED = 100_000
"""Values that aliases (`*name`) may add to those that are written: far more than a configuration
repeats."""
LONGEST_NUMBER = 100
"""Characters of a number; Python 3.11 refuses, or takes seconds for, one of thousands."""
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


def read_yaml(path: Path) -> object:
    """The values in a YAML file.

    Raises:
        UserError: the file cannot be read, is no YAML, has keys that are given twice, or would grow
            beyond measure.
    """
    if not path.exists():
        raise UserError(
            "there is no such configuration",
            where=path,
            remedy="name the file of the run, make one with `rs-seg init FOLDER`, or see the demo "
            "with `rs-seg run --demo`",
        )
    text = read_text(path, what="configuration")
    if _depth(text) > GREATEST_DEPTH:
        raise _not_yaml(path, RecursionError())
    loader = LOADER(text)
    try:
        node = loader.get_single_node()
        faults = (
            []
            if node is None
            else list(_find_bombs(node, path)) or list(_find_repeated_keys(node, path))
        )
        values: object = None if node is None or faults else loader.construct_document(node)
    except UNREADABLE as error:
        raise _not_yaml(path, error) from error
    finally:
        loader.dispose()
    if faults:
        raise UserErrors(faults)
    return values


def check_yaml_files(paths: Iterable[Path]) -> None:
    """Refuse configuration files with repeated keys, which Snakemake has loaded without a word.

    Raises:
        UserErrors: every fault of all files.
    """
    faults: list[UserError] = []
    for path in paths:
        try:
            read_yaml(path)
        except UserErrors as errors:
            faults += errors.errors
        except UserError as error:
            faults.append(error)
    if faults:
        raise UserErrors(faults)


def _depth(text: str) -> int:
    """At least the number of levels of a text: of its brackets, or of its indentation."""
    deepest = depth = 0
    for sign in re.findall(r"[\[{\]}]", text):
        depth = depth + 1 if sign in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    indentation = max(map(len, re.findall(r"^[ ?:-]+", text, flags=re.MULTILINE)), default=0)
    return max(deepest, indentation // 2)


def _not_yaml(path: Path, error: Exception) -> UserError:
    mark = getattr(error, "problem_mark", None)
    found = (
        "values nested too deeply"
        if isinstance(error, RecursionError)
        else " ".join(str(error).split()).replace(' in "<unicode string>",', ", at")
    )
    return UserError(
        "configuration is not valid YAML",
        where=path if mark is None else f"{path}, line {mark.line + 1}",
        found=found[:500],
        expected="YAML: `key: value`, parts of a section indented by spaces alike",
    )


def _find_repeated_keys(root: Any, path: Path) -> Iterator[UserError]:
    """A fault for each key that a mapping has twice.

    Mappings are looked at before `<<` is resolved, and anchors once.
    """
    seen: set[int] = set()
    waiting: list[tuple[Any, str]] = [(root, "")]
    while waiting:
        node, place = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield from _compare_keys(node, path, place)
            inner = [
                (value, f"{place}{_name_key(key)}.")
                for key, value in node.value
                if key.tag != MERGE
            ]
            waiting += reversed(inner)
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(child, f"{place}{index}.") for index, child in enumerate(node.value)][::-1]


def _name_key(key: Any) -> str:
    """A key for people.

    Those that are lists or mappings have no name, and may be bombs themselves.
    """
    return str(key.value) if isinstance(key, yaml.ScalarNode) else "?"


def _find_bombs(root: Any, path: Path) -> Iterator[UserError]:
    """A fault for small texts that stand for values without end, or of useless size."""
    sizes: dict[int, int] = {}
    depths: dict[int, int] = {}
    open_nodes: set[int] = set()
    waiting: list[tuple[Any, bool]] = [(root, False)]
    while waiting:
        node, left = waiting.pop()
        inner = _inner_nodes(node)
        if left:
            open_nodes.discard(id(node))
            sizes[id(node)] = 1 + sum(sizes[id(child)] for child in inner)
            depths[id(node)] = 1 + max((depths[id(child)] for child in inner), default=0)
        elif id(node) in open_nodes:
            yield _tell_bomb(node, path, "a value that holds itself", "values with an end")
            return
        elif id(node) not in sizes:
            open_nodes.add(id(node))
            waiting += [(node, True), *((child, False) for child in inner)]
            yield from _find_long_number(node, path)
    repeated = sizes[id(root)] - len(sizes)
    if repeated > MOST_REPEATED:
        yield _tell_bomb(
            root,
            path,
            "aliases that repeat more than 100,000 values",
            "values that are written out",
        )
    if depths[id(root)] > GREATEST_DEPTH:
        yield _tell_bomb(root, path, "values nested too deeply", f"at most {GREATEST_DEPTH} levels")


def _inner_nodes(node: Any) -> list[Any]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _find_long_number(node: Any, path: Path) -> Iterator[UserError]:
    if (
        isinstance(node, yaml.ScalarNode)
        and node.tag in NUMBERS
        and len(node.value) > LONGEST_NUMBER
    ):
        found = f"{node.value[:20]}..., of {len(node.value)} characters"
        yield _tell_bomb(node, path, found, f"numbers of at most {LONGEST_NUMBER} characters")


def _tell_bomb(node: Any, path: Path, found: str, expected: str) -> UserError:
    where = f"{path}, line {node.start_mark.line + 1}"
    return UserError(
        "configuration is not what a run needs", where=where, found=found, expected=expected
    )


def _compare_keys(node: Any, path: Path, place: str) -> Iterator[UserError]:
    first: dict[tuple[str, str], int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == MERGE:
            continue
        name, line = (key.tag, key.value), key.start_mark.line + 1
        if name in first:
            yield UserError(
                f"key {key.value!r} is given twice",
                where=f"{path}, key {place}{key.value}",
                found=f"lines {first[name]} and {line}",
                expected="each key once: of two, the first would count for nothing",
                remedy="remove one of them, or bring together what stands under both",
            )
        first[name] = line
