"""How much room a disk has, for messages about writes that failed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

LITTLE = 1_000_000
"""Bytes; where a disk has less than this, a write that failed is put down to it."""


def room_on_disk(path: Path) -> str:
    """Free and whole size of the disk of a path, in words; empty where the disk does not say."""
    try:
        usage = shutil.disk_usage(_existing(path))
    except OSError:
        return ""
    return f"{_size(usage.free)} of {_size(usage.total)} are free on the disk of {_existing(path)}"


def is_full(path: Path) -> bool:
    """Whether hardly a byte, or no further file, fits on the disk of a path.

    Quotas cannot be asked.
    """
    try:
        state = os.statvfs(_existing(path))
    except OSError:
        return False
    if state.f_blocks == 0:  # /proc and the like have no room by nature
        return False
    out_of_names = state.f_files > 0 and state.f_favail == 0  # some file systems count none
    return out_of_names or state.f_bavail * state.f_frsize < LITTLE


def _existing(path: Path) -> Path:
    """The path itself, or the nearest folder above it that exists."""
    return next((place for place in (path, *path.absolute().parents) if place.exists()), Path())


def _size(count: int) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000  # type: ignore[assignment]  # of kB on
    return f"{count:.3g} TB"
