"""Labels drawn in pixels of the image of a scene, brought onto its grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.errors import UserError, UserErrors
from rs_seg.io.raw.box_table import is_box_table, list_table_images, read_table_boxes
from rs_seg.io.raw.coco import is_coco, list_coco_images, read_coco
from rs_seg.io.raw.mending import mend_polygons
from rs_seg.io.raw.pixel_shapes import LabelledImage, PixelShapes
from rs_seg.io.raw.vector import LabelReading
from rs_seg.io.raw.voc import is_voc, list_voc_images, read_voc
from rs_seg.values.grid import Grid
from rs_seg.values.names import list_first

LISTED = 5
"""Images that are named in one message."""
DIGITS = 1
"""Digits after the point of places in messages."""


@dataclass(frozen=True)
class _Format:
    """A format of labels in pixels: how it is known, its images, and the shapes of one."""

    is_it: Callable[[Path], bool]
    list_images: Callable[[Path, str | None], Sequence[LabelledImage]]
    read: Callable[[Path, int, str | None, str | None], PixelShapes]


_FORMATS = (
    _Format(is_coco, list_coco_images, read_coco),
    _Format(is_box_table, list_table_images, read_table_boxes),
    _Format(is_voc, list_voc_images, read_voc),
)


@dataclass(frozen=True)
class PlacedShapes:
    """Valid shapes of an image (N,) in the CRS of its grid, and what was mended or left out.

    `stray` is the fault that none of them meets the image.
    """

    shapes: PixelShapes
    warnings: tuple[str, ...]
    stray: UserError | None


def holds_pixel_shapes(path: Path) -> bool:
    """Whether a label file holds shapes in pixels of images: COCO JSON, boxes, Pascal VOC."""
    return _format_of(path) is not None


def read_pixel_labels(
    path: Path, reading: LabelReading, grid: Grid, *, scene: str | None
) -> PlacedShapes:
    """The labels of the image of a scene: of the only one of the file, or the one of its name.

    Raises:
        UserError: the file cannot be read, does not hold the image of the scene or one of another
            size, or holds invalid polygons that cannot be mended safely; or settings are for
            labels on a map.
    """
    kind = _format_of(path)
    assert kind is not None, "the file holds shapes in pixels"
    _check_settings(path, reading)
    images = kind.list_images(path, reading.encoding)
    number = _choose_image(images, scene, path)
    _check_size(images[number], grid, path)
    shapes, warnings = _mend(kind.read(path, number, reading.column, reading.encoding), path)
    stray = _find_stray(shapes, grid, path)
    return PlacedShapes(_place(shapes, grid), warnings, stray)


def check_pixel_labels(path: Path, reading: LabelReading) -> None:
    """See that a file can be read, as far as shows without the grid of a scene.

    Raises:
        UserError: it cannot.
    """
    kind = _format_of(path)
    assert kind is not None, "the file holds shapes in pixels"
    _check_settings(path, reading)
    if kind.list_images(path, reading.encoding):
        kind.read(path, 0, reading.column, reading.encoding)


def _format_of(path: Path) -> _Format | None:
    return next((kind for kind in _FORMATS if path.is_file() and kind.is_it(path)), None)


def _check_settings(path: Path, reading: LabelReading) -> None:
    given = [key for key in ("layer", "crs", "override_crs", "radius") if getattr(reading, key)]
    if given:
        raise UserError(
            f"label.{given[0]} has no effect on labels in pixels",
            where=path,
            found="a format of annotations, which lie on the grid of the scene",
            expected="labels on a map",
            remedy=f"remove label.{given[0]}, or give another file as label.path",
        )


def _choose_image(images: Sequence[LabelledImage], scene: str | None, path: Path) -> int:
    if len(images) == 1:
        return 0
    names = [PurePosixPath(image.name.replace("\\", "/")) for image in images]
    by_name = [number for number, name in enumerate(names) if scene in (name.stem, name.name)]
    by_folder = [number for number, name in enumerate(names) if scene in name.parts[:-1]]
    chosen = by_name or by_folder
    if len(chosen) == 1:
        return chosen[0]
    listed = [images[number].name for number in chosen or range(len(images))]
    raise UserError(
        "label file does not say which image is that of the scene",
        where=path,
        found=list_first(listed, LISTED) or "no images",
        expected=f"one image whose name, without its ending, or folder is {scene!r}"
        if scene
        else "one image",
        remedy="name the scene as its image in this file, or give a file with one image",
    )


def _check_size(image: LabelledImage, grid: Grid, path: Path) -> None:
    if image.height is None or image.width is None:
        return
    if (image.height, image.width) != (grid.height, grid.width):
        raise UserError(
            "labels are in pixels of another image",
            where=path,
            found=f"{image.name} of {image.height} x {image.width} pixels",
            expected=f"the {grid.height} x {grid.width} pixels of the scene",
            remedy="give labels of this image; and leave align.crs, align.resolution out, and "
            "let the image that was labelled be align.reference, as pixels are those of its grid",
        )


def _mend(shapes: PixelShapes, path: Path) -> tuple[PixelShapes, tuple[str, ...]]:
    if not len(shapes.features):
        return shapes, ()
    mended = mend_polygons(shapes.geometries, path, digits=DIGITS)
    if mended.faults:
        raise UserErrors(mended.faults)
    kept = np.flatnonzero(mended.kept)
    values = [shapes.values[place] for place in kept]
    return PixelShapes(
        shapes.features[kept], values, shapes.others.iloc[kept], mended.geometries[kept]
    ), tuple(mended.told)


def _find_stray(shapes: PixelShapes, grid: Grid, path: Path) -> UserError | None:
    image = shapely.box(0, 0, grid.width, grid.height)
    if not len(shapes.features) or shapely.intersects(shapes.geometries, image).any():
        return None
    left, top, right, bottom = (
        f"{value:.{DIGITS}f}" for value in shapely.total_bounds(shapes.geometries)
    )
    return UserError(
        "labels do not meet the scene",
        where=path,
        found=f"labels in columns {left} to {right}, rows {top} to {bottom}",
        expected=f"some in {grid.height} rows and {grid.width} columns",
        remedy="check that the labels are of this image",
    )


def _place(shapes: PixelShapes, grid: Grid) -> PixelShapes:
    transform: Any = grid.affine

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transform * tuple(points.T))

    return PixelShapes(
        shapes.features, shapes.values, shapes.others, shapely.transform(shapes.geometries, move)
    )
