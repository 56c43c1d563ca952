"""The part of `label` that brings the labels of patches onto their sheet."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader, create_raster, to_rasterio
from rs_seg.progress import track
from rs_seg.scenes.patch_labels import read_patch_labels
from rs_seg.scenes.sheets import lay_out, read_patch_grid

if TYPE_CHECKING:
    from rs_seg.config import LabelConfig, Sheet
    from rs_seg.values import ClassNames

TOLD = 10
"""Warnings of patches that the log has, each with the number of patches it is about."""
logger = logging.getLogger(__name__)


def label_patches(
    config: LabelConfig, class_names: ClassNames, sheet: Sheet, *, image: Path, reference: Path
) -> None:
    """Write the class codes of a sheet: each patch by its own label file, on its own grid.

    Raises:
        UserError: labels cannot be read, do not meet their patch, hold strangers, or label no valid
            pixel of the sheet.
    """
    grids = [read_patch_grid(sheet, patch) for patch in sheet.patches]
    layout = lay_out(grids)
    counts = np.zeros(class_names.nodata + 1, dtype=np.int64)
    warned: Counter[str] = Counter()
    strips = list(layout.strips())
    names = {class_name.code: class_name.name for class_name in class_names}
    with (
        RasterReader(image) as scene,
        create_raster(
            reference,
            scene.grid,
            dtype=class_names.dtype,
            bands=["class"],
            nodata=class_names.nodata,
            names=names,
        ) as dataset,
    ):
        assert layout.shape == (scene.height, scene.width), "align laid the same patches out"
        for strip, numbers in track(strips, total=len(strips), description="label"):
            codes = np.full((strip.height, strip.width), -1, dtype=np.int32)
            for number in numbers:
                patch = sheet.patches[number]
                labels = read_patch_labels(config, class_names, patch, grids[number])
                codes[layout.window(number).relative_to(strip).slices] = labels.codes
                warned.update(labels.warnings)
            valid = scene.read_valid(strip)
            pixels = np.where((codes >= 0) & valid, codes, class_names.nodata)
            pixels = pixels.astype(class_names.dtype)
            counts += np.bincount(pixels.ravel(), minlength=len(counts))
            dataset.write(pixels, 1, window=to_rasterio(strip))
    _tell(warned, counts, class_names, sheet)


def _tell(warned: Counter[str], counts: np.ndarray, class_names: ClassNames, sheet: Sheet) -> None:
    for warning, number in warned.most_common(TOLD):
        logger.warning("%s (%d patches)", warning, number)
    if len(warned) > TOLD:
        logger.warning("and %d more warnings", len(warned) - TOLD)
    by_name = {class_name.name: int(counts[class_name.code]) for class_name in class_names}
    logger.info("labelled pixels: %s", by_name)
    if not sum(by_name.values()):
        raise UserError(
            "labels label no valid pixel of the sheet",
            where=f"sheet {sheet.scene}",
            found=f"0 labelled pixels in {len(sheet.patches)} patches",
            expected="some",
        )
