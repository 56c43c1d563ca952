"""The work of `change`."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.io import DatasetWriter

from rs_seg.algorithms.reporting.change_findings import describe_shift, warn_of_shift
from rs_seg.config import ChangeConfig
from rs_seg.io.documents import write_document
from rs_seg.io.raster import RasterReader, create_raster, to_rasterio
from rs_seg.stages.change.comparing import Codes, compare, open_labels
from rs_seg.stages.change.describing import describe_change
from rs_seg.stages.change.pairs import check_place, keys_of, open_later
from rs_seg.stages.change.polygons import write_changes
from rs_seg.stages.change.shifting import measure_shift
from rs_seg.values import InPath, InPaths, Legend, OutPath, Window
from rs_seg.values.grid import Grid
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
    with ExitStack() as stack:
        earlier = stack.enter_context(RasterReader(before))
        check_place(earlier)
        measured = measure_shift(*images)
        later = stack.enter_context(open_later(after, earlier.grid))
        labels = None
        if references and split:
            scenes = (keys[0].scene, keys[1].scene)
            labels = open_labels(stack, references, split[0], models, scenes, legend.class_names)
        rasters = _create_rasters(stack, config, legend, earlier.grid, (transitions, kinds))

        def write(codes: Codes, window: Window) -> None:
            for raster in rasters:
                raster.write(codes, window)

        found = compare(
            earlier,
            later,
            map_legend.class_names,
            len(legend),
            labels,
            shift=0.0 if measured.shift is None else measured.shift.distance,
            write=write,
        )
        resampled = later.resampled
    document = describe_change(
        config, legend, keys, (place, dates), found, measured, resampled=resampled
    )
    write_document(figures, document)
    write_changes(transitions, polygons, legend, minimum_area=config.minimum_area)
    _log(document)


@dataclass(frozen=True)
class _CodedRaster:
    """A raster that is written by blocks, with the code of each transition."""

    raster: DatasetWriter
    table: NDArray[Any]
    nodata: int

    def write(self, codes: Codes, window: Window) -> None:
        """Write a block of transitions (H, W), -1 where nothing is compared."""
        values = np.append(self.table, np.array(self.nodata, dtype=self.table.dtype))
        self.raster.write(values[codes], 1, window=to_rasterio(window))


def _create_rasters(
    stack: ExitStack,
    config: ChangeConfig,
    legend: Legend,
    grid: Grid,
    paths: tuple[OutPath, OutPath],
) -> list[_CodedRaster]:
    """The rasters of transitions and of kinds, open until the stack is closed."""
    every, of_kinds = list_transitions(legend), config.kind_legend(legend)
    # GeoTIFF keeps no transparency of colours
    white = dict.fromkeys(unchanged_codes(len(legend)), (255, 255, 255, 255))
    looks = (
        (every, {**every.colormap(), **white}, list(range(len(legend) ** 2))),
        (of_kinds, of_kinds.colormap(), config.kind_codes(legend.class_names.names)),
    )
    rasters = []
    for path, (classes, colors, table) in zip(paths, looks, strict=True):
        names = classes.class_names
        raster = create_raster(
            path,
            grid,
            dtype=names.dtype,
            bands=["class"],
            nodata=names.nodata,
            colormap=colors,
            names={own.code: own.name for own in classes},
        )
        coded = np.array(table, dtype=names.dtype)
        rasters.append(_CodedRaster(stack.enter_context(raster), coded, names.nodata))
    return rasters


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
