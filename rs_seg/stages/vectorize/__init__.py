"""vectorize: from a class map to polygons that tile its valid area."""

from __future__ import annotations

from rs_seg.config import RefinementConfig, VectorizeConfig
from rs_seg.config.used_settings import Used, groups_of_figures
from rs_seg.values import InPath, InPaths, Legend, OutPath
from rs_seg.values.band_groups import BandGroup

REVISION = 4
USED: Used = {"band_groups": groups_of_figures}


def vectorize(
    config: VectorizeConfig,
    refinement: RefinementConfig,
    legend: Legend,
    outside_class: str | None,
    band_groups: tuple[BandGroup, ...] = (),
    *,
    classes: InPath,
    confidence: InPath,
    probabilities: InPaths,
    image: InPaths,
    polygons: OutPath,
    shapefile: OutPath | None,
    flatgeobuf: OutPath | None,
    geoparquet: OutPath | None,
) -> None:
    """Polygons that share every border and leave no gap, as GeoPackage and in other formats.

    One polygon per region of pixels of one class that touch by their sides (4-connectivity), or
    what generalisation and splitting make of it, in the order of their first pixels, row by row.
    Attributes: `id`, `code`, `class`, `area_m2` and `perim_m` on the ground, `prob_mean` and
    `prob_min` (0 to 1) over the region's pixels, and the figures of `config.zonal`. Pixels from
    which the map abstains are regions like any other, of the class "abstain". Styles leave
    `outside_class` undrawn, so that imagery below is seen, and `minimum_area: auto` asks more of
    its polygons. `probabilities` and
    `image` hold a file where the configuration needs one; `band_groups` are the bands of the image
    by sources, where some have dates or may be missing. The same map gives the same bytes, with
    any number of threads; memory depends on the length of the borders, not on the pixels
    (docs/vectorizing.md).
    """
    from rs_seg.stages.vectorize import work

    work.vectorize(
        config,
        refinement,
        legend,
        outside_class,
        band_groups,
        classes=classes,
        confidence=confidence,
        probabilities=probabilities,
        image=image,
        formats={
            "geopackage": polygons,
            "shapefile": shapefile,
            "flatgeobuf": flatgeobuf,
            "geoparquet": geoparquet,
        },
    )
