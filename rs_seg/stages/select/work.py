"""The work of `select`."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from rs_seg.config import SelectConfig
from rs_seg.io.candidates import read_candidates
from rs_seg.io.documents import read_document
from rs_seg.io.raster import RasterReader
from rs_seg.maps.objects import stream_objects
from rs_seg.maps.polygon_streams import write_formats
from rs_seg.values import InPath, InPaths, Legend, OutPath
from rs_seg.values.matches import ObjectMatches, lowest_score

logger = logging.getLogger(__name__)


def select(
    config: SelectConfig,
    object_legend: Legend,
    *,
    survivors: InPath,
    image: InPath,
    matches: InPaths,
    formats: Mapping[str, OutPath | None],
) -> None:
    """See the signature; `formats` are its outputs, by the names of formats."""
    documents = [read_document(path, ObjectMatches) for path in matches]
    score = lowest_score(config.score, documents[0] if documents else None)
    found = read_candidates(survivors)
    chosen = found.take(found.scores >= score)
    text = "select: %d of %d candidates have a score of %.3g or more"
    logger.info(text, len(chosen), len(found), score)
    with RasterReader(image) as reader:
        stream = stream_objects(chosen, reader, object_legend.class_names, geometry=config.geometry)
    write_formats(stream, formats, object_legend)
