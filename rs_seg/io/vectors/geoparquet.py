"""GeoParquet 1.1: a table for DuckDB, pandas and cloud warehouses.

Its GDAL driver is not in pyogrio's wheels.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet
from pyproj import CRS

from rs_seg.io.sidecars import write_polygon_styles
from rs_seg.io.vectors.arrow import GEOMETRY, record_batches, schema_of
from rs_seg.io.vectors.stream import PolygonStream
from rs_seg.values.legend import Legend

BOX = "bbox"
CORNERS = ("xmin", "ymin", "xmax", "ymax")
_BOX_TYPE = pa.struct([pa.field(corner, pa.float64(), nullable=False) for corner in CORNERS])
_SHELL_COUNT = 9
"""Bytes before the number of points of a polygon's shell in WKB: byte order, type, number of rings.
"""
_SHELL_POINTS = 13


def write_geoparquet(stream: PolygonStream, path: Path, legend: Legend) -> None:
    """A GeoParquet file with a bounding box per polygon, and styles (.qml, .sld) beside it.

    Readers skip row groups by the bounding boxes.
    """
    write_table(stream, path)
    write_polygon_styles(path, legend, outlined=stream.outlined, unfilled=stream.unfilled)


def write_partition(stream: PolygonStream, folder: Path, column: str, value: str) -> Path:
    """A file of a data set that is partitioned by a column, as Hive does it; where the file lies.

    The value stands in the name of a folder, not in the file, percent-encoded where names of
    folders need it.
    """
    encoded = re.sub(r'[%=:*?"<>|#]', lambda found: f"%{ord(found[0]):02X}", value)
    path = folder / f"{column}={encoded}" / "part.parquet"
    path.parent.mkdir(parents=True)
    write_table(stream, path)
    return path


def write_table(stream: PolygonStream, path: Path) -> None:
    """The GeoParquet file alone."""
    attributes = schema_of(stream.fields)
    schema = attributes.append(pa.field(BOX, _BOX_TYPE, nullable=False))
    texts = [name for name, kind in stream.fields.items() if kind == "str"]
    extents = []
    with parquet.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_dictionary=texts,
        write_statistics=[*stream.fields, *(f"{BOX}.{corner}" for corner in CORNERS)],
        store_schema=False,
    ) as writer:
        for group in record_batches(stream, attributes):
            boxes = shell_boxes(group.column(GEOMETRY))
            columns = [
                pa.array(np.ascontiguousarray(boxes[:, corner])) for corner in range(len(CORNERS))
            ]
            boxed = pa.StructArray.from_arrays(columns, fields=list(_BOX_TYPE))
            writer.write_batch(pa.record_batch([*group.columns, boxed], schema=schema))
            extents.append((*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()))
        writer.add_key_value_metadata({"geo": json.dumps(_metadata(stream.crs, extents))})


def shell_boxes(polygons: pa.LargeBinaryArray) -> NDArray[np.float64]:
    """Least x and y, greatest x and y (N, 4) of polygons in WKB.

    Only shells are read: holes lie inside them.
    """
    _, offsets, data = polygons.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[
        polygons.offset : polygons.offset + len(polygons)
    ]
    counts = _values_at(data, starts + _SHELL_COUNT, "<u4").astype(np.int64)
    firsts = np.cumsum(counts) - counts
    positions = np.repeat(starts + _SHELL_POINTS - 16 * firsts, counts) + 16 * np.arange(
        counts.sum()
    )
    points = _values_at(data, positions, "V16").view("<f8").reshape(-1, 2)
    return np.hstack([np.minimum.reduceat(points, firsts), np.maximum.reduceat(points, firsts)])


def _values_at(data: pa.Buffer, positions: NDArray[np.int64], dtype: str) -> NDArray[Any]:
    """Values that stand at these bytes, aligned or not."""
    width = np.dtype(dtype).itemsize
    return np.ndarray((data.size - width + 1,), dtype=dtype, buffer=data, strides=(1,))[positions]


def _metadata(crs: str | None, extents: list[tuple[float, ...]]) -> dict[str, Any]:
    """What the specification (OGC GeoParquet 1.1.0) asks for under the key "geo"."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": ["Polygon"],
        "crs": None if crs is None else CRS.from_user_input(crs).to_json_dict(),
        "edges": "planar",
        "orientation": "counterclockwise",
        "covering": {BOX: {corner: [BOX, corner] for corner in CORNERS}},
    }
    if extents:
        lows, highs = np.array(extents)[:, :2], np.array(extents)[:, 2:]
        column["bbox"] = [*lows.min(axis=0).tolist(), *highs.max(axis=0).tolist()]
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
