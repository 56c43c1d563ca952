"""Groups of polygons: whole, in order, within their limits, whatever the batches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rs_seg.io.vectors import arrow
from rs_seg.io.vectors.arrow import record_batches, schema_of
from rs_seg.io.vectors.geoparquet import shell_boxes
from tests.io.vectors.fabricated_stream import FIELDS, batch_of, squares, table_of

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
