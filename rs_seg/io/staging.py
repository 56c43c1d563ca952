"""Outputs that are whole or absent: written into a folder beside their place, moved there when the work is done."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def staged(outputs: Mapping[str, Path]) -> Iterator[dict[str, Path]]:
    """Paths to write to, by the names of the final paths in `outputs`.

    On success everything written beside a path (sidecars of a Shapefile too) is moved to the final folder and replaces
    what was there; on any error nothing is moved. What an earlier killed job left behind is removed first.
    """
    with ExitStack() as cleaning:
        folders = {name: path.parent / f".{path.name}.partial" for name, path in outputs.items()}
        for folder in folders.values():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            cleaning.callback(shutil.rmtree, folder, ignore_errors=True)
        yield {name: folders[name] / path.name for name, path in outputs.items()}
        for name, path in outputs.items():
            if not (folders[name] / path.name).exists():
                raise RuntimeError(f"the stage ended without writing its output {name}: {path}")
        for folder in folders.values():
            _move_into_place(folder)


def _move_into_place(folder: Path) -> None:
    for written in sorted(folder.iterdir()):
        place = folder.parent / written.name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        written.replace(place)


def final_place(path: Path) -> Path:
    """Where what is written to `path` will lie in the end: elsewhere if `staged` gave it, `path` itself if not."""
    staging = path.parent.name == f".{path.name}.partial"
    return path.parent.parent / path.name if staging else path
