"""vectorize: from a class map to polygons that tile its valid area."""

from __future__ import annotations

from contextlib import ExitStack

from rs_seg.config import RefinementConfig, VectorizeConfig
from rs_seg.values import InPath, InPaths, Legend, OutPath

REVISION = 3


def vectorize(
    config: VectorizeConfig,
    refinement: RefinementConfig,
    legend: Legend,
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
    """Polygons as GeoPackage and in the other formats asked for, which share every border and leave no gap.

    One polygon per region of pixels of one class that touch by their sides (4-connectivity), or what generalisation
    and splitting make of it, in the order of their first pixels, row by row. Attributes: `id`, `code`, `class`,
    `area_m2` and `perim_m` on the ground, `prob_mean` and `prob_min` (0 to 1) over the region's pixels, and the figures
    of `config.zonal`. Pixels from which the map abstains are regions like any other, of the class "abstain".
    `probabilities` and `image` hold a file where the configuration needs one. The same map gives the same bytes, with
    any number of threads; memory depends on the length of the borders, not on the pixels (docs/vectorizing.md).
    """
    from rs_seg.io.raster import RasterReader
    from rs_seg.stages.parts.map_sources import Sources, check_sources
    from rs_seg.stages.parts.polygon_streams import log_areas, stream_polygons, write_formats
    from rs_seg.stages.parts.vector_map import vectorize_map

    legend = refinement.map_legend(legend)
    names = legend.class_names
    with ExitStack() as files:
        rasters = [[files.enter_context(RasterReader(path)) for path in paths] for paths in (probabilities, image)]
        sources = Sources(
            classes,
            files.enter_context(RasterReader(classes)),
            files.enter_context(RasterReader(confidence)),
            probabilities=next(iter(rasters[0]), None),
            image=next(iter(rasters[1]), None),
        )
        check_sources(config, sources)
        found = vectorize_map(config, sources, names)
    log_areas(found)
    stream = stream_polygons(config, found, names, sources.grid)
    del found  # the stream has copies of what it needs, which are smaller
    formats = {"geopackage": polygons, "shapefile": shapefile, "flatgeobuf": flatgeobuf, "geoparquet": geoparquet}
    write_formats(stream, formats, legend)
