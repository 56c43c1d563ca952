"""Paths are taken as they are by pyogrio, whatever stands in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rs_seg
from rs_seg.io.ogr import pyogrio
from rs_seg.testing import square, write_polygons


@pytest.mark.parametrize(
    "name", ["a!b", "a;b", "a?", "?", "x.zip!y", "a#b", "a%20b", "-", "~", "<b>", "a:b", "a&b"]
)
def test_a_file_is_read_and_written_under_any_name(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    plain = write_polygons(folder / "plain.gpkg", [square(0, 0, 1)], columns={"class": ["x"]})
    odd = plain.rename(folder / f"{name}.gpkg")
    assert [path.name for path in folder.iterdir()] == [odd.name]
    assert pyogrio.read_info(odd)["features"] == 1
    assert list(pyogrio.read_dataframe(odd)["class"]) == ["x"]


def test_every_module_takes_pyogrio_from_where_this_holds() -> None:
    root = Path(rs_seg.__file__).parent
    own = root / "io/ogr.py"
    direct = r"^\s*(import pyogrio|from pyogrio\S* import)"
    found = [
        path
        for path in root.rglob("*.py")
        if re.search(direct, path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert found == [own]
