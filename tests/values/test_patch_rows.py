"""Rows of a table of patches, and where patches lie on a sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.errors import UserError
from rs_seg.values.patch_rows import PatchRows, choose_rows, table_lines
from rs_seg.values.sheet_layout import GUTTER, SheetLayout

TABLE = 'scene,sheet,file\na,,x\n,,\n"b, c",,y\nd,,z\n'


def chosen(path: Path, *numbers: int) -> PatchRows:
    path.write_text(TABLE, encoding="utf-8")
    return choose_rows(path, table_lines(path), numbers)


def test_rows_are_read_by_their_numbers_without_empty_lines(tmp_path):
    rows = chosen(tmp_path / "t.csv", 3, 2)
    assert (rows.rows, rows.count) == ("2-3", 2)
    assert [row["scene"] for row in rows.read()] == ["b, c", "d"]


def test_runs_of_rows_may_be_apart(tmp_path):
    rows = chosen(tmp_path / "t.csv", 1, 3)
    assert rows.rows == "1-1,3-3"
    assert [row["file"] for row in rows.read()] == ["x", "z"]


def test_rows_survive_a_cell_of_a_table(tmp_path):
    rows = chosen(tmp_path / "t.csv", 1)
    assert PatchRows.model_validate(rows.to_cell()) == rows


def test_a_table_that_was_changed_is_refused_where_its_rows_are_others(tmp_path):
    path = tmp_path / "t.csv"
    first, last = chosen(path, 1), chosen(path, 3)
    path.write_text(TABLE.replace("d,,z", "d,,other"), encoding="utf-8")
    assert first.read()[0]["scene"] == "a"
    with pytest.raises(UserError, match="was changed after the run was planned"):
        last.read()


sizes = st.lists(st.tuples(st.integers(1, 300), st.integers(1, 300)), min_size=1, max_size=40)


@given(sizes)
def test_patches_lie_apart_by_the_gutter_and_inside_the_sheet(sizes):
    layout = SheetLayout(sizes)
    height, width = layout.shape
    windows = [layout.window(number) for number in range(len(sizes))]
    for number, window in enumerate(windows):
        assert (window.height, window.width) == sizes[number]
        assert window.row_end <= height
        assert window.column_end <= width
        for other in windows[:number]:
            rows = max(window.row, other.row) - min(window.row_end, other.row_end)
            columns = max(window.column, other.column) - min(window.column_end, other.column_end)
            assert max(rows, columns) >= GUTTER


@given(sizes)
def test_strips_cover_the_sheet_and_hold_their_patches(sizes):
    layout = SheetLayout(sizes)
    strips = list(layout.strips())
    rows = np.concatenate([np.arange(strip.row, strip.row_end) for strip, _ in strips])
    np.testing.assert_array_equal(rows, np.arange(layout.shape[0]))
    assert [number for _, numbers in strips for number in numbers] == list(range(len(sizes)))
    for strip, numbers in strips:
        inside = [layout.window(number) for number in numbers]
        assert all(strip.row <= one.row and one.row_end <= strip.row_end for one in inside)


def test_a_sheet_is_about_square():
    assert SheetLayout([(64, 64)] * 256).shape == (16 * 128 - 64, 16 * 128 - 64)
