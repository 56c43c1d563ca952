"""The objects of a scene as they are handed over."""

from __future__ import annotations

from rs_seg.config import SelectConfig
from rs_seg.values import ClassNames, InPath, InPaths, Legend, OutPath

REVISION = 1


def select(
    config: SelectConfig,
    object_legend: Legend,
    object_map_names: ClassNames | None,
    *,
    survivors: InPath,
    image: InPath,
    matches: InPaths,
    classes: InPaths,
    objects: OutPath,
    shapefile: OutPath | None,
    flatgeobuf: OutPath | None,
    geoparquet: OutPath | None,
) -> None:
    """Objects with a score of at least that of `config.score`, as GeoPackage and in other formats.

    One row for each, in the order of `id`, the place of its centre in the scene: `id`, `code`,
    `class`, `score`, `area_m2`, `length_m` and `width_m` on the ground, `bearing` (degrees from
    north; null of upright boxes), `cut` (1 at the edge of the imagery) and `scene`. `matches` holds
    the file that says the score, where ground is labelled; `classes` the class map that objects
    divide, where `config.geometry` asks for it.
    """
    from rs_seg.stages.select import work

    work.select(
        config,
        object_legend,
        object_map_names,
        survivors=survivors,
        image=image,
        matches=matches,
        classes=classes,
        formats={
            "geopackage": objects,
            "shapefile": shapefile,
            "flatgeobuf": flatgeobuf,
            "geoparquet": geoparquet,
        },
    )
