"""Polygons through GDAL: the same bytes on every day and every machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from rs_seg.io.ogr import UNDEFINED, expecting_no_crs, pyogrio
from rs_seg.io.vectors.arrow import GEOMETRY, record_batches, schema_of
from rs_seg.io.vectors.stream import PolygonStream

LAYER = "polygons"
FIXED_TIME = "2000-01-01T00:00:00.000Z"
"""Stands in every file in place of the time of writing."""
INDEX_BYTES = 2**30
"""Memory for the spatial index of a GeoPackage while it is built; GDAL's own limit is a share of
the machine's memory, and an index that exceeds its limit is built in another, slower way and
becomes another one."""


def write_with_gdal(
    stream: PolygonStream,
    path: Path,
    driver: str,
    *,
    text_width: int | None = None,
    geometry_type: str = "Polygon",
    **options: object,
) -> None:
    """Write the polygons; `options` are those of `pyogrio.write_arrow`.

    Errors of the stream are raised as they are.
    """
    if stream.crs is None and driver == "GPKG":
        options["layer_options"] = UNDEFINED
    schema = schema_of(stream.fields, text_width=text_width)
    failures: list[BaseException] = []

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            yield from record_batches(stream, schema)
        except BaseException as error:
            failures.append(error)
            raise

    try:
        with fixed_settings(), expecting_no_crs():
            pyogrio.write_arrow(
                pa.RecordBatchReader.from_batches(schema, batches()),
                path,
                driver=driver,
                geometry_name=GEOMETRY,
                geometry_type=geometry_type,
                crs=stream.crs,
                **options,
            )
    except RuntimeError as error:
        # an error that passes through Arrow's C interface arrives as "error while accessing batch"
        if failures:
            raise failures[0] from error
        raise


@contextmanager
def fixed_settings() -> Iterator[None]:
    """Settings of GDAL under which equal polygons are equal files."""
    fixed = {"OGR_CURRENT_DATE": FIXED_TIME, "OGR_GPKG_MAX_RAM_USAGE_RTREE": str(INDEX_BYTES)}
    before = {name: pyogrio.get_gdal_config_option(name) for name in fixed}
    pyogrio.set_gdal_config_options(fixed)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)
