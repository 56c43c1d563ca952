"""Looks at the states of very many files at once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

AT_ONCE = 16
"""Looks at the same time: on a disk in the network each waits for an answer."""
CHUNK = 64

State = tuple[int, int]
"""Size in bytes and time of the last change in whole seconds."""


def look_at_files(paths: Sequence[Path | str]) -> Iterator[State | None]:
    """The state of each file, in order; None where there is no such file."""
    texts = [str(path) for path in paths]
    chunks = [texts[at : at + CHUNK] for at in range(0, len(texts), CHUNK)]
    for states in _threads().map(_look_at_chunk, chunks):
        yield from states


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="files")


def _look_at_chunk(paths: Iterable[str]) -> list[State | None]:
    return [_look_at(path) for path in paths]


def _look_at(path: str) -> State | None:
    try:
        status = os.stat(path)  # noqa: PTH116  # a Path takes as long as the look itself
    except OSError:
        return None
    return status.st_size, int(status.st_mtime)


def describe_files(paths: Sequence[Path | str]) -> str:
    """Twenty hexadecimal digits of the sizes and times of files, in order, wherever they lie."""
    digest = hashlib.sha256()
    for state in look_at_files(paths):
        digest.update(f"{state}|".encode())
    return digest.hexdigest()[:20]


def list_endings(folder: Path) -> set[str]:
    """The endings of the names in a folder, in small letters; none where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return {os.path.splitext(entry.name)[1].lower() for entry in entries}  # noqa: PTH122
    except OSError:
        return set()
