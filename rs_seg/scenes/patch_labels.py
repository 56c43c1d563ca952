"""The labels of one patch as class codes on its grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rs_seg.algorithms.labelling.pixels import PixelCodes, check_nodata
from rs_seg.algorithms.labelling.rasterize import PolygonCodes
from rs_seg.io.raw.labels import holds_shapes, open_label_raster, read_label_polygons
from rs_seg.scenes.labels import (
    describe_inexact,
    find_value_warnings,
    pixel_coding,
    polygon_reading,
    raster_reading,
    value_coding,
    values_of,
)
from rs_seg.values.grid import Grid, whole

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.config import LabelConfig, PatchFiles
    from rs_seg.values import ClassNames


@dataclass(frozen=True)
class PatchLabels:
    """Class codes (H, W), -1 where unlabelled, and warnings without the name of the file."""

    codes: NDArray[np.int32]
    warnings: tuple[str, ...]


def read_patch_labels(
    config: LabelConfig, class_names: ClassNames, patch: PatchFiles, grid: Grid
) -> PatchLabels:
    """The labels of a patch.

    Raises:
        UserError: they cannot be read, do not meet the patch, or hold strangers.
    """
    assert patch.label is not None, "patches of labelled sheets have labels"
    if holds_shapes(patch.label, config.layer):
        codes, warnings = _read_polygons(config, class_names, patch, patch.label, grid)
    else:
        codes, warnings = _read_pixels(config, class_names, patch.label, grid)
    return PatchLabels(codes, tuple(text.removeprefix(f"{patch.label}: ") for text in warnings))


def _read_polygons(
    config: LabelConfig, class_names: ClassNames, patch: PatchFiles, path: Path, grid: Grid
) -> tuple[NDArray[np.int32], list[str]]:
    coding = value_coding(config, class_names)
    labels = read_label_polygons(path, polygon_reading(config), grid, scene=patch.name)
    values = values_of(config, labels)
    for error in (coding.check_values(values, class_names, where=path), labels.stray):
        if error is not None:
            raise error
    outside = None if config.outside is None else coding.find(config.outside)
    codes = coding.encode_values(values).tolist()
    painted = PolygonCodes(labels.geometries, codes, grid, outside=outside)
    return painted.read(whole(grid)), [
        *labels.warnings,
        *find_value_warnings(config, labels, coding),
    ]


def _read_pixels(
    config: LabelConfig, class_names: ClassNames, path: Path, grid: Grid
) -> tuple[NDArray[np.int32], list[str]]:
    coding = pixel_coding(config, class_names)
    with open_label_raster(path, raster_reading(config), grid) as warped:
        error = check_nodata(warped.declared_nodata, coding, class_names, where=path)
        if error is not None:
            raise error
        pixels = PixelCodes(warped.read, coding)
        codes = pixels.read(whole(grid))
        warnings = list(warped.warnings)
    error = pixels.check(class_names, where=path)
    if error is not None:
        raise error
    inexact = describe_inexact(path, pixels.inexact_pixels, config.color_tolerance)
    return codes, [*warnings, *inexact]
