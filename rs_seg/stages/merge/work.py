"""The work of `merge`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from rs_seg.algorithms.vectorizing.mosaic import plan_mosaics
from rs_seg.config import RefinementConfig, VectorizeConfig
from rs_seg.io.mosaic import MosaicReader
from rs_seg.io.raster import RasterReader
from rs_seg.maps.polygon_streams import chain_streams, log_areas, stream_polygons, write_formats
from rs_seg.maps.polygons import vectorize_map
from rs_seg.maps.sources import Sources, check_sources
from rs_seg.scenes.files import check_alike
from rs_seg.values import InPaths, Legend, OutPath
from rs_seg.values.grid import crs_of

if TYPE_CHECKING:
    from rs_seg.values.mosaic import Mosaic


logger = logging.getLogger(__name__)


def merge(
    vectorize: VectorizeConfig,
    refinement: RefinementConfig,
    legend: Legend,
    *,
    classes: InPaths,
    confidences: InPaths,
    probabilities: InPaths,
    images: InPaths,
    formats: Mapping[str, OutPath | None],
) -> None:
    """See the signature; `formats` are its outputs, by the names of formats."""
    legend = refinement.map_legend(legend)
    names = legend.class_names
    check_alike(
        classes=classes, confidences=confidences, probabilities=probabilities, images=images
    )
    mosaics = _plan(classes)
    crs = crs_of(mosaics[0].grid).to_wkt()
    streams, base = [], 0
    for mosaic in mosaics:
        with ExitStack() as files:
            sources = _open(files, mosaic, classes, confidences, probabilities, images)
            check_sources(vectorize, sources)
            found = vectorize_map(vectorize, sources, names)
        log_areas(found)
        streams.append(stream_polygons(vectorize, found, names, mosaic.grid, crs=crs, base=base))
        del found  # the stream has copies of what it needs, which are smaller
        base += mosaic.grid.height * mosaic.grid.width
    write_formats(chain_streams(streams), formats, legend)


def _plan(classes: list[Path]) -> list[Mosaic]:
    """The rasters that the scenes make up."""
    grids = []
    for path in classes:
        with RasterReader(path) as reader:
            grids.append(reader.grid)
    mosaics = plan_mosaics(grids)
    logger.info("merge: %d scenes make up %d areas", len(classes), len(mosaics))
    for mosaic in mosaics[1:]:
        first = classes[mosaic.members[0].scene]
        logger.info(
            "merge: %d scenes from %s on do not touch or fit those before",
            len(mosaic.members),
            first,
        )
    return mosaics


def _open(
    files: ExitStack,
    mosaic: Mosaic,
    classes: list[Path],
    confidences: list[Path],
    probabilities: list[Path],
    images: list[Path],
) -> Sources:
    readers = [
        files.enter_context(MosaicReader(mosaic, paths)) if paths else None
        for paths in (classes, confidences, probabilities, images)
    ]
    assert readers[0] is not None
    assert readers[1] is not None
    first = classes[mosaic.members[0].scene]
    return Sources(first, readers[0], readers[1], probabilities=readers[2], image=readers[3])
