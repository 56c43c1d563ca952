"""A file that many scenes share is read once, and again when any of its files has changed."""

from __future__ import annotations

from pathlib import Path

from rs_seg.io.raw.remembering import remember_last


def test_what_was_read_last_is_kept_until_any_of_its_files_changes(tmp_path: Path) -> None:
    shape, table = tmp_path / "a.shp", tmp_path / "a.dbf"
    shape.write_text("polygons", encoding="utf-8")
    table.write_text("one", encoding="utf-8")
    calls = []

    @remember_last
    def read(path: Path, *, column: str) -> str:
        calls.append(column)
        return table.read_text(encoding="utf-8") + column

    assert [read(shape, column="a"), read(shape, column="a")] == ["onea", "onea"]
    assert calls == ["a"]
    assert read(shape, column="b") == "oneb"
    table.write_text("other", encoding="utf-8")
    assert read(shape, column="b") == "otherb"
    assert calls == ["a", "b", "b"]
