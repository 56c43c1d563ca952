"""Paths are taken as they are by pyogrio, whatever stands in them."""

from __future__ import annotations

import re
import subprocess
import sys
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


def test_tables_are_read_after_a_start_without_their_library(tmp_path: Path) -> None:
    path = write_polygons(tmp_path / "a.gpkg", [square(0, 0, 1)], columns={"class": ["x"]})
    program = """
import sys
from rs_seg.io.ogr import pyogrio
print("geopandas" in sys.modules, "pandas" in sys.modules)
table = pyogrio.read_dataframe(sys.argv[1])
import geopandas
print(type(table) is geopandas.GeoDataFrame, geopandas.read_file(sys.argv[1]).equals(table))
geopandas.GeoDataFrame({"n": [2]}, geometry=table.geometry).to_file(sys.argv[2])
print(pyogrio.read_dataframe(sys.argv[2], use_arrow=True)["n"].to_list())
"""
    command = [sys.executable, "-c", program, path, tmp_path / "b.gpkg"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["False False", "True True", "[2]"]


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
