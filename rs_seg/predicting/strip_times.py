"""The part of predict and detect that keeps how long each strip took, in whatever jobs."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from rs_seg.io.notes import read_number, write_number
from rs_seg.io.timings import write_timing
from rs_seg.values.clocks import Clocks

SUFFIXES = {"seconds": ".seconds", "cpu_seconds": ".cpu"}
"""Of the notes that lie beside the strips."""

logger = logging.getLogger(__name__)


def note_times(folder: Path, row: int, start: Clocks) -> Clocks:
    """Keep what the strip that begins at `row` took since `start`; returns the time now."""
    now = Clocks.now()
    spent = {"seconds": now.wall - start.wall, "cpu_seconds": now.cpu - start.cpu}
    for key, suffix in SUFFIXES.items():
        write_number(_path(folder, row, suffix), spent[key])
    return now


def sum_times(strips: Iterable[tuple[Path, int]]) -> dict[str, float]:
    """`seconds` and `cpu_seconds` of strips, by folder and first row; opening engines included.

    A figure is left out where a note of it is missing or junk: the sum of the others would show a
    pace that nobody saw.
    """
    places = list(strips)
    sums = {}
    for key, suffix in SUFFIXES.items():
        notes = [read_number(_path(folder, row, suffix)) for folder, row in places]
        known = [note for note in notes if note is not None]
        if len(known) == len(notes):
            sums[key] = sum(known)
    return sums


def write_times(path: Path, strips: Iterable[tuple[Path, int]], *, pixels: int) -> None:
    """Write what `sum_times` gives and the pixels of the scene; remove the file if it is lost."""
    spent = sum_times(strips)
    if "seconds" in spent:
        write_timing(path, {**spent, "pixels": pixels})
        return
    logger.warning("notes of how long strips took are lost: this scene counts as not timed")
    path.unlink(missing_ok=True)


def _path(folder: Path, row: int, suffix: str) -> Path:
    return folder / f"rows-{row:07d}{suffix}"
