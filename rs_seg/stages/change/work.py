"""The work of `change`."""

from __future__ import annotations

import logging
from contextlib import ExitStack

import numpy as np

from rs_seg.algorithms.reporting.change_findings import describe_shift, warn_of_shift
from rs_seg.config import ChangeConfig
from rs_seg.io.documents import write_document
from rs_seg.io.raster import RasterReader, create_raster
from rs_seg.stages.change.comparing import Codes, coded, compare, open_labels, write_block
from rs_seg.stages.change.describing import describe_change
from rs_seg.stages.change.pairs import check_place, keys_of, open_later
from rs_seg.stages.change.polygons import write_changes
from rs_seg.stages.change.shifting import measure_shift
from rs_seg.values import InPath, InPaths, Legend, OutPath, Window
from rs_seg.values.transition_legend import list_transitions, unchanged_codes
from rs_seg.values.transitions import Transitions

logger = logging.getLogger(__name__)


def change(
    config: ChangeConfig,
    place: str,
    dates: str,
    map_legend: Legend,
    legend: Legend,
    *,
    before: InPath,
    after: InPath,
    images: InPaths,
    references: InPaths,
    models: InPaths,
    split: InPaths,
    transitions: OutPath,
    kinds: OutPath,
    figures: OutPath,
    polygons: OutPath,
) -> None:
    """See the signature; `map_legend` has the classes of the maps, those of no label too."""
    keys = keys_of(before, after)
    measured = measure_shift(*images)
    names, classes = map_legend.class_names, len(legend)
    every, of_kinds = list_transitions(legend), config.kind_legend(legend)
    # GeoTIFF keeps no transparency of colours
    white = dict.fromkeys(unchanged_codes(classes), (255, 255, 255, 255))
    with ExitStack() as stack:
        earlier = stack.enter_context(RasterReader(before))
        check_place(earlier)
        later = stack.enter_context(open_later(after, earlier.grid))
        labels = None
        if references and split:
            scenes = (keys[0].scene, keys[1].scene)
            labels = open_labels(stack, references, split[0], models, scenes, legend.class_names)
        looks = (
            (transitions, every, {**every.colormap(), **white}, range(classes * classes)),
            (kinds, of_kinds, of_kinds.colormap(), config.kind_codes(legend.class_names.names)),
        )
        rasters = [
            (
                stack.enter_context(
                    create_raster(
                        path,
                        earlier.grid,
                        dtype=of_raster.class_names.dtype,
                        bands=["class"],
                        nodata=of_raster.class_names.nodata,
                        colormap=colors,
                        names={own.code: own.name for own in of_raster},
                    )
                ),
                np.array(table, dtype=of_raster.class_names.dtype),
                of_raster.class_names.nodata,
            )
            for path, of_raster, colors, table in looks
        ]

        def write(codes: Codes, window: Window) -> None:
            for raster, table, nodata in rasters:
                write_block(raster, coded(codes, table, nodata), window)

        shift = 0.0 if measured.shift is None else measured.shift.distance
        found = compare(earlier, later, names, classes, labels, shift=shift, write=write)
        resampled = later.resampled
    document = describe_change(
        config, legend, keys, (place, dates), found, measured, resampled=resampled
    )
    write_document(figures, document)
    write_changes(transitions, polygons, legend, minimum_area=config.minimum_area)
    _log(document)


def _log(document: Transitions) -> None:
    logger.info(
        "change: %s: %.2f of %.2f ha have another class",
        document.title_of_pair,
        document.changed_ha,
        document.compared_ha,
    )
    for kind in document.kinds:
        logger.info("change: %s: %d pixels, %.2f ha", kind.name, kind.pixels, kind.hectares)
    logger.info("change: %s", describe_shift(document))
    for warning in warn_of_shift(document):
        logger.warning("change: %s", warning)
    if document.left_out_pixels:
        logger.info(
            "change: %d pixels of the earlier map have no class at the later date",
            document.left_out_pixels,
        )
