"""Labels as class codes on the grid of a scene."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from rs_seg.config import LabelConfig
from rs_seg.values import ClassNames, InPath, OutPath, Window

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.io.raster import RasterReader

REVISION = 1
WINDOW = 1024
logger = logging.getLogger(__name__)


class _Codes(Protocol):
    def read(self, window: Window) -> NDArray[np.int32]: ...


def label(config: LabelConfig, class_names: ClassNames, *, image: InPath, labels: InPath, reference: OutPath) -> None:
    """A GeoTIFF of class codes on the grid of the image; nodata where unlabelled, and where the imagery is not valid.

    A pixel belongs to the last polygon of the file that holds its centre, or to the nearest pixel of a label raster.

    Raises:
        UserError: the labels cannot be read, do not meet the scene, hold strangers, or label no valid pixel.
    """
    from rs_seg.io.raster import RasterReader
    from rs_seg.io.raw.vector import holds_polygons

    with RasterReader(image) as scene:
        if holds_polygons(labels, config.layer):
            _write_polygons(config, class_names, labels, scene, reference)
        else:
            _write_pixels(config, class_names, labels, scene, reference)


def _write_polygons(
    config: LabelConfig, class_names: ClassNames, path: Path, scene: RasterReader, reference: Path
) -> None:
    from rs_seg.algorithms.labelling.codes import Coding
    from rs_seg.algorithms.labelling.rasterize import PolygonCodes
    from rs_seg.io.raw.labels import read_label_polygons

    coding = Coding.of(class_names, config.rename)
    labels = read_label_polygons(path, layer=config.layer, column=config.column, crs=config.crs, grid=scene.grid)
    values = [config.class_name] * len(labels.values) if config.column is None else labels.values
    for error in (coding.check_values(values, class_names, where=path), labels.stray):
        if error is not None:
            raise error
    outside = None if config.outside is None else coding.find(config.outside)
    painted = PolygonCodes(labels.geometries, coding.encode_values(values).tolist(), scene.grid, outside=outside)
    _write(reference, class_names, scene, painted)
    if painted.overlap_pixels:
        logger.warning(
            "%s: %d pixels lie in polygons of different classes; the later feature counts", path, painted.overlap_pixels
        )


def _write_pixels(
    config: LabelConfig, class_names: ClassNames, path: Path, scene: RasterReader, reference: Path
) -> None:
    from rs_seg.algorithms.labelling.codes import Coding, PixelCodes, stranger_error
    from rs_seg.io.raw.labels import open_label_raster

    with open_label_raster(path, crs=config.crs, grid=scene.grid) as warped:
        if not warped.passed_through:
            logger.info("%s: brought onto the grid of the image by nearest neighbour", path)
        codes = PixelCodes(warped.read, Coding.of(class_names, config.rename), unlabelled=config.unlabelled)
        _write(reference, class_names, scene, codes)
    error = stranger_error(codes.strangers, class_names, where=path, unit="pixels")
    if error is not None:
        raise error


def _write(reference: Path, class_names: ClassNames, scene: RasterReader, codes: _Codes) -> None:
    import numpy as np

    from rs_seg.errors import UserError
    from rs_seg.io.raster import create_raster, to_rasterio
    from rs_seg.progress import track
    from rs_seg.values import partition

    counts = np.zeros(class_names.nodata + 1, dtype=np.int64)
    on_invalid = 0
    windows = list(partition(scene.height, scene.width, size=WINDOW))
    names = {each.code: each.name for each in class_names}
    with create_raster(
        reference, scene.grid, dtype=class_names.dtype, bands=["class"], nodata=class_names.nodata, names=names
    ) as dataset:
        for window in track(windows, total=len(windows), description="label"):
            found, valid = codes.read(window), scene.read_valid(window)
            on_invalid += int(np.count_nonzero((found >= 0) & ~valid))
            pixels = np.where((found >= 0) & valid, found, class_names.nodata).astype(class_names.dtype)
            counts += np.bincount(pixels.ravel(), minlength=len(counts))
            dataset.write(pixels, 1, window=to_rasterio(window))
    by_name = {each.name: int(counts[each.code]) for each in class_names}
    logger.info("labelled pixels: %s; unlabelled: %d", by_name, counts[class_names.nodata])
    if on_invalid:
        logger.info("%d labelled pixels lie where the imagery has no data: left out", on_invalid)
    if not sum(by_name.values()):
        raise UserError(
            "labels label no valid pixel of the scene", where=scene.path, found="0 labelled pixels", expected="some"
        )
