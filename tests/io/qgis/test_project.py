"""Project files: coordinate systems, groups, archives."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from affine import Affine

from rs_seg.io.qgis import Group, imagery_layer, roles_layer, write_project
from rs_seg.io.qgis.project import crs_element
from rs_seg.values.grid import Grid

GRID = Grid((100, 200), Affine(0.5, 0, 1000, 0, -0.5, 2000), "EPSG:32632")


def test_a_crs_with_a_code_is_named_by_it() -> None:
    element = crs_element("EPSG:3857")
    assert element.findtext("authid") == "EPSG:3857"
    assert (element.findtext("wkt") or "").startswith("PROJCRS")


def test_a_crs_without_a_code_is_given_by_its_definition() -> None:
    element = crs_element("+proj=tmerc +lat_0=1 +lon_0=7.3 +k=0.99 +ellps=GRS80 +units=m")
    assert not element.findtext("authid")
    assert "7.3" in (element.findtext("wkt") or "")


@pytest.mark.parametrize(
    ("stretches", "kind"), [({3: (0, 1), 2: (0, 1), 1: (0, 1)}, "multibandcolor"), ({1: (0, 1)}, "singlebandgray")]
)
def test_imagery_is_drawn_in_colour_only_with_three_bands(stretches: dict[int, tuple[float, float]], kind: str) -> None:
    layer = imagery_layer("Imagery", "image.tif", GRID, stretches=stretches, alpha=len(stretches) + 1)
    renderer = layer.element.find("pipe/rasterrenderer")
    assert renderer is not None
    assert (renderer.get("type"), renderer.get("alphaBand")) == (kind, str(len(stretches) + 1))
    assert renderer.get("redBand", "3") == "3"


def test_the_archive_holds_one_project_and_has_no_date(tmp_path: Path) -> None:
    layer = roles_layer("Blocks", "split/blocks.gpkg", "blocks", crs="EPSG:4326")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_project(
            tmp_path / name / "map.qgz", title="Täst & <so on>", tree=Group("", [Group("one", [layer])]), view=GRID
        )
    assert (tmp_path / "a" / "map.qgz").read_bytes() == (tmp_path / "b" / "map.qgz").read_bytes()
    with zipfile.ZipFile(tmp_path / "a" / "map.qgz") as archive:
        assert archive.namelist() == ["map.qgs"]
        root = ET.fromstring(archive.read("map.qgs"))
    assert root.findtext("title") == "Täst & <so on>"
    assert [float(root.findtext(f"mapcanvas/extent/{side}") or 0) for side in ("xmin", "ymin", "xmax", "ymax")] == [
        1000,
        1950,
        1100,
        2000,
    ]
