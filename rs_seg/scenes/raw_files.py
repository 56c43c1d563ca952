"""The part of deliver and gather that lists the files from outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rs_seg.config import RunConfig
from rs_seg.io.raw.dataset_files import DatasetFiles


def raw_files(run: RunConfig) -> Iterator[tuple[str, str, Path]]:
    """Scene, kind and path of every file that the user gave, and of files that belong to these.

    What belongs to a file, such as the .dbf of a Shapefile or the sources of a VRT, follows it.
    """
    datasets = DatasetFiles()
    for scene in run.scenes:
        read = [
            (f"source {name}", path)
            for name, path in zip(run.sources, run.source_paths(scene), strict=True)
        ]
        read += [("label", run.label_path(scene))] if scene.labelled else []
        for kind, path in read:
            yield scene.name, kind, path
            yield from (
                (scene.name, f"belongs to {kind}", companion) for companion in datasets.beside(path)
            )
