"""The part of deliver that copies polygons: of each map, and of all scenes as one layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rs_seg.io.delivery.copying import copy_file
from rs_seg.stages.deliver.maps import DeliveredMap, merged_folder
from rs_seg.values.vector_formats import FORMAT_OF_SUFFIX


def copy_vectors(
    maps: Sequence[DeliveredMap],
    merged: Mapping[tuple[str, str], Path],
    exports: Sequence[Path],
    folder: Path,
) -> dict[str, list[str]]:
    """Copy all polygons; what each copy was made from, both as paths in the folder.

    `merged` holds the GeoPackages of all scenes by network and refinement; `exports` lie beside
    GeoPackages.
    """
    rasters = {
        each.folder: [f"{each.folder}/{name}.tif" for name in ("classes", "confidence")]
        for each in maps
    }
    sources = {each.polygons.parent: (each.folder, rasters[each.folder]) for each in maps}
    for method, path in merged.items():
        of_scenes = [
            raster for each in maps if each.method == method for raster in rasters[each.folder]
        ]
        sources[path.parent] = (merged_folder(method), of_scenes)
    made_from = {}
    for path in (*(each.polygons for each in maps), *merged.values(), *exports):
        place, made = sources[path.parent]
        known = FORMAT_OF_SUFFIX[path.suffix]
        for suffix in (path.suffix, *known.parts, *known.companions):
            name = f"{place}/{path.stem}{suffix}"
            copy_file(path.with_suffix(suffix), folder / name)
            made_from[name] = made
    return made_from
