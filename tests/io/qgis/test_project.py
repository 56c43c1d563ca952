"""Project files: coordinate systems, groups, archives."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from affine import Affine

from rs_seg.io.qgis import (
    Group,
    MapLayer,
    agreement_layer,
    confidence_layer,
    doubt_layer,
    imagery_layer,
    polygons_layer,
    roles_layer,
    write_project,
)
from rs_seg.io.qgis.project import crs_element
from rs_seg.values import Legend
from rs_seg.values.grid import Grid

GRID = Grid((100, 200), Affine(0.5, 0, 1000, 0, -0.5, 2000), "EPSG:32632")
LEGEND = Legend.model_validate(
    [
        {"code": 1, "name": "field", "color": "#bcd96f"},
        {"code": 4, "name": "wood", "color": "#3f7d3a"},
    ]
)


def test_a_crs_with_a_code_is_named_by_it() -> None:
    element = crs_element("EPSG:3857")
    assert element.findtext("authid") == "EPSG:3857"
    assert (element.findtext("wkt") or "").startswith("PROJCRS")


def test_a_crs_without_a_code_is_given_by_its_definition() -> None:
    element = crs_element("+proj=tmerc +lat_0=1 +lon_0=7.3 +k=0.99 +ellps=GRS80 +units=m")
    assert not element.findtext("authid")
    assert "7.3" in (element.findtext("wkt") or "")


@pytest.mark.parametrize(
    ("stretches", "kind"),
    [({3: (0, 1), 2: (0, 1), 1: (0, 1)}, "multibandcolor"), ({1: (0, 1)}, "singlebandgray")],
)
def test_imagery_is_drawn_in_colour_only_with_three_bands(
    stretches: dict[int, tuple[float, float]], kind: str
) -> None:
    layer = imagery_layer(
        "Imagery", "image.tif", GRID, stretches=stretches, alpha=len(stretches) + 1
    )
    renderer = layer.element.find("pipe/rasterrenderer")
    assert renderer is not None
    assert (renderer.get("type"), renderer.get("alphaBand")) == (kind, str(len(stretches) + 1))
    assert renderer.get("redBand", "3") == "3"


def test_further_test_sets_are_drawn_beside_the_roles_of_every_split() -> None:
    layer = roles_layer(
        "Areas",
        "split/blocks.gpkg",
        "areas",
        crs="EPSG:4326",
        roles=["north 2021", "test", "train"],
    )
    categories = [each.get("value") for each in layer.element.iter("category")]
    assert categories == ["train", "validation", "test", "buffer", "unused", "north 2021"]
    assert len(list(layer.element.iter("symbol"))) == len(categories)


def test_the_archive_holds_one_project_and_has_no_date(tmp_path: Path) -> None:
    layer = roles_layer("Blocks", "split/blocks.gpkg", "blocks", crs="EPSG:4326")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_project(
            tmp_path / name / "map.qgz",
            title="Täst & <so on>",
            tree=Group("", [Group("one", [layer])]),
            view=GRID,
        )
    assert (tmp_path / "a" / "map.qgz").read_bytes() == (tmp_path / "b" / "map.qgz").read_bytes()
    with zipfile.ZipFile(tmp_path / "a" / "map.qgz") as archive:
        assert archive.namelist() == ["map.qgs"]
        root = ET.fromstring(archive.read("map.qgs"))
    assert root.findtext("title") == "Täst & <so on>"
    assert [
        float(root.findtext(f"mapcanvas/extent/{side}") or 0)
        for side in ("xmin", "ymin", "xmax", "ymax")
    ] == [
        1000,
        1950,
        1100,
        2000,
    ]


def properties_of(grid: Grid, path: Path) -> dict[str, str | None]:
    layer = polygons_layer("Map", "polygons.gpkg", crs="EPSG:32632", legend=LEGEND, shown=True)
    write_project(path / "map.qgz", title="Map", tree=Group("", [layer]), view=grid)
    with zipfile.ZipFile(path / "map.qgz") as archive:
        root = ET.fromstring(archive.read("map.qgs"))
    tags = {"ellipsoid": "properties/Measure/Ellipsoid", "units": "mapcanvas/units"}
    return {name: root.findtext(tag) for name, tag in tags.items()}


@pytest.mark.parametrize(
    ("crs", "ellipsoid", "units"),
    [
        ("EPSG:32632", "EPSG:7030", "meters"),
        ("EPSG:4326", "EPSG:7030", "degrees"),
        ("EPSG:2263", "EPSG:7019", "feet"),
        (
            "+proj=laea +lat_0=50 +a=6370000 +b=6350000 +units=km",
            "PARAMETER:6370000.0:6350000.0",
            "unknown",
        ),
    ],
)
def test_areas_are_measured_on_the_ellipsoid_of_the_map(
    tmp_path: Path, crs: str, ellipsoid: str, units: str
) -> None:
    grid = Grid((10, 10), Affine(0.5, 0, 8, 0, -0.5, 50), crs)
    assert properties_of(grid, tmp_path) == {"ellipsoid": ellipsoid, "units": units}


def test_polygons_have_the_crs_they_are_given_and_are_named_by_their_class() -> None:
    layer = polygons_layer(
        "All scenes", "maps/polygons.gpkg", crs="EPSG:3857", legend=LEGEND, shown=True
    )
    assert layer.text("datasource") == "./maps/polygons.gpkg|layername=polygons"
    assert layer.element.findtext("srs/spatialrefsys/authid") == "EPSG:3857"
    assert layer.text("previewExpression") == '"class"'
    assert layer.shown
    categories = layer.element.findall("renderer-v2/categories/category")
    assert [(each.get("value"), each.get("label")) for each in categories] == [
        ("1", "field"),
        ("4", "wood"),
    ]


@pytest.mark.parametrize(
    ("make", "ends"),
    [(confidence_layer, ["0 %", "100 %"]), (doubt_layer, ["0 (sure)", "1 (unsure)"])],
)
def test_bars_of_colours_are_marked_in_the_words_of_their_ends(
    make: Callable[..., MapLayer], ends: list[str]
) -> None:
    settings = make("Layer", "a.tif", GRID).element.find(
        "pipe/rasterrenderer/rastershader//rampLegendSettings"
    )
    assert settings is not None
    assert [settings.get("minimumLabel"), settings.get("maximumLabel")] == ends


def test_labelled_places_of_one_picture_are_chosen_by_its_name() -> None:
    layer = agreement_layer("places", "agreement.gpkg", crs=None, scene="b'c")
    source = layer.element.findtext("datasource")
    assert source == "./agreement.gpkg|layername=agreement|subset=\"scene\" = 'b''c'"
