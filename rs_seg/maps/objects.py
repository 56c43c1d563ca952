"""The part of select that draws and measures objects, and hands them to the writers of files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.labelling.visible import shown_shares
from rs_seg.algorithms.objects.ground_plane import GroundPlanes
from rs_seg.algorithms.objects.measures import measure, rotate_boxes
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.io.vectors import FieldType, PolygonBatch, PolygonStream
from rs_seg.io.vectors.stream import fields_in_pixels
from rs_seg.values import ClassNames
from rs_seg.values.candidates import Boxes, Candidates
from rs_seg.values.grid import Grid, crs_of_files

Geometry = Literal["auto", "box", "rotated_box", "mask", "map"]
FIELDS: dict[str, FieldType] = {
    "id": "int64",
    "code": "int32",
    "class": "str",
    "score": "float64",
    "area_m2": "float64",
    "length_m": "float64",
    "width_m": "float64",
    "bearing": "float64",
    "cut": "int32",
    "scene": "str",
}
BATCH_ROWS = 50_000
"""Objects that are handed to writers at once."""
AROUND = 1.0
"""Pixels around an object that must show ground: one that is nearer to the edge may be cut."""


def stream_objects(
    candidates: Candidates, image: RasterReader, names: ClassNames, *, geometry: Geometry
) -> PolygonStream:
    """Objects as polygons in the CRS of the image, in the order of their `id`.

    `id` is the place of the centre's pixel in the scene, row by row; an object whose place is taken
    has the next one that is free. It stays the same when something changes elsewhere. What is
    measured is what is drawn.

    Raises:
        UserError: a geometry needs masks, which the detector does not draw.
    """
    grid = image.grid
    ids, order = number_objects(candidates, grid)
    objects = candidates.take(order)
    planes = GroundPlanes(grid, _centres(objects.boxes))
    drawn, upright = _draw(objects, planes, geometry)
    measures = measure(planes.to_ground(drawn))
    known = {class_.code: class_.name for class_ in names}
    columns: dict[str, NDArray[Any]] = {
        "id": ids,
        "code": objects.codes.astype(np.int32),
        "class": np.array([known[code] for code in objects.codes.tolist()], dtype=object),
        "score": objects.scores,
        "area_m2": measures.area,
        "length_m": measures.length,
        "width_m": measures.width,
        "bearing": np.full(len(objects), np.nan) if upright else measures.bearing,
        "cut": _find_cut(objects, drawn, image, geometry).astype(np.int32),
        "scene": np.full(len(objects), image.path.parent.name, dtype=object),
    }
    polygons = shapely.orient_polygons(_to_map(drawn, grid))
    return stream_rows(polygons, columns, crs=crs_of_files(grid))


def number_objects(
    candidates: Candidates, grid: Grid
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers (N,) that ascend, and the candidates (N,) that have them."""
    centres = np.floor(_centres(candidates.boxes)).astype(np.int64)
    places = centres[:, 1] * grid.width + centres[:, 0]
    ranks = np.empty(len(candidates), dtype=np.int64)
    ranks[candidates.ranked()] = np.arange(len(candidates))
    order = np.lexsort((ranks, places))
    steps = np.arange(len(order))
    # the least numbers that ascend and are no smaller than the places
    return np.maximum.accumulate(places[order] - steps) + steps, order


def _draw(
    objects: Candidates, planes: GroundPlanes, geometry: Geometry
) -> tuple[NDArray[Any], bool]:
    """The polygons of objects in pixels, and whether they are boxes along the rows."""
    if geometry == "auto":
        geometry = "box" if objects.shapes is None else "mask"
    if geometry == "box" or not len(objects):
        left, top, right, bottom = objects.boxes.T
        return np.asarray(shapely.box(left, top, right, bottom)).reshape(-1), True
    if objects.shapes is None:
        raise UserError(
            "these objects have no masks",
            where="select.geometry",
            found=f"{geometry}, of a detector that finds boxes",
            expected="auto or box",
            remedy="set select.geometry to auto, or use a detector that draws masks, such as "
            "mask_rcnn",
        )
    if geometry in ("mask", "map"):  # divided from a map before
        return objects.shapes, False
    # right angles are right on the ground, whatever the pixels and the map do to them
    return planes.to_pixels(rotate_boxes(planes.to_ground(objects.shapes))), False


def _centres(boxes: Boxes) -> NDArray[np.float64]:
    centres: NDArray[np.float64] = (boxes[:, :2] + boxes[:, 2:]) / 2
    return centres


def _find_cut(
    objects: Candidates, drawn: NDArray[Any], image: RasterReader, geometry: Geometry
) -> NDArray[np.bool_]:
    """Whether objects (N,) touch the edge of the scene, or ground without imagery."""
    # parts of a map reach where the class does, whatever was detected
    boxes = shapely.bounds(drawn).reshape(-1, 4) if geometry == "map" else objects.boxes
    left, top, right, bottom = boxes.T
    grown = np.asarray(
        shapely.box(left - AROUND, top - AROUND, right + AROUND, bottom + AROUND)
    ).reshape(-1)
    shares = shown_shares(grown, image.grid, image.read_valid)
    cut: NDArray[np.bool_] = shares < 1 - 1e-9
    return cut


def _to_map(shapes: NDArray[Any], grid: Grid) -> NDArray[Any]:
    """Shapes in pixels of the grid, in its CRS."""
    a, b, c, d, e, f = tuple(grid.affine)[:6]
    turn, origin = np.array([[a, d], [b, e]]), np.array([c, f])
    return np.asarray(shapely.transform(shapes, lambda points: points @ turn + origin))


def stream_rows(
    polygons: NDArray[Any], columns: dict[str, NDArray[Any]], *, crs: str | None
) -> PolygonStream:
    """Polygons (N,) in a CRS (WKT) with the values (N,) of all `FIELDS`, in their order.

    Without a CRS they lie on a picture without a place, and are measured in pixels.
    """
    fields = FIELDS if crs is not None else fields_in_pixels(FIELDS)

    def batches() -> Iterator[PolygonBatch]:
        for start in range(0, len(polygons), BATCH_ROWS):
            part = slice(start, start + BATCH_ROWS)
            texts: list[bytes] = shapely.to_wkb(polygons[part], byte_order=1).tolist()
            yield PolygonBatch(
                dict(zip(fields, (values[part] for values in columns.values()), strict=True)),
                np.frombuffer(b"".join(texts), dtype=np.uint8),
                np.cumsum([0, *map(len, texts)], dtype=np.int64),
            )

    return PolygonStream(
        crs=crs,
        rows=len(polygons),
        rings=len(polygons) + int(shapely.get_num_interior_rings(polygons).sum()),
        points=int(shapely.get_num_coordinates(polygons).sum()),
        fields=fields,
        batches=batches,
        texts=tuple(np.unique(columns["scene"].astype(str))),
        outlined=True,
    )
