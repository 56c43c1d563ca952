"""Labels as class codes on a grid: polygons painted, or pixels of a raster encoded."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rs_seg.algorithms.labelling.pixels import PixelCodes, check_nodata
from rs_seg.algorithms.labelling.rasterize import PolygonCodes
from rs_seg.io.raw.labels import (
    LabelPolygons,
    WarpedLabels,
    open_label_raster,
    read_label_polygons,
)
from rs_seg.scenes.labels import (
    describe_inexact,
    find_value_warnings,
    pixel_coding,
    polygon_reading,
    raster_reading,
    value_coding,
    values_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rs_seg.config import LabelConfig
    from rs_seg.values import ClassNames
    from rs_seg.values.grid import Grid


@dataclass(frozen=True)
class PaintedLabels:
    """Polygons as class codes, and what is to be known of their values."""

    labels: LabelPolygons
    codes: PolygonCodes
    warnings: tuple[str, ...]


def paint_labels(
    config: LabelConfig, class_names: ClassNames, path: Path, grid: Grid, *, scene: str | None
) -> PaintedLabels:
    """The polygons of a label file on a grid, in the order of the file.

    Raises:
        UserError: they cannot be read, do not meet the grid, or have values without a class.
    """
    coding = value_coding(config, class_names)
    labels = read_label_polygons(path, polygon_reading(config), grid, scene=scene)
    values = values_of(config, labels)
    for error in (coding.check_values(values, class_names, where=path), labels.stray):
        if error is not None:
            raise error
    outside = None if config.outside is None else coding.find(config.outside)
    codes = PolygonCodes(
        labels.geometries, coding.encode_values(values).tolist(), grid, outside=outside
    )
    warnings = (*labels.warnings, *find_value_warnings(config, labels, coding))
    return PaintedLabels(labels, codes, warnings)


@dataclass(frozen=True)
class PixelLabels:
    """Pixels of a label raster as class codes."""

    path: Path
    warped: WarpedLabels
    codes: PixelCodes

    def finish(self, config: LabelConfig, class_names: ClassNames) -> tuple[str, ...]:
        """What is to be known of the pixels, once all of them were read.

        Raises:
            UserError: some have values or colours without a class.
        """
        error = self.codes.check(class_names, where=self.path)
        if error is not None:
            raise error
        inexact = describe_inexact(self.path, self.codes.inexact_pixels, config.color_tolerance)
        return *self.warped.warnings, *inexact


@contextmanager
def open_pixel_labels(
    config: LabelConfig, class_names: ClassNames, path: Path, grid: Grid
) -> Iterator[PixelLabels]:
    """The pixels of a label raster on a grid, by nearest neighbour.

    Raises:
        UserError: it cannot be opened, does not meet the grid, or its no-data value is a class.
    """
    coding = pixel_coding(config, class_names)
    with open_label_raster(path, raster_reading(config), grid) as warped:
        error = check_nodata(warped.declared_nodata, coding, class_names, where=path)
        if error is not None:
            raise error
        yield PixelLabels(path, warped, PixelCodes(warped.read, coding))
