"""merge: the maps of all scenes as one layer, whole across the borders between scenes."""

from __future__ import annotations

from rs_seg.config import RefinementConfig, VectorizeConfig
from rs_seg.config.used_settings import Used, groups_of_figures
from rs_seg.values import InPaths, Legend, OutPath
from rs_seg.values.band_groups import BandGroup

REVISION = 3
USED: Used = {"band_groups": groups_of_figures}


def merge(
    vectorize: VectorizeConfig,
    refinement: RefinementConfig,
    legend: Legend,
    outside_class: str | None,
    band_groups: tuple[BandGroup, ...] = (),
    *,
    files: InPaths,
    polygons: OutPath,
    shapefile: OutPath | None,
    flatgeobuf: OutPath | None,
    geoparquet: OutPath | None,
) -> None:
    """Polygons of all scenes of a map in one layer, made as those of each scene are.

    `files` are told apart by their places in the folder of results: classes and confidence of each
    scene, and where the configuration needs them probabilities and the image (of which
    `band_groups` are the bands by sources, where some have dates or may be missing). Scenes whose
    pixels fit and that touch or overlap are vectorised as one raster: polygons go on across their
    borders.
    Where they overlap, the scene whose class map comes first in the list decides. Scenes that do
    not fit are vectorised apart, brought into the CRS of the first scene, and may overlap the
    others; the log names them.
    """
    from rs_seg.stages.merge import work

    work.merge(
        vectorize,
        refinement,
        legend,
        outside_class,
        band_groups,
        files=files,
        formats={
            "geopackage": polygons,
            "shapefile": shapefile,
            "flatgeobuf": flatgeobuf,
            "geoparquet": geoparquet,
        },
    )
