"""merge: the maps of all scenes as one layer, whole across the borders between scenes."""

from __future__ import annotations

from rs_seg.config import RefinementConfig, VectorizeConfig
from rs_seg.values import InPaths, Legend, OutPath

REVISION = 2


def merge(
    vectorize: VectorizeConfig,
    refinement: RefinementConfig,
    legend: Legend,
    *,
    classes: InPaths,
    confidences: InPaths,
    probabilities: InPaths,
    images: InPaths,
    polygons: OutPath,
    shapefile: OutPath | None,
    flatgeobuf: OutPath | None,
    geoparquet: OutPath | None,
) -> None:
    """Polygons of all scenes of a map in one layer, made as those of each scene are.

    Scenes whose pixels fit and that touch or overlap are vectorised as one raster: polygons go on
    across their borders. Where they overlap, the scene that comes first in the run decides. Scenes
    that do not fit are vectorised apart, brought into the CRS of the first scene, and may overlap
    the others; the log names them. `probabilities` and `images` are empty lists where the
    configuration needs none.
    """
    from rs_seg.stages.merge import work

    work.merge(
        vectorize,
        refinement,
        legend,
        classes=classes,
        confidences=confidences,
        probabilities=probabilities,
        images=images,
        formats={
            "geopackage": polygons,
            "shapefile": shapefile,
            "flatgeobuf": flatgeobuf,
            "geoparquet": geoparquet,
        },
    )
