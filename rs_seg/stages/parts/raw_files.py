"""The part of deliver and gather that knows the files that came from outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rs_seg.config import RunConfig


def raw_files(run: RunConfig) -> Iterator[tuple[str, str, Path]]:
    """Scene, kind and path of every file that the user gave."""
    for scene in run.scenes:
        for name, path in zip(run.sources, run.source_paths(scene), strict=True):
            yield scene.name, f"source {name}", path
        if scene.labelled:
            yield scene.name, "label", run.label_path(scene)
