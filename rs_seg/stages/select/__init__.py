"""The objects of a scene as they are handed over."""

from __future__ import annotations

from rs_seg.config import SelectConfig
from rs_seg.values import InPath, InPaths, Legend, OutPath

REVISION = 1


def select(
    config: SelectConfig,
    legend: Legend,
    *,
    survivors: InPath,
    image: InPath,
    matches: InPaths,
    objects: OutPath,
    shapefile: OutPath | None,
    flatgeobuf: OutPath | None,
    geoparquet: OutPath | None,
) -> None:
    """Objects with a score of at least that of `config.score`, as GeoPackage and in other formats.

    One row for each: `id`, `code`, `class`, `score`, `area_m2`, `length_m`, `width_m`, `bearing`
    (degrees from north), `cut` (1 at the edge of the image) and `scene`. `matches` holds the file
    that says the score, where ground is labelled.
    """
    from rs_seg.stages.select import work

    work.select(
        config,
        legend,
        survivors=survivors,
        image=image,
        matches=matches,
        objects=objects,
        shapefile=shapefile,
        flatgeobuf=flatgeobuf,
        geoparquet=geoparquet,
    )
