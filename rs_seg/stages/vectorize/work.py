"""The work of `vectorize`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

from rs_seg.config import RefinementConfig, VectorizeConfig
from rs_seg.io.raster import RasterReader
from rs_seg.maps.polygons import vectorize_map
from rs_seg.maps.sources import Sources, check_sources
from rs_seg.values import InPath, InPaths, Legend, OutPath
from rs_seg.values.band_groups import BandGroup, marks_of
from rs_seg.values.loading import loading_beside


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
    formats: Mapping[str, OutPath | None],
) -> None:
    """See the signature; `formats` are its outputs, by the names of formats."""
    legend = refinement.map_legend(legend)
    names = legend.class_names
    with ExitStack() as files:
        rasters = [
            [files.enter_context(RasterReader(path)) for path in paths]
            for paths in (probabilities, image)
        ]
        sources = Sources(
            classes,
            files.enter_context(RasterReader(classes)),
            files.enter_context(RasterReader(confidence)),
            probabilities=next(iter(rasters[0]), None),
            image=next(iter(rasters[1]), None),
            marks=marks_of(band_groups),
        )
        check_sources(config, sources)
        # pyogrio, pandas and Arrow: half of what a start loads, and needed last
        with loading_beside("rs_seg.maps.polygon_streams"):
            vector_map = vectorize_map(config, sources, names, outside_class=outside_class)
    from rs_seg.maps.polygon_streams import log_areas, stream_polygons, write_formats

    log_areas(vector_map, sources.grid)
    stream = stream_polygons(config, vector_map, names, sources.grid)
    del vector_map  # the stream has copies of what it needs, which are smaller
    write_formats(stream, formats, legend, unfilled=outside_class)
