"""SHA-256 of many files, and the list that `sha256sum --check` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rs_seg.progress import track
from rs_seg.values import thread_count
from rs_seg.values.checksums import sha256


def hash_files(paths: Sequence[Path], *, description: str) -> list[str]:
    """The SHA-256 of each file, read side by side, with progress."""
    with ThreadPoolExecutor(thread_count(), thread_name_prefix="checksums") as pool:
        return list(track(pool.map(sha256, paths), total=len(paths), description=description))


def hash_folder(folder: Path, *, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """The SHA-256 of every file below the folder, by relative path, sorted.

    Those in `known` are not read again.
    """
    known = known or {}
    files = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    return {name: known.get(name) or sha256(folder / name) for name in files}


def checksum_list(sums: Mapping[str, str]) -> str:
    """The text of a SHA256SUMS file."""
    return "".join(f"{digest}  {name}\n" for name, digest in sums.items())
