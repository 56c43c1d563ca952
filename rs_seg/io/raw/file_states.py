"""The state of files from outside, as one short text that changes with any change of a file."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterable
from pathlib import Path

SMALL = 100_000
"""Bytes up to which a file is read: touched, or copied without its time, it is still the same."""


class FileStates:
    """Describes files; each is looked at once in the life of the object."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def describe(self, paths: Iterable[Path | str]) -> str:
        """Twenty hexadecimal digits of the states of the files, in order, wherever they lie.

        Of small files the content counts; of larger ones the size and the time, in whole seconds as
        archives and other file systems keep it, so that a folder that was moved with its times is
        the same. Folders have no state of their own: what is in them is named beside them. A file
        that is missing has one.
        """
        digest = hashlib.sha256()
        for path in map(str, paths):
            if path not in self._known:
                self._known[path] = _state(Path(path))
            digest.update(f"{self._known[path]}|".encode())
        return digest.hexdigest()[:20]


def _state(path: Path) -> str:
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode) and status.st_size <= SMALL:
            return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "missing"
    return f"{status.st_size} {int(status.st_mtime)}" if stat.S_ISREG(status.st_mode) else "folder"
