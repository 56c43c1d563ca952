"""The work of `outline`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.labelling.outlining import (
    DrawnObjects,
    JudgedObjects,
    judge_objects,
    split_parts,
    trace_objects,
)
from rs_seg.algorithms.labelling.pixels import PixelCodes, check_nodata
from rs_seg.config import LabelConfig, OutlineConfig
from rs_seg.io.outlines import write_outlines
from rs_seg.io.raster import RasterReader
from rs_seg.io.raw.labels import LabelPolygons, holds_shapes, open_label_raster, read_label_polygons
from rs_seg.scenes.labels import (
    describe_inexact,
    find_value_warnings,
    pixel_coding,
    polygon_reading,
    raster_reading,
    scene_of,
    value_coding,
    values_of,
)
from rs_seg.scenes.objects import check_no_group, group_marks, telling_of_objects
from rs_seg.values import ClassNames, InPath, OutPath, partition

if TYPE_CHECKING:
    from pathlib import Path

    from rs_seg.values.grid import Grid

WINDOW = 1024
logger = logging.getLogger(__name__)


def outline(
    config: OutlineConfig,
    object_label: LabelConfig,
    class_names: ClassNames,
    object_names: ClassNames,
    *,
    image: InPath,
    labels: InPath,
    outlines: OutPath,
) -> None:
    """See the signature."""
    with RasterReader(image) as scene:
        grid = scene.grid
        with telling_of_objects(config):
            drawn = _draw(config, object_label, class_names, labels, scene)
        chosen = drawn.take(np.isin(drawn.codes, object_names.codes))
        judged = judge_objects(
            chosen, grid, scene.read_valid, smallest=config.smallest, visible=config.visible
        )
    _write(outlines, grid, judged, object_names)
    _tell(labels, judged, object_names, others=len(drawn) - len(chosen), drawn=len(chosen))


def _draw(
    config: OutlineConfig,
    label: LabelConfig,
    class_names: ClassNames,
    path: Path,
    scene: RasterReader,
) -> DrawnObjects:
    """Everything that the file draws, of any class or none, near the scene or not."""
    if not holds_shapes(path, label.layer):
        return _read_pixels(config, label, class_names, path, scene.grid)
    polygons = read_label_polygons(
        path, polygon_reading(label), scene.grid, scene=scene_of(scene.path)
    )
    return _draw_polygons(config, label, class_names, polygons)


def _draw_polygons(
    config: OutlineConfig, label: LabelConfig, class_names: ClassNames, labels: LabelPolygons
) -> DrawnObjects:
    """All polygons of a file.

    Raises:
        UserError: they have strange classes or no attribute of groups, or none meets the scene.
    """
    coding = value_coding(label, class_names)
    values = values_of(label, labels)
    for error in (coding.check_values(values, class_names, where=labels.path), labels.stray):
        if error is not None:
            raise error
    for warning in (*labels.warnings, *find_value_warnings(label, labels, coding)):
        logger.warning("%s", warning)
    objects = DrawnObjects(
        labels.geometries, coding.encode_values(values), group_marks(config, labels)
    )
    return objects if labels.whole else split_parts(objects)


def _read_pixels(
    config: OutlineConfig, label: LabelConfig, class_names: ClassNames, path: Path, grid: Grid
) -> DrawnObjects:
    """Connected regions of all classes of a label raster."""
    check_no_group(config, path)
    coding = pixel_coding(label, class_names)
    with open_label_raster(path, raster_reading(label), grid) as warped:
        error = check_nodata(warped.declared_nodata, coding, class_names, where=path)
        if error is not None:
            raise error
        reader = PixelCodes(warped.read, coding)
        codes = np.empty((grid.height, grid.width), dtype=np.int32)
        for window in partition(grid.height, grid.width, size=WINDOW):
            codes[window.slices] = reader.read(window)
    error = reader.check(class_names, where=path)
    if error is not None:
        raise error
    inexact = describe_inexact(path, reader.inexact_pixels, label.color_tolerance)
    for warning in (*warped.warnings, *inexact):
        logger.warning("%s", warning)
    logger.info("%s: a raster, of which regions of a class are objects: neighbours are one", path)
    return trace_objects(codes, grid)


def _write(path: Path, grid: Grid, judged: JudgedObjects, object_names: ClassNames) -> None:
    names = {known.code: known.name for known in object_names}
    codes = judged.objects.codes
    write_outlines(
        path,
        grid,
        judged.objects.shapes,
        {
            "code": codes,
            "class": [names[code] for code in codes.tolist()],
            "ignored": judged.ignored.tolist(),
            "area_m2": judged.areas,
        },
    )


def _tell(
    path: Path, judged: JudgedObjects, object_names: ClassNames, *, others: int, drawn: int
) -> None:
    by_class, by_reason = judged.count({known.code: known.name for known in object_names})
    logger.info(
        "objects: %s; ignored: %s; left out: %d outside valid ground, %d of other classes",
        by_class,
        by_reason or 0,
        drawn - len(judged.areas),
        others,
    )
    if not sum(by_class.values()):
        logger.warning("%s: no object of %s counts", path, ", ".join(object_names.names))
