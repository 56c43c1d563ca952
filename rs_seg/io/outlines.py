"""Objects of the reference of a scene: written by outline, read by what learns and judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.io.ogr import GEOPACKAGE_VERSION
from rs_seg.io.vectors.gdal import LAYER, write_with_gdal
from rs_seg.io.vectors.reading import read_table
from rs_seg.io.vectors.stream import FieldType, PolygonBatch, PolygonStream
from rs_seg.values.grid import Grid, crs_of_files

FIELDS: dict[str, FieldType] = {
    "id": "int64",
    "code": "int32",
    "class": "str",
    "ignored": "str",
    "area_m2": "float64",
}
"""Fields of a file of objects of the reference."""


@dataclass(frozen=True)
class Outlines:
    """Objects of a scene in the order of the file of labels.

    `shapes` (N,) are polygons in pixels of the scene (columns and rows from its upper left corner,
    with fractions); they may overlap and reach beyond the scene, and are multipolygons where an
    annotation of COCO JSON has several parts. `codes` (N,) are those of the
    legend. `ignored` (N,) says why an object is neither to be found nor background ("cut", "small",
    "group"), and is empty for all others.
    """

    shapes: NDArray[Any]
    codes: NDArray[np.int64]
    ignored: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def is_ignored(self) -> NDArray[np.bool_]:
        """Whether an object is neither to be found nor background (N,)."""
        return np.not_equal(self.ignored, "")

    @property
    def boxes(self) -> NDArray[np.float64]:
        """Left, top, right and bottom (N, 4)."""
        return shapely.bounds(self.shapes).reshape(-1, 4)


def read_outlines(path: Path, grid: Grid) -> Outlines:
    """The objects of a file of outline, in pixels of the grid.

    Raises:
        UserError: the file cannot be read, or was not made by outline.
    """
    what = "objects of the reference"
    table = read_table(path, ["code", "ignored"], what=what, stage="outline")
    shapes = shapely.from_wkb(table.column(table.num_columns - 1).to_numpy())
    to_pixels = ~grid.affine
    return Outlines(
        shapely.transform(shapes, lambda points: np.column_stack(to_pixels * tuple(points.T))),
        table.column("code").to_numpy().astype(np.int64),
        np.array([reason or "" for reason in table.column("ignored").to_pylist()], dtype=np.str_),
    )


def write_outlines(
    path: Path,
    grid: Grid,
    shapes: NDArray[Any],
    columns: Mapping[str, Sequence[Any] | NDArray[Any]],
) -> None:
    """Write a GeoPackage of N objects, whose `shapes` are in the CRS of the grid.

    `columns` are those of FIELDS but for `id`, which counts from 1. Equal objects give equal bytes.
    """
    texts: list[bytes] = shapely.to_wkb(
        shapely.orient_polygons(shapes), byte_order=1, output_dimension=2
    ).tolist()
    ends = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    rows = {"id": np.arange(1, len(texts) + 1), **columns}
    batch = PolygonBatch(
        {name: rows[name] for name in FIELDS}, np.frombuffer(b"".join(texts), np.uint8), ends
    )
    stream = PolygonStream(
        crs=crs_of_files(grid),
        rows=len(batch),
        rings=None,
        points=None,
        fields=FIELDS,
        batches=lambda: iter([batch]),
    )
    in_parts = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON).any()
    path.unlink(missing_ok=True)  # GDAL would add to it
    write_with_gdal(
        stream,
        path,
        "GPKG",
        geometry_type="Unknown" if in_parts else "Polygon",
        layer=LAYER,
        dataset_options={"VERSION": GEOPACKAGE_VERSION},
    )
