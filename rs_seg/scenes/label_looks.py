"""The part of inspect that looks at labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rs_seg.algorithms.inspection.label_facts import describe_pixels, describe_polygons
from rs_seg.algorithms.labelling.pixels import PixelCodes, check_nodata
from rs_seg.algorithms.labelling.rasterize import PolygonCodes, find_unpainted
from rs_seg.config import LabelConfig
from rs_seg.errors import UserError, UserErrors
from rs_seg.io.raw.labels import (
    LabelPolygons,
    find_label_file_faults,
    holds_shapes,
    open_label_raster,
    read_label_polygons,
)
from rs_seg.io.raw.pixel_labels import holds_pixel_shapes
from rs_seg.io.raw.source_facts import IN_PIXELS
from rs_seg.scenes.labels import (
    describe_inexact,
    find_paint_warnings,
    find_value_warnings,
    pixel_coding,
    polygon_reading,
    raster_reading,
    value_coding,
    values_of,
)
from rs_seg.values import ClassNames
from rs_seg.values.grid import Grid, has_place, whole
from rs_seg.values.inspection import LabelFacts

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


Result = TypeVar("Result")


@dataclass(frozen=True)
class LabelLook:
    """What was seen of the labels of a scene."""

    facts: LabelFacts | None
    """None where faults hide them."""
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


def look_at_label_file(
    config: LabelConfig,
    class_names: ClassNames,
    grid: Grid | None,
    path: Path,
    *,
    described: bool,
    scene: str | None = None,
) -> LabelLook:
    """What is seen of a label file, with every fault (see `look_at_labels`).

    Without a grid only the file is looked at.
    """
    faults: list[UserError] = []
    polygonal = attempt(faults, lambda: holds_shapes(path, config.layer))
    if polygonal is None:
        return LabelLook(None, faults, [])
    if grid is None:
        reading = attempt(
            faults, lambda: polygon_reading(config) if polygonal else raster_reading(config)
        )
        faults += [] if reading is None else find_label_file_faults(path, reading)
        return LabelLook(None, faults, [])
    look = partial(
        look_at_labels,
        config,
        class_names,
        grid,
        path,
        polygonal=polygonal,
        described=described,
        scene=scene,
    )
    return attempt(faults, look) or LabelLook(None, faults, [])


def look_at_labels(
    config: LabelConfig,
    class_names: ClassNames,
    grid: Grid,
    path: Path,
    *,
    polygonal: bool,
    described: bool = False,
    scene: str | None = None,
) -> LabelLook:
    """Facts, faults and warnings of the labels of a scene.

    Areas of polygons, and which of them label nothing, are found only where `described`.
    """
    if not polygonal:
        return _look_at_pixels(config, class_names, grid, path)
    labels = read_label_polygons(path, polygon_reading(config), grid, scene=scene)
    return _look_at_polygons(config, class_names, grid, labels, described=described)


def _look_at_polygons(
    config: LabelConfig,
    class_names: ClassNames,
    grid: Grid,
    labels: LabelPolygons,
    *,
    described: bool,
) -> LabelLook:
    coding, path = value_coding(config, class_names), labels.path
    values = values_of(config, labels)
    possible = [labels.stray, coding.check_values(values, class_names, where=path)]
    faults = [fault for fault in possible if fault is not None]
    described_ground: dict[str, Any] = {}
    warnings = list(labels.warnings)
    if described and not faults:
        codes = coding.encode_values(values).tolist()
        unpainted = find_unpainted(labels.geometries, codes, grid)
        described_ground = {
            **describe_polygons(labels.geometries, codes, class_names, grid),
            "without_pixel": len(unpainted.without_pixel),
            "covered": len(unpainted.covered),
        }
        warnings += find_value_warnings(config, labels, coding)
        warnings += find_paint_warnings(labels, unpainted)
    facts = LabelFacts(
        kind="polygons",
        file=str(path),
        crs=labels.crs if has_place(grid) else IN_PIXELS,
        reprojected=labels.reprojected,
        **described_ground,
    )
    if facts.overlap_m2:
        unit = "m2" if has_place(grid) else "pixels"
        warnings.append(
            f"{path}: polygons of different classes overlap on {facts.overlap_m2:,.1f} {unit}; "
            f"later features count"
        )
    return LabelLook(facts, faults, warnings)


def _look_at_pixels(
    config: LabelConfig, class_names: ClassNames, grid: Grid, path: Path
) -> LabelLook:
    with open_label_raster(path, raster_reading(config), grid) as warped:
        codes = PixelCodes(warped.read, pixel_coding(config, class_names))
        facts = LabelFacts(
            kind="raster",
            file=str(path),
            crs=warped.source.georeference.crs.to_string() if has_place(grid) else IN_PIXELS,
            reprojected=not warped.passed_through,
            classes=describe_pixels(codes, class_names, grid),
        )
        nodata = warped.declared_nodata
    coding = pixel_coding(config, class_names)
    possible = [
        check_nodata(nodata, coding, class_names, where=path),
        codes.check(class_names, where=path),
    ]
    warnings = [
        *warped.warnings,
        *describe_inexact(path, codes.inexact_pixels, config.color_tolerance),
    ]
    return LabelLook(facts, [fault for fault in possible if fault is not None], warnings)


def paint_labels(
    config: LabelConfig,
    class_names: ClassNames,
    small: Grid,
    path: Path,
    *,
    grid: Grid | None = None,
    scene: str | None = None,
) -> NDArray[np.int64]:
    """Class indices (H, W) of the labels on a small grid; -1 where unlabelled.

    Labels in pixels are those of `grid`, or of the small one.
    """
    if holds_shapes(path, config.layer):
        placed_on = (grid or small) if holds_pixel_shapes(path) else small
        labels = read_label_polygons(path, polygon_reading(config), placed_on, scene=scene)
        codes = _paint_polygons(config, class_names, small, labels)
    else:
        codes = _paint_pixels(config, class_names, small, path)
    return class_names.decode(np.where(codes >= 0, codes, class_names.nodata))


def _paint_polygons(
    config: LabelConfig, class_names: ClassNames, small: Grid, labels: LabelPolygons
) -> NDArray[np.int32]:
    coding = value_coding(config, class_names)
    codes = coding.encode_values(values_of(config, labels)).tolist()
    outside = None if config.outside is None else coding.find(config.outside)
    painted = PolygonCodes(labels.geometries, codes, small, outside=outside, counts_overlap=False)
    return painted.read(whole(small))


def _paint_pixels(
    config: LabelConfig, class_names: ClassNames, small: Grid, path: Path
) -> NDArray[np.int32]:
    with open_label_raster(path, raster_reading(config), small) as warped:
        return PixelCodes(warped.read, pixel_coding(config, class_names)).read(whole(small))
