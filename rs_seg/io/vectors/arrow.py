"""Polygons as Arrow record batches, in groups that are the same however the stream was cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rs_seg.io.vectors.stream import FieldType, PolygonBatch, PolygonStream

GEOMETRY = "geometry"
"""Column of the polygons: WKB."""
GROUP_ROWS = 65_536
"""Polygons of a group at most: a transaction of a database, a row group of a Parquet file."""
GROUP_BYTES = 2**25
"""Bytes of WKB of a group at most; a larger polygon is a group of its own."""
_TYPES = {"int32": pa.int32(), "int64": pa.int64(), "float64": pa.float64(), "str": pa.string()}
_WIDTH_KEY = "GDAL:OGR:width"


def schema_of(fields: Mapping[str, FieldType], *, text_width: int | None = None) -> pa.Schema:
    """Columns of the attributes, then `geometry`; texts have at most `text_width` bytes."""
    columns = [pa.field(name, _TYPES[kind]) for name, kind in fields.items()]
    if text_width is not None:
        told = {_WIDTH_KEY: str(text_width)}
        columns = [
            column.with_metadata(told) if column.type == pa.string() else column
            for column in columns
        ]
    return pa.schema([*columns, pa.field(GEOMETRY, pa.large_binary(), nullable=False)])


def record_batches(stream: PolygonStream, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Groups of polygons, each as large as GROUP_ROWS and GROUP_BYTES allow; no group is empty.

    The polygons are not copied where a batch of the stream is a group. The bytes of a database
    depend on its transactions, those of a Parquet file on its row groups: hence groups that do not
    depend on the batches.
    """
    parts: list[pa.RecordBatch] = []
    rows = size = written = 0
    for batch in stream.batches():
        columns = _to_arrow(batch, schema)
        start = 0
        while start < len(batch):
            stop = _last_fitting(batch, start, rows=GROUP_ROWS - rows, size=GROUP_BYTES - size)
            if stop == start and parts:
                yield _joined(parts)
                parts, rows, size = [], 0, 0
                continue
            stop = max(stop, start + 1)
            parts.append(columns.slice(start, stop - start))
            rows += stop - start
            size += int(batch.wkb_offsets[stop] - batch.wkb_offsets[start])
            start = stop
        written += len(batch)
    if parts:
        yield _joined(parts)
    assert written == stream.rows, f"{stream.rows} polygons were announced, {written} came"


def _last_fitting(batch: PolygonBatch, start: int, *, rows: int, size: int) -> int:
    """End of the polygons from `start` on that go into the space left."""
    ends = batch.wkb_offsets[start + 1 : start + 1 + rows]
    return start + int(np.searchsorted(ends, batch.wkb_offsets[start] + size, side="right"))


def _joined(parts: list[pa.RecordBatch]) -> pa.RecordBatch:
    """One batch of all rows; a single part is not copied."""
    (whole,) = pa.Table.from_batches(parts).combine_chunks().to_batches()
    return whole


def _to_arrow(batch: PolygonBatch, schema: pa.Schema) -> pa.RecordBatch:
    assert [*batch.columns, GEOMETRY] == schema.names, (
        f"columns {list(batch.columns)} are not those announced"
    )
    columns = [_column(values, schema.field(name).type) for name, values in batch.columns.items()]
    buffers = [None, pa.py_buffer(batch.wkb_offsets), pa.py_buffer(batch.wkb)]
    columns.append(pa.Array.from_buffers(pa.large_binary(), len(batch), buffers))
    return pa.record_batch(columns, schema=schema)


def _column(values: Sequence[Any] | NDArray[Any], kind: pa.DataType) -> pa.Array:
    """The values of a field; NaN, and of texts None, become null.

    Made of buffers: `pyarrow.array` loads pandas, to know its series (pyarrow 26).
    """
    if kind == pa.string():
        texts = [value.encode() if isinstance(value, str) else None for value in values]
        missing = np.array([text is None for text in texts], dtype=bool)
        ends = np.cumsum([0, *(len(text or b"") for text in texts)]).astype(np.int32)
        data = [pa.py_buffer(ends), pa.py_buffer(b"".join(text or b"" for text in texts))]
    else:
        numbers = np.asarray(values)
        missing = np.isnan(numbers)
        whole = np.where(missing, 0, numbers).astype(kind.to_pandas_dtype())
        assert (missing | (whole == numbers)).all(), f"values are no {kind}"
        data = [pa.py_buffer(whole)]
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
    return pa.Array.from_buffers(kind, len(missing), [valid, *data])
