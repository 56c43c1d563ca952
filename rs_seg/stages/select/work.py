"""The work of `select`."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from rs_seg.config import SelectConfig
from rs_seg.errors import UserError
from rs_seg.io.candidates import read_candidates
from rs_seg.io.documents import read_document
from rs_seg.io.pairs import check_same_grid
from rs_seg.io.raster import RasterReader
from rs_seg.maps.objects import stream_objects
from rs_seg.maps.polygon_streams import write_formats
from rs_seg.values import ClassNames, InPath, InPaths, Legend, OutPath
from rs_seg.values.candidates import Candidates
from rs_seg.values.matches import ObjectMatches, lowest_score

logger = logging.getLogger(__name__)


def select(
    config: SelectConfig,
    object_legend: Legend,
    object_map_names: ClassNames | None,
    *,
    survivors: InPath,
    image: InPath,
    matches: InPaths,
    classes: InPaths,
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
        if config.geometry == "map":
            chosen = _divide(chosen, reader, object_map_names, classes)
        stream = stream_objects(chosen, reader, object_legend.class_names, geometry=config.geometry)
    write_formats(stream, formats, object_legend)


def _divide(
    chosen: Candidates, image: RasterReader, names: ClassNames | None, classes: InPaths
) -> Candidates:
    """The objects with their parts of the class map as shapes.

    Raises:
        UserError: there is not one class map, or it lies elsewhere than the image.
    """
    if names is None or len(classes) != 1:
        raise UserError(
            "objects divide one class map",
            where="select.geometry",
            found=f"map, and {len(classes)} files for --classes",
            expected="maps/SCENE/NETWORK/REFINEMENT/classes.tif of the same scene",
            remedy="give the file with --classes; the workflow does",
        )
    # scikit-image, half a second of a start, for this alone
    from rs_seg.maps.dividing import divide_map

    with RasterReader(classes[0]) as reader:
        check_same_grid(reader, image)
        return divide_map(chosen, reader, names)
