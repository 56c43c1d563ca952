"""The part of inspect that looks at labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from rs_seg.config import LabelConfig
from rs_seg.errors import UserError, UserErrors
from rs_seg.values import ClassNames

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.values.grid import Grid

Result = TypeVar("Result")


@dataclass(frozen=True)
class LabelLook:
    """What was seen of the labels of a scene."""

    facts: dict[str, Any]
    faults: list[UserError]
    warnings: list[str]


def attempt(faults: list[UserError], action: Callable[[], Result]) -> Result | None:
    """The result of the action, or None with its user errors added to `faults`."""
    try:
        return action()
    except UserErrors as errors:
        faults += errors.errors
    except UserError as error:
        faults.append(error)
    return None


def find_label_faults(config: LabelConfig, class_names: ClassNames, grid: Grid | None, path: Path) -> list[UserError]:
    """Every fault of a label file; without a grid, those that show in the file alone."""
    from rs_seg.io.raw.labels import find_label_file_faults
    from rs_seg.io.raw.vector import holds_polygons

    faults: list[UserError] = []
    polygonal = attempt(faults, lambda: holds_polygons(path, config.layer))
    if polygonal is None:
        return faults
    if grid is None:
        return find_label_file_faults(
            path, layer=config.layer, column=config.column, crs=config.crs, polygonal=polygonal
        )
    looked = attempt(faults, partial(look_at_labels, config, class_names, grid, path, polygonal=polygonal))
    return faults if looked is None else [*faults, *looked.faults]


def look_at_labels(
    config: LabelConfig, class_names: ClassNames, grid: Grid, path: Path, *, polygonal: bool, described: bool = False
) -> LabelLook:
    """Facts and faults of the labels of a scene; areas of polygons only where `described`."""
    if not polygonal:
        return _look_at_pixels(config, class_names, grid, path)
    return _look_at_polygons(config, class_names, grid, path, described=described)


def _look_at_polygons(
    config: LabelConfig, class_names: ClassNames, grid: Grid, path: Path, *, described: bool
) -> LabelLook:
    from rs_seg.algorithms.inspection.label_facts import describe_polygons
    from rs_seg.algorithms.labelling.codes import Coding
    from rs_seg.io.raw.labels import read_label_polygons

    coding = Coding.of(class_names, config.rename)
    labels = read_label_polygons(path, layer=config.layer, column=config.column, crs=config.crs, grid=grid)
    values = [config.class_name] * len(labels.values) if config.column is None else labels.values
    found = [labels.stray, coding.check_values(values, class_names, where=path)]
    faults = [fault for fault in found if fault is not None]
    facts: dict[str, Any] = {
        "kind": "polygons",
        "file": str(path),
        "crs": labels.crs,
        "reprojected": labels.reprojected,
    }
    warnings = list(labels.warnings)
    if described and not faults:
        facts |= describe_polygons(labels.geometries, coding.encode_values(values).tolist(), class_names, grid)
        shared = facts["overlap_m2"]
        if shared > 0:
            warnings.append(f"{path}: polygons of different classes overlap on {shared:,.1f} m2; later features count")
    return LabelLook(facts, faults, warnings)


def _look_at_pixels(config: LabelConfig, class_names: ClassNames, grid: Grid, path: Path) -> LabelLook:
    from rs_seg.algorithms.inspection.label_facts import describe_pixels
    from rs_seg.algorithms.labelling.codes import Coding, PixelCodes, stranger_error
    from rs_seg.io.raw.labels import open_label_raster

    with open_label_raster(path, crs=config.crs, grid=grid) as warped:
        codes = PixelCodes(warped.read, Coding.of(class_names, config.rename), unlabelled=config.unlabelled)
        counts = describe_pixels(codes, class_names, grid)
        crs = warped.source.georeference.crs.to_string()
        facts = {"kind": "raster", "file": str(path), "crs": crs, "reprojected": not warped.passed_through, **counts}
    strangers = stranger_error(codes.strangers, class_names, where=path, unit="pixels")
    return LabelLook(facts, [strangers] if strangers is not None else [], [])


def paint_labels(config: LabelConfig, class_names: ClassNames, small: Grid, path: Path) -> NDArray[np.int64]:
    """Class indices (H, W) of the labels on a small grid; -1 where unlabelled."""
    import numpy as np

    from rs_seg.algorithms.labelling.codes import Coding, PixelCodes
    from rs_seg.algorithms.labelling.rasterize import PolygonCodes
    from rs_seg.io.raw.labels import open_label_raster, read_label_polygons
    from rs_seg.io.raw.vector import holds_polygons
    from rs_seg.values.grid import whole

    coding = Coding.of(class_names, config.rename)
    if holds_polygons(path, config.layer):
        labels = read_label_polygons(path, layer=config.layer, column=config.column, crs=config.crs, grid=small)
        values = [config.class_name] * len(labels.values) if config.column is None else labels.values
        outside = None if config.outside is None else coding.find(config.outside)
        found = PolygonCodes(labels.geometries, coding.encode_values(values).tolist(), small, outside=outside).read(
            whole(small)
        )
    else:
        with open_label_raster(path, crs=config.crs, grid=small) as warped:
            found = PixelCodes(warped.read, coding, unlabelled=config.unlabelled).read(whole(small))
    return class_names.decode(np.where(found >= 0, found, class_names.nodata))
