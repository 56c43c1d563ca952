"""Outputs that are whole or absent: written into a folder beside their place, then moved.

They are on the disk before they are moved, so that this holds after a power cut too.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rs_seg.values.durable import sync_folder, sync_tree
from rs_seg.values.locks import locked


@contextmanager
def staged(outputs: Mapping[str, Path]) -> Iterator[dict[str, Path]]:
    """Paths to write to, by the names of the final paths in `outputs`.

    On success everything written beside a path (sidecars of a Shapefile too) is moved to the final
    folder and replaces what was there; on any error nothing is moved. What an earlier killed job
    left behind is removed first. Of several processes with the same first output, on whatever
    machine, one works and the others wait; where the file system knows no locks they work side by
    side, each in folders of its own, and the last one's files stay.
    """
    with ExitStack() as cleaning:
        first = next(iter(outputs.values()), None)
        alone = (
            cleaning.enter_context(locked(first.parent / f".{first.name}.lock")) if first else False
        )
        folders = {name: _partial(path) for name, path in outputs.items()}
        for name, path in outputs.items():
            _remove_leftovers(path, alone=alone)
            folders[name].mkdir(parents=True)
            cleaning.callback(shutil.rmtree, folders[name], ignore_errors=True)
        yield {name: folders[name] / path.name for name, path in outputs.items()}
        for name, path in outputs.items():
            if not (folders[name] / path.name).exists():
                raise RuntimeError(f"the stage ended without writing its output {name}: {path}")
        # All outputs are on the disk before the first one moves, since moves cannot be taken back.
        for folder in folders.values():
            sync_tree(folder)
        for folder in folders.values():
            _move_into_place(folder)
            sync_folder(folder.parent)


def _partial(path: Path) -> Path:
    """The folder of unfinished files of this process."""
    return path.parent / f".{path.name}~{socket.gethostname()}-{os.getpid()}.partial"


def _remove_leftovers(path: Path, *, alone: bool) -> None:
    """Remove the unfinished files of processes that have ended; of all others if `alone`."""
    here = f".{path.name}~{socket.gethostname()}-"
    # a name may hold what a pattern would take for its own
    for folder in path.parent.glob("*.partial"):
        process = folder.name.removeprefix(here).removesuffix(".partial")
        # A folder with our own number is of an earlier process that had it: ours is made later.
        ended = process.isdigit() and (
            int(process) == os.getpid() or not Path("/proc", process).exists()
        )
        if folder.name.startswith(f".{path.name}~") and (alone or ended):
            shutil.rmtree(folder, ignore_errors=True)


def _move_into_place(folder: Path) -> None:
    for written in sorted(folder.iterdir()):
        place = folder.parent / written.name
        if place.is_dir() and not place.is_symlink():
            # gone at once: a kill while a folder is being removed would leave a part of it
            place.replace(folder / f".old {written.name}")
        written.replace(place)


def final_place(path: Path) -> Path:
    """Where a path lies in the end: elsewhere if `staged` gave it, else the path itself."""
    staging = path.parent.name == _partial(path).name
    return path.parent.parent / path.name if staging else path
