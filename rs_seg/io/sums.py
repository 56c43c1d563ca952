"""Sizes and checksums of the outputs of jobs: taken when a job ends, compared at any time later."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from rs_seg.values.checksums import sha256

LIST = "SHA256SUMS"
"""A folder with this list is described by it: what is handed over has it, and may have thousands of
files."""


class FileSum(BaseModel):
    """What a file was when its job ended."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int
    sha256: str


Sums = dict[str, FileSum]
"""Files that one output consists of, by their paths beside it: sidecars, and what is in a folder.
"""


def sums_of(folder: Path) -> Sums:
    """Size and checksum of each file below a folder; of listed files only those of the list."""
    listed = {path.parent for path in folder.rglob(LIST)}
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    chosen = (path for path in files if path.name == LIST or listed.isdisjoint(path.parents))
    return {
        path.relative_to(folder).as_posix(): FileSum(size=path.stat().st_size, sha256=sha256(path))
        for path in chosen
    }


def find_changes(
    folder: Path, sums: Mapping[str, FileSum], *, content: bool = True
) -> dict[Path, str]:
    """Faults of files, by path: missing, of another size or of another content.

    The content is only read where `content` is true.
    """
    faults: dict[Path, str] = {}
    for name, before in sums.items():
        path = folder / name
        fault = _fault_of(path, before.size, before.sha256 if content else None)
        if fault is not None:
            faults[path] = fault
        elif path.name == LIST:
            faults |= _find_listed_changes(path, content=content)
    return faults


def _find_listed_changes(listing: Path, *, content: bool) -> dict[Path, str]:
    text = listing.read_text(encoding="utf-8", errors="replace")
    listed = (line.partition("  ")[::2] for line in text.splitlines())
    looked = {
        listing.parent / name: _fault_of(listing.parent / name, None, digest if content else None)
        for digest, name in listed
    }
    return {path: fault for path, fault in looked.items() if fault is not None}


def _fault_of(path: Path, size: int | None, digest: str | None) -> str | None:
    if not path.is_file():
        return "missing"
    found_size = path.stat().st_size
    if size is not None and found_size != size:
        return f"{found_size} bytes instead of {size}"
    return "another content" if digest is not None and sha256(path) != digest else None
