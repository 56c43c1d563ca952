"""Streams of polygons for tests of the formats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from rs_seg.io.vectors import FieldType, PolygonBatch, PolygonStream
from rs_seg.values.legend import Legend

FIELDS: dict[str, FieldType] = {
    "id": "int64",
    "code": "int32",
    "class": "str",
    "area_m2": "float64",
    "perim_m": "float64",
    "prob_mean": "float64",
    "prob_min": "float64",
    "height": "float64",
}
LEGEND = Legend.model_validate(
    [
        {"code": 0, "name": "bâtiment <&>", "color": "#ffffff"},
        {"code": 300, "name": "森林", "color": "#238b45"},
        {"code": 65533, "name": 'roads "paved"', "color": "#d7301f"},
    ]
)


@dataclass(frozen=True)
class Table:
    """Polygons (N,) and their attributes."""

    polygons: NDArray[Any]
    columns: dict[str, NDArray[Any]]

    def stream(self, *, batch_rows: int = 1000, crs: str = "EPSG:32632") -> PolygonStream:
        """The table in batches of so many polygons."""
        count = len(self.polygons)
        rings = count + int(shapely.get_num_interior_rings(self.polygons).sum())
        points = int(shapely.get_num_coordinates(self.polygons).sum())

        def batches() -> Iterator[PolygonBatch]:
            for start in range(0, count, batch_rows):
                rows = slice(start, start + batch_rows)
                yield batch_of(
                    self.polygons[rows],
                    {name: values[rows] for name, values in self.columns.items()},
                )

        return PolygonStream(
            crs=CRS.from_user_input(crs).to_wkt(),
            rows=count,
            rings=rings,
            points=points,
            fields=FIELDS,
            batches=batches,
        )


def batch_of(polygons: NDArray[Any], columns: dict[str, NDArray[Any]]) -> PolygonBatch:
    """Polygons as one batch."""
    texts = shapely.to_wkb(polygons, byte_order=1)
    lengths = [len(each) for each in texts]
    return PolygonBatch(
        columns=columns,
        wkb=np.frombuffer(b"".join(texts), dtype=np.uint8),
        wkb_offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    )


def table_of(polygons: NDArray[Any]) -> Table:
    """Polygons with attributes that differ from row to row; each third height is unknown."""
    polygons = shapely.orient_polygons(polygons)
    rows = np.arange(len(polygons))
    codes = np.array([each.code for each in LEGEND], dtype=np.int32)
    names = np.array([each.name for each in LEGEND], dtype=object)
    columns = {
        "id": rows.astype(np.int64) * 2**33 + 1,
        "code": codes[rows % 3],
        "class": names[rows % 3],
        "area_m2": shapely.area(polygons),
        "perim_m": shapely.length(polygons),
        "prob_mean": np.cos(rows) ** 2,
        "prob_min": np.sin(rows) ** 2 / 3,
        "height": np.where(rows % 3 == 1, np.nan, rows / 7),
    }
    return Table(polygons, columns)


def squares(count: int) -> Table:
    """Squares side by side, each with its neighbours' sides, every second with a hole."""
    x, y = (
        500_000.25 + 10.0 * (np.arange(count) % 40),
        5_000_000.5 - 10.0 * (np.arange(count) // 40),
    )
    whole = shapely.box(x, y - 10, x + 10, y)
    holed = shapely.difference(whole, shapely.box(x + 2, y - 7, x + 5, y - 3))
    return table_of(np.where(np.arange(count) % 2 == 0, whole, holed))
