"""The part of deliver and gather that lists the files from outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rs_seg.config import RunConfig
from rs_seg.io.delivery.provenance import Origins, describe_engines, describe_inputs
from rs_seg.io.raw.dataset_files import DatasetFiles
from rs_seg.scenes.manifest import Manifest


def raw_files(run: RunConfig) -> Iterator[tuple[str, str, Path]]:
    """Scene, kind and path of every file that the user gave, and of files that belong to these.

    Of a sheet, the table of its patches. What belongs to a file, such as the .dbf of a Shapefile or
    the sources of a VRT, follows it.
    """
    datasets = DatasetFiles()
    for scene in run.scenes:
        if scene.patches is not None:  # the table stands for the files that it names
            yield scene.name, "table of patches", Path(scene.patches.table)
            continue
        read = [(f"source {image.label}", path) for image, path in run.raw_images(scene).items()]
        read += [("label", run.label_path(scene))] if scene.labelled else []
        if scene.labelled and run.detectors and run.outline.label is not None:
            read.append(("objects", run.objects_path(scene)))
        strata = None if run.sampled_map is None else run.strata_path(scene)
        read += [] if strata is None else [("strata", strata)]
        for kind, path in read:
            yield scene.name, kind, path
            yield from (
                (scene.name, f"belongs to {kind}", companion) for companion in datasets.beside(path)
            )


def label_files(run: RunConfig) -> Iterator[tuple[None, str, Path]]:
    """The file of labelled places and what belongs to it, of no scene, as `raw_files` has them."""
    datasets = DatasetFiles()
    path = run.labelled_places
    if path is not None:
        yield None, "labelled places", path
        yield from (
            (None, "belongs to labelled places", companion) for companion in datasets.beside(path)
        )


def read_origins(run: RunConfig, files: Manifest) -> Origins:
    """What a run was made from and with; raw files are read for their checksums."""
    engines = (files.find("engine", network) for network in run.models_with_file)
    labels = label_files(run) if files.has("estimates") else ()
    inputs = describe_inputs((*raw_files(run), *labels))
    labelled = {scene.name for scene in run.labelled_scenes}
    return Origins(
        inputs=inputs,
        raw={
            scene.name: [path.as_posix() for path in run.source_paths(scene)]
            if scene.patches is None
            else [scene.patches.table]
            for scene in run.scenes
        },
        learned=[source["path"] for source in inputs if source["scene"] in labelled],
        engines=describe_engines(engine for engine in engines if engine is not None),
        configuration=run.model_dump(mode="json"),
    )
