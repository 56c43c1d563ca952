"""Objects of the reference one by one: what of a label file is an object, and which are ignored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import shapes

from rs_seg.algorithms.labelling.codes import as_text
from rs_seg.algorithms.labelling.ground_area import ground_areas
from rs_seg.algorithms.labelling.visible import Valid, shown_shares
from rs_seg.values.grid import Grid

GROUP, CUT, SMALL = "group", "cut", "small"
"""Why an object is ignored; of several reasons the first counts."""
NO_GROUP = ("", "0", "no", "false")
"""Values, in small letters, of the attribute of groups that mark none."""
CONNECTIVITY = 4
"""Pixels of one object share an edge: a border of pixels that meet at a corner only would touch
itself, and be no valid polygon."""


@dataclass(frozen=True)
class DrawnObjects:
    """Objects as they were drawn (N,): shapes in the CRS of a scene, their codes, and groups."""

    shapes: NDArray[Any]
    codes: NDArray[np.int64]
    grouped: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, places: NDArray[Any]) -> DrawnObjects:
        """Those at places, or where a mask is true."""
        return DrawnObjects(self.shapes[places], self.codes[places], self.grouped[places])


@dataclass(frozen=True)
class JudgedObjects:
    """Objects that meet a scene (N,), why they are `ignored`, and their area in square metres."""

    objects: DrawnObjects
    ignored: NDArray[np.str_]
    areas: NDArray[np.float64]

    def count(self, names: dict[int, str]) -> tuple[dict[str, int], dict[str, int]]:
        """Numbers of objects that count, by class, and of ignored ones, by reason."""
        is_ignored = self.ignored != ""
        by_code = Counter(self.objects.codes[~is_ignored].tolist())
        reasons = Counter(self.ignored[is_ignored].tolist())
        return (
            {name: by_code[code] for code, name in names.items()},
            {reason: reasons[reason] for reason in (GROUP, CUT, SMALL) if reasons[reason]},
        )


def split_parts(objects: DrawnObjects) -> DrawnObjects:
    """One object for each part of each shape, in the same order."""
    parts, owners = shapely.get_parts(objects.shapes, return_index=True)
    return DrawnObjects(parts, objects.codes[owners], objects.grouped[owners])


def find_groups(marks: Sequence[object]) -> NDArray[np.bool_]:
    """Which values (N,) of an attribute say that a polygon holds several objects.

    All but nothing, 0, "no" and "false" do.
    """
    return np.array([as_text(mark).lower() not in NO_GROUP for mark in marks], dtype=bool)


def trace_objects(codes: NDArray[np.int32], grid: Grid) -> DrawnObjects:
    """Connected regions of one code (H, W) as objects; pixels with a negative code are none.

    Pixels that touch by a corner only belong to different objects, objects of one class that share
    an edge of a pixel are one. Row by row, by the upper left pixel of an object.
    """
    traced = [
        (shapely.geometry.shape(shape), int(code))
        for shape, code in shapes(
            codes, mask=codes >= 0, connectivity=CONNECTIVITY, transform=grid.affine
        )
    ]
    polygons = np.array([shape for shape, _ in traced], dtype=object)
    return DrawnObjects(
        polygons,
        np.array([code for _, code in traced], dtype=np.int64),
        np.zeros(len(traced), dtype=bool),
    )


def judge_objects(
    objects: DrawnObjects, grid: Grid, read_valid: Valid, *, smallest: float, visible: float
) -> JudgedObjects:
    """The objects that show on valid pixels of the scene, and why some of them are ignored.

    One is ignored that is a group, shows less than a `visible` share of its area, or measures less
    than `smallest` square metres on the ground, its hidden part included.
    """
    in_pixels = shapely.transform(objects.shapes, _to_pixels(grid))
    shown = shown_shares(in_pixels, grid, read_valid)
    shows = shown > 0
    objects, in_pixels, shown = objects.take(shows), in_pixels[shows], shown[shows]
    areas = ground_areas(in_pixels, grid) if len(objects) else np.empty(0)
    reasons = np.select(
        [objects.grouped, shown < visible, areas < smallest], [GROUP, CUT, SMALL], default=""
    )
    return JudgedObjects(objects, reasons.astype(np.str_), areas)


def _to_pixels(grid: Grid) -> Any:
    inverse: Any = ~grid.affine
    return lambda points: np.column_stack(inverse * tuple(points.T))
