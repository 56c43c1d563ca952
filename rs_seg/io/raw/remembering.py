"""What was read last is kept: thousands of scenes may share one label file."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from rs_seg.io.raw.dataset_files import DatasetFiles

Options = ParamSpec("Options")
Result = TypeVar("Result")


def remember_last(
    read: Callable[Concatenate[Path, Options], Result],
) -> Callable[Concatenate[Path, Options], Result]:
    """The same function, which reads its file again only after the file or an option has changed.

    Only the last result is remembered. Options are hashable, and the result is not to be changed by
    who gets it. What is raised is not kept.
    """
    last: dict[object, Result] = {}

    @wraps(read)
    def read_once(path: Path, /, *args: Options.args, **options: Options.kwargs) -> Result:
        key = (path, _state_of(path), args, tuple(options.items()))
        if key not in last:
            last.clear()  # before the next is read: two may not fit into memory
            last[key] = read(path, *args, **options)
        return last[key]

    return read_once


def _state_of(path: Path) -> tuple[tuple[Path, int, int], ...]:
    """Times and sizes of all files of a data set."""
    files = [file for file in (path, *DatasetFiles().beside(path)) if file.exists()]
    return tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files)
