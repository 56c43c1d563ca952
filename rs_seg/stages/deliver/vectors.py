"""The part of deliver that copies polygons of maps, by scene and as one layer, and objects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rs_seg.config import RunConfig
from rs_seg.io.delivery.copying import copy_file
from rs_seg.scenes.manifest import Manifest, map_keys
from rs_seg.stages.deliver.maps import map_folder, merged_folder
from rs_seg.stages.deliver.objects import list_objects
from rs_seg.values.vector_formats import ALWAYS, FORMAT_OF_SUFFIX, VECTOR_FORMATS

KINDS = ["polygons" if name == ALWAYS else name for name in VECTOR_FORMATS]
"""What the polygons of a map are called among the files, by format."""


def copy_vectors(
    run: RunConfig, files: Manifest, folder: Path, model_of: Mapping[str, str]
) -> dict[str, list[str]]:
    """Copy all polygons and objects; what each copy was made from, by its path in the folder."""
    rasters = {
        key: [f"{map_folder(key)}/{name}.tif" for name in ("classes", "confidence")]
        for key in map_keys(run)
    }
    copies = [
        (files.map(key, kind), map_folder(key), rasters[key])
        for kind in KINDS
        if files.has(kind)
        for key in rasters
    ]
    for method in run.maps:
        of_scenes = [path for key, own in rasters.items() if key.method == method for path in own]
        copies += [
            (files.method(method, f"merged_{kind}"), merged_folder(method), of_scenes)
            for kind in KINDS
            if files.has(f"merged_{kind}")
        ]
    made_from = {}
    for path, place, sources in (*copies, *list_objects(run, files, model_of)):
        known = FORMAT_OF_SUFFIX[path.suffix]
        for suffix in (*known.suffixes(placed=run.has_place), *known.companions):
            name = f"{place}/{path.stem}{suffix}"
            copy_file(path.with_suffix(suffix), folder / name)
            made_from[name] = sources
    return made_from
