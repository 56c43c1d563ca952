"""Groups of polygons: whole, in order, within their limits, whatever the batches."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rs_seg.io.vectors import arrow
from rs_seg.io.vectors.arrow import record_batches, schema_of
from rs_seg.io.vectors.geoparquet import shell_boxes
from rs_seg.io.vectors.stream import FieldType
from tests.io.vectors.fabricated_stream import FIELDS, batch_of, squares, table_of

ROOT = Path(__file__).parents[3]
COORDINATES = st.floats(-1e7, 1e7, allow_nan=False).map(lambda value: round(value, 3))
SIDES = st.integers(1, 1000)


def rings(size: int) -> shapely.Polygon:
    """A polygon of 9 + 4 + 16 * (size + 1) bytes."""
    angles = np.linspace(0, 2 * np.pi, size, endpoint=False)
    return shapely.Polygon(np.column_stack([np.cos(angles), np.sin(angles)]))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sizes=st.lists(st.integers(3, 40), max_size=40),
    batch_rows=st.integers(1, 41),
    rows=st.integers(1, 12),
    size=st.integers(1, 1500),
)
def test_groups_are_as_large_as_the_limits_allow(
    sizes: list[int], batch_rows: int, rows: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrow, "GROUP_ROWS", rows)
    monkeypatch.setattr(arrow, "GROUP_BYTES", size)
    table = table_of(np.array([rings(each) for each in sizes], dtype=object))
    groups = list(record_batches(table.stream(batch_rows=batch_rows), schema_of(FIELDS)))
    found = [each for group in groups for each in group.column("geometry").to_pylist()]
    assert found == [shapely.to_wkb(each) for each in table.polygons]
    lengths = [[len(each) for each in group.column("geometry").to_pylist()] for group in groups]
    for index, group in enumerate(lengths):
        assert 1 <= len(group) <= rows
        assert sum(group) <= size or len(group) == 1
        if index + 1 < len(lengths):
            assert len(group) == rows or sum(group) + lengths[index + 1][0] > size


def test_polygons_are_not_copied_where_a_batch_is_a_group() -> None:
    table = squares(10)
    batch = batch_of(table.polygons, table.columns)
    (group,) = record_batches(
        replace(table.stream(), batches=lambda: iter([batch])), schema_of(FIELDS)
    )
    assert group.column("geometry").buffers()[2].address == batch.wkb.ctypes.data


@settings(deadline=None)  # the first call of pyarrow.array loads pandas
@given(
    st.sampled_from(["int32", "int64", "float64"]),
    st.lists(st.integers(-(2**31), 2**31 - 1) | st.just(np.nan), max_size=20),
)
def test_numbers_are_those_of_pyarrow_with_null_for_nan(kind: Any, values: list[float]) -> None:
    (group, *_) = groups_of_column(kind, np.array([*values, 1], dtype=np.float64))
    wanted = pa.array(np.array([*values, 1.0]), type=group.type, from_pandas=True)
    assert group.equals(wanted)
    group.validate(full=True)


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.none(), max_size=20))
def test_texts_stay_as_they_are_with_null_for_none(values: list[str | None]) -> None:
    (group,) = groups_of_column("str", np.array([*values, "x"], dtype=object))
    assert group.to_pylist() == [*values, "x"]
    group.validate(full=True)


def test_a_number_that_its_field_cannot_hold_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="no int32"):
        groups_of_column("int32", np.array([2**31]))


def groups_of_column(kind: FieldType, values: NDArray[Any]) -> list[pa.Array]:
    """A field as it comes in groups."""
    table = squares(len(values))
    batch = batch_of(table.polygons, {"field": values})
    stream = replace(table.stream(), fields={"field": kind}, batches=lambda: iter([batch]))
    return [group.column("field") for group in record_batches(stream, schema_of(stream.fields))]


def test_polygons_are_written_without_pandas(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from rs_seg.io.vectors.geopackage import write_geopackage
from rs_seg.io.vectors.shapefile import write_shapefile
from tests.io.vectors.fabricated_stream import LEGEND, squares
write_geopackage(squares(9).stream(), Path(sys.argv[1]), LEGEND)
write_shapefile(squares(9).stream(), Path(sys.argv[2]), LEGEND)
print("pandas" in sys.modules)
"""
    words = [sys.executable, "-c", program, tmp_path / "a.gpkg", tmp_path / "a.shp"]
    run = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == "False"


def test_columns_that_were_not_announced_are_a_fault() -> None:
    table = squares(3)
    columns = {name: table.columns[name] for name in reversed(FIELDS)}
    with pytest.raises(AssertionError, match="not those announced"):
        list(record_batches(replace(table, columns=columns).stream(), schema_of(FIELDS)))


@given(st.lists(st.tuples(COORDINATES, COORDINATES, SIDES, SIDES), min_size=1, max_size=9))
def test_boxes_of_shells_are_those_of_the_polygons(
    corners: list[tuple[float, float, int, int]],
) -> None:
    x, y, width, height = np.array(corners, dtype=float).T
    shapes = shapely.box(x, y, x + width, y + height)
    holed = shapely.difference(
        shapes, shapely.box(x + width / 4, y + height / 4, x + width / 2, y + height / 2)
    )
    table = table_of(np.where(np.arange(len(x)) % 2 == 0, holed, shapes))
    (group,) = record_batches(table.stream(), schema_of(FIELDS))
    np.testing.assert_array_equal(
        shell_boxes(group.column("geometry")), shapely.bounds(table.polygons)
    )
    np.testing.assert_array_equal(
        shell_boxes(group.slice(len(x) // 2).column("geometry")),
        shapely.bounds(table.polygons[len(x) // 2 :]),
    )
