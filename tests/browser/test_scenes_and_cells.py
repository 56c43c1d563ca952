"""Scenes that overlap, scenes in two CRS, and polygons in many cells, as a browser shows them."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

import rs_seg.io.ogr  # noqa: F401  # paths are taken as they are
from rs_seg.io.raster import create_raster
from rs_seg.maps.web_map import outlines
from rs_seg.maps.web_map.layers import Layer
from rs_seg.maps.web_map.writing import write_web_map
from rs_seg.testing import grid_at
from rs_seg.values import Legend
from rs_seg.values.grid import Grid
from rs_seg.values.legend import LegendClass
from tests.browser.chromium import Page
from tests.browser.map_page import NEEDS_CHROMIUM, wait_for_color

pytestmark = NEEDS_CHROMIUM
LEGEND = Legend(
    (
        LegendClass(code=1, name="<i>field</i>", color="#e0c040"),
        LegendClass(code=2, name="wood", color="#205020"),
    )
)


def write_page(folder: Path, grids: dict[str, Grid]) -> Path:
    """A page with a map of each scene, of the first class in the first one, the second in others.

    The polygons are a frame around all of a scene, and a square of 40 pixels in its middle.
    """
    classes, polygons = {}, {}
    for number, (scene, grid) in enumerate(grids.items()):
        code = 1 + min(number, 1)
        classes[scene] = folder / f"{number}.tif"
        with create_raster(
            classes[scene], grid, dtype="uint8", bands=["class"], nodata=255
        ) as dataset:
            dataset.write(np.full(grid.shape, code, dtype=np.uint8), 1)
        box = grid.extent.geom
        x, y = grid.affine * (grid.width / 2, grid.height / 2)
        square = shapely.box(x - 40, y - 40, x + 40, y + 40)
        table = geopandas.GeoDataFrame(
            {
                "code": [code, 3 - code],
                "area_m2": [box.area - square.area, square.area],
                "prob_mean": [0.9, 0.6],
            },
            geometry=[box - square, square],
            crs=str(grid.crs),
        )
        polygons[scene] = folder / f"{number}.gpkg"
        table.to_file(polygons[scene], layer="polygons")
    layers = [
        Layer("classes", "Map: m", "Map: m", classes, {}, LEGEND, "m", shown=True),
        Layer("polygons", "Outlines: m", "Outlines: m", polygons, {}, LEGEND, "m"),
    ]
    page = folder / "map.html"
    write_web_map(page, layers, grids, title="Scenes", left_out=0)
    return page


def test_the_scene_that_is_gone_to_lies_above_the_other(tmp_path: Path) -> None:
    grids = {"may": grid_at(200, 200), "june": grid_at(200, 200)}
    with Page(tmp_path / "home", write_page(tmp_path, grids).as_uri()) as page:
        for number, known in ((1, LEGEND.root[1]), (0, LEGEND.root[0]), (1, LEGEND.root[1])):
            page.evaluate(
                f"document.getElementById('scene').value = {number};"
                "document.getElementById('scene').dispatchEvent(new Event('change'))"
            )
            wait_for_color(page, 790, 250, known.rgb)
            page.click(790, 250)
            page.wait("!document.getElementById('place').hidden")
            page.wait(
                "document.querySelector('#place .class').innerText.trim() ==="
                f" '{known.name.replace(chr(39), '')}'"
            )
        assert page.problems == []


def test_scenes_in_two_crs_lie_where_they_belong(tmp_path: Path) -> None:
    """The second scene is a kilometre to the east of the first, in the zone beside it."""
    first = grid_at(200, 200, left=715_000, top=5_300_000)
    x, y = 276_500.0, 5_301_000.0
    second = grid_at(200, 200, left=x, top=y, crs="EPSG:32633")
    with Page(tmp_path / "home", write_page(tmp_path, {"a": first, "b": second}).as_uri()) as page:
        corners = second.extent.to_crs("EPSG:3857").geom.centroid
        page.evaluate(f"webMap.map.setView([{corners.y}, {corners.x}], 4, {{animate: false}}); 0")
        page.evaluate(f"webMap.identify(L.latLng({corners.y}, {corners.x})).then(() => 0)")
        text = page.evaluate("document.getElementById('place').innerText")
        assert "<i>field</i>" in text, "the square in the middle has the other class"
        assert "b" in text
        assert "° N" in text
        metres = page.evaluate(
            "(([a, b]) => webMap.map.distance(a, b))(webMap.content.scenes[1].bounds.reduce("
            "(ends, value, n) => { ends[n >> 1][n % 2 ? 'lat' : 'lng'] = value; return ends; },"
            " [{}, {}]))"
        )
        assert metres == pytest.approx(np.hypot(400, 400), rel=0.06)
        assert page.problems == []


def test_an_outline_runs_through_many_cells_and_is_drawn_when_near(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlines, "PER_CELL", 0)
    page_file = write_page(tmp_path, {"a": grid_at(1400, 1400)})
    cells = list((tmp_path / "map/cells/1/0").iterdir())
    assert len(cells) == 16
    address = f"{page_file.as_uri()}#layers=Outlines%3A%20m:100"
    with Page(tmp_path / "home", address) as page:
        page.evaluate("webMap.map.setZoom(0, {animate: false}); 0")
        page.wait("document.getElementById('hint').textContent === 'Zoom in to see outlines'")
        assert not any("/cells/" in name for name in page.requests)
        page.evaluate("webMap.map.setZoom(webMap.content.plane.finest, {animate: false}); 0")
        page.wait("document.getElementById('hint').textContent === ''")
        page.wait("document.querySelectorAll('.leaflet-tile-loaded').length > 3")
        page.evaluate(
            "webMap.identify(webMap.map.containerPointToLatLng([200, 200])).then(() => 0)"
        )
        box = page.evaluate(
            "(({_southWest: a, _northEast: b}) => [a.lng, a.lat, b.lng, b.lat])("
            "L.featureGroup(webMap.selection.getLayers()).getBounds())"
        )
        assert box == pytest.approx([500_000, 5_397_200, 502_800, 5_400_000], abs=0.5)
        segments = page.evaluate(
            "webMap.selection.getLayers()[0].getLatLngs().reduce((sum, line) =>"
            " sum + line.slice(1).reduce((part, point, n) => part + Math.hypot("
            "point.lng - line[n].lng, point.lat - line[n].lat), 0), 0)"
        )
        assert segments == pytest.approx(4 * 2800 + 4 * 80, rel=0.01), "no border of a cell in it"
        assert page.problems == []
