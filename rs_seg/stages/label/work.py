"""The work of `label`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from rs_seg.config import LabelConfig, Sheet
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.io.raw.labels import holds_shapes
from rs_seg.progress import track
from rs_seg.scenes.label_codes import open_pixel_labels, paint_labels
from rs_seg.scenes.labels import find_paint_warnings, scene_of
from rs_seg.stages.label.sheets import label_patches
from rs_seg.stages.label.writing import create_reference
from rs_seg.values import ClassNames, InPath, OutPath, Window, partition

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
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
    painted = paint_labels(config, class_names, path, scene.grid, scene=scene_of(scene.path))
    _write(reference, class_names, scene, painted.codes)
    unpainted = find_paint_warnings(painted.labels, painted.codes.find_unpainted())
    for warning in (*painted.warnings, *unpainted):
        logger.warning("%s", warning)
    if painted.codes.overlap_pixels:
        logger.warning(
            "%s: %d pixels lie in polygons of different classes; the later feature counts",
            path,
            painted.codes.overlap_pixels,
        )


def _write_pixels(
    config: LabelConfig, class_names: ClassNames, path: Path, scene: RasterReader, reference: Path
) -> None:
    with open_pixel_labels(config, class_names, path, scene.grid) as pixels:
        if not pixels.warped.passed_through:
            logger.info("%s: brought onto the grid of the image by nearest neighbour", path)
        _write(reference, class_names, scene, pixels.codes)
    for warning in pixels.finish(config, class_names):
        logger.warning("%s", warning)


def _write(reference: Path, class_names: ClassNames, scene: RasterReader, codes: _Codes) -> None:
    windows = list(partition(scene.height, scene.width, size=WINDOW))
    with create_reference(reference, scene.grid, class_names) as writer:
        for window in track(windows, total=len(windows), description="label"):
            writer.write(codes.read(window), scene.read_valid(window), window)
    logger.info("labelled pixels: %s; unlabelled: %d", writer.by_class, writer.unlabelled)
    if writer.on_invalid:
        logger.info(
            "%d labelled pixels lie where the imagery has no data: left out", writer.on_invalid
        )
    if not sum(writer.by_class.values()):
        raise UserError(
            "labels label no valid pixel of the scene",
            where=scene.path,
            found="0 labelled pixels",
            expected="some",
        )
