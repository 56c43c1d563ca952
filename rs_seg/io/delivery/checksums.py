"""SHA-256 of files, alone and as the list that `sha256sum --check` reads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path


def sha256(path: Path) -> str:
    """The SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_folder(folder: Path, *, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """The SHA-256 of every file below the folder, by relative path, sorted; those in `known` are not read again."""
    known = known or {}
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name: known.get(name) or sha256(folder / name) for name in files}


def checksum_list(sums: Mapping[str, str]) -> str:
    """The text of a SHA256SUMS file."""
    return "".join(f"{digest}  {name}\n" for name, digest in sums.items())
