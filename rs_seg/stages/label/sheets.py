"""The part of `label` that brings the labels of patches onto their sheet."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.io.raw.labels import holds_shapes
from rs_seg.progress import track
from rs_seg.scenes.label_codes import open_pixel_labels, paint_labels
from rs_seg.scenes.sheets import lay_out, read_patch_grid
from rs_seg.stages.label.writing import create_reference
from rs_seg.values.grid import Grid, whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.config import LabelConfig, PatchFiles, Sheet
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
    warned: Counter[str] = Counter()
    strips = list(layout.strips())
    with (
        RasterReader(image) as scene,
        create_reference(reference, scene.grid, class_names) as writer,
    ):
        assert layout.shape == (scene.height, scene.width), "align laid the same patches out"
        for strip, numbers in track(strips, total=len(strips), description="label"):
            codes = np.full((strip.height, strip.width), -1, dtype=np.int32)
            for number in numbers:
                patch = sheet.patches[number]
                own, warnings = _read_patch(config, class_names, patch, grids[number])
                codes[layout.window(number).relative_to(strip).slices] = own
                warned.update(warnings)
            writer.write(codes, scene.read_valid(strip), strip)
    _tell(warned, writer.by_class, sheet)


def _read_patch(
    config: LabelConfig, class_names: ClassNames, patch: PatchFiles, grid: Grid
) -> tuple[NDArray[np.int32], list[str]]:
    """Class codes (H, W) of a patch, -1 where unlabelled; warnings without the name of the file.

    Raises:
        UserError: labels cannot be read, do not meet the patch, or hold strangers.
    """
    path = patch.label
    assert path is not None, "patches of labelled sheets have labels"
    warnings: tuple[str, ...]
    if holds_shapes(path, config.layer):
        painted = paint_labels(config, class_names, path, grid, scene=patch.name)
        codes, warnings = painted.codes.read(whole(grid)), painted.warnings
    else:
        with open_pixel_labels(config, class_names, path, grid) as pixels:
            codes = pixels.codes.read(whole(grid))
        warnings = pixels.finish(config, class_names)
    return codes, [text.removeprefix(f"{path}: ") for text in warnings]


def _tell(warned: Counter[str], by_class: dict[str, int], sheet: Sheet) -> None:
    for warning, number in warned.most_common(TOLD):
        logger.warning("%s (%d patches)", warning, number)
    if len(warned) > TOLD:
        logger.warning("and %d more warnings", len(warned) - TOLD)
    logger.info("labelled pixels: %s", by_class)
    if not sum(by_class.values()):
        raise UserError(
            "labels label no valid pixel of the sheet",
            where=f"sheet {sheet.scene}",
            found=f"0 labelled pixels in {len(sheet.patches)} patches",
            expected="some",
        )
