"""The work of `label`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rs_seg.algorithms.labelling.pixels import PixelCodes, check_nodata
from rs_seg.algorithms.labelling.rasterize import PolygonCodes
from rs_seg.config import LabelConfig, Sheet
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader, create_raster, to_rasterio
from rs_seg.io.raw.labels import holds_shapes, open_label_raster, read_label_polygons
from rs_seg.progress import track
from rs_seg.scenes.labels import (
    describe_inexact,
    find_paint_warnings,
    find_value_warnings,
    pixel_coding,
    polygon_reading,
    raster_reading,
    scene_of,
    value_coding,
    values_of,
)
from rs_seg.stages.label.sheets import label_patches
from rs_seg.values import ClassNames, InPath, OutPath, Window, partition

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

WINDOW = 1024
logger = logging.getLogger(__name__)


class _Codes(Protocol):
    def read(self, window: Window) -> NDArray[np.int32]: ...


def label(
    config: LabelConfig,
    class_names: ClassNames,
    sheet: Sheet | None,
    *,
    image: InPath,
    labels: InPath | None,
    reference: OutPath,
) -> None:
    """See the signature."""
    if sheet is not None:
        label_patches(config, class_names, sheet, image=image, reference=reference)
        return
    assert labels is not None, "the labels of a scene are one file"
    with RasterReader(image) as scene:
        if holds_shapes(labels, config.layer):
            _write_polygons(config, class_names, labels, scene, reference)
        else:
            _write_pixels(config, class_names, labels, scene, reference)


def _write_polygons(
    config: LabelConfig, class_names: ClassNames, path: Path, scene: RasterReader, reference: Path
) -> None:
    coding = value_coding(config, class_names)
    labels = read_label_polygons(
        path, polygon_reading(config), scene.grid, scene=scene_of(scene.path)
    )
    values = values_of(config, labels)
    for error in (coding.check_values(values, class_names, where=path), labels.stray):
        if error is not None:
            raise error
    outside = None if config.outside is None else coding.find(config.outside)
    painted = PolygonCodes(
        labels.geometries, coding.encode_values(values).tolist(), scene.grid, outside=outside
    )
    _write(reference, class_names, scene, painted)
    warnings = [*labels.warnings, *find_value_warnings(config, labels, coding)]
    for warning in (*warnings, *find_paint_warnings(labels, painted.find_unpainted())):
        logger.warning("%s", warning)
    if painted.overlap_pixels:
        logger.warning(
            "%s: %d pixels lie in polygons of different classes; the later feature counts",
            path,
            painted.overlap_pixels,
        )


def _write_pixels(
    config: LabelConfig, class_names: ClassNames, path: Path, scene: RasterReader, reference: Path
) -> None:
    with open_label_raster(path, raster_reading(config), scene.grid) as warped:
        if not warped.passed_through:
            logger.info("%s: brought onto the grid of the image by nearest neighbour", path)
        nodata = warped.declared_nodata
        error = check_nodata(nodata, pixel_coding(config, class_names), class_names, where=path)
        if error is not None:
            raise error
        codes = PixelCodes(warped.read, pixel_coding(config, class_names))
        _write(reference, class_names, scene, codes)
    error = codes.check(class_names, where=path)
    if error is not None:
        raise error
    for warning in (
        *warped.warnings,
        *describe_inexact(path, codes.inexact_pixels, config.color_tolerance),
    ):
        logger.warning("%s", warning)


def _write(reference: Path, class_names: ClassNames, scene: RasterReader, codes: _Codes) -> None:
    counts = np.zeros(class_names.nodata + 1, dtype=np.int64)
    on_invalid = 0
    windows = list(partition(scene.height, scene.width, size=WINDOW))
    names = {class_name.code: class_name.name for class_name in class_names}
    with create_raster(
        reference,
        scene.grid,
        dtype=class_names.dtype,
        bands=["class"],
        nodata=class_names.nodata,
        names=names,
    ) as dataset:
        for window in track(windows, total=len(windows), description="label"):
            label_codes, valid = codes.read(window), scene.read_valid(window)
            on_invalid += int(np.count_nonzero((label_codes >= 0) & ~valid))
            pixels = np.where((label_codes >= 0) & valid, label_codes, class_names.nodata).astype(
                class_names.dtype
            )
            counts += np.bincount(pixels.ravel(), minlength=len(counts))
            dataset.write(pixels, 1, window=to_rasterio(window))
    by_name = {class_name.name: int(counts[class_name.code]) for class_name in class_names}
    logger.info("labelled pixels: %s; unlabelled: %d", by_name, counts[class_names.nodata])
    if on_invalid:
        logger.info("%d labelled pixels lie where the imagery has no data: left out", on_invalid)
    if not sum(by_name.values()):
        raise UserError(
            "labels label no valid pixel of the scene",
            where=scene.path,
            found="0 labelled pixels",
            expected="some",
        )
