"""Polygons of a map as scripts, cell by cell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely

import rs_seg.io.ogr  # noqa: F401  # paths are taken as they are
from rs_seg.io import polygon_cells
from rs_seg.maps.web_map import outlines
from rs_seg.maps.web_map.plane import plan_plane
from rs_seg.testing import TOY_CLASSES, grid_at

GRID = grid_at(900, 700)
CODES = TOY_CLASSES.codes


def write_squares(path: Path, crs: str | None = None) -> geopandas.GeoDataFrame:
    """Squares of 100 m that tile the scene, and areas and probabilities that tell them apart."""
    box = GRID.extent.boundingbox
    lefts, tops = np.arange(box.left, box.right, 100), np.arange(box.top, box.bottom, -100)
    shapes = [shapely.box(x, y - 100, x + 100, y) for y in tops for x in lefts]
    count = len(shapes)
    table = geopandas.GeoDataFrame(
        {
            "code": [CODES[number % 3] for number in range(count)],
            "area_m2": 10_000.0 + np.arange(count),
            "prob_mean": np.linspace(0, 1, count),
        },
        geometry=shapes,
        crs="EPSG:32632",
    )
    table.loc[4, "prob_mean"] = np.nan
    (table if crs is None else table.to_crs(crs)).to_file(path, layer="polygons")
    return table


def write(path: Path, folder: Path) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """What the page is told, and the pieces of each cell as it reads them."""
    plane, places = plan_plane({"a": GRID})
    told = outlines.write_cells(
        path,
        folder,
        "7/0",
        plane=plane,
        place=places["a"],
        names=TOY_CLASSES,
        probability="prob_mean",
    )
    cells = {}
    for name in told["cells"]:
        text = (folder / "7/0" / f"{name}.js").read_text(encoding="utf-8")
        assert text.startswith(f'webMapCell("7/0/{name}",[\n')
        assert text.endswith(",\n]);\n")
        cells[name] = json.loads(text[text.index(",") + 1 : -6] + "]")
    return told, cells


def area_of(rings: list[list[int]]) -> float:
    """Square pixels, of which each polygon here has one ring."""
    (ring,) = rings
    return float(shapely.Polygon(np.cumsum(np.reshape(ring, (-1, 2)), axis=0)).area / 64)


def test_a_scene_of_few_polygons_is_one_cell(tmp_path: Path) -> None:
    table = write_squares(tmp_path / "polygons.gpkg")
    told, cells = write(tmp_path / "polygons.gpkg", tmp_path / "cells")
    assert told["cells"] == ["0_0"]
    assert (told["side"], told["window"]) == (901, [0, 0, 900, 700])
    for piece, row in zip(cells["0_0"], table.itertuples(), strict=True):
        number, kind, area, share, rings = piece
        assert (number, CODES[kind], area) == (row.Index, row.code, row.area_m2)
        assert share is None if number == 4 else share == round(row.prob_mean, 3)
        assert area_of(rings) == 2500


def test_polygons_of_many_cells_are_in_each_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlines, "PER_CELL", 100)
    table = write_squares(tmp_path / "polygons.gpkg")
    told, cells = write(tmp_path / "polygons.gpkg", tmp_path / "cells")
    assert (told["side"], len(cells)) == (450.5, 4)
    areas = np.zeros(len(table))
    for name, pieces in cells.items():
        for number, *_, rings in pieces:
            areas[number] += area_of(rings)
            points = np.cumsum(np.reshape(rings[0], (-1, 2)), axis=0)
            assert points.min() >= 0, name
            assert points.max() <= 450.5 * 8, name
    np.testing.assert_allclose(areas, 2500)


def test_files_do_not_depend_on_how_often_they_are_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_squares(tmp_path / "polygons.gpkg")
    monkeypatch.setattr(outlines, "PER_CELL", 100)
    _, at_once = write(tmp_path / "polygons.gpkg", tmp_path / "once")
    monkeypatch.setattr(polygon_cells, "HELD_BYTES", 100)
    _, often = write(tmp_path / "polygons.gpkg", tmp_path / "often")
    assert often == at_once


def test_polygons_in_another_crs_are_brought_to_the_plane(tmp_path: Path) -> None:
    write_squares(tmp_path / "polygons.gpkg", crs="EPSG:4326")
    _, cells = write(tmp_path / "polygons.gpkg", tmp_path / "cells")
    pieces = [piece for own in cells.values() for piece in own]
    assert sum(area_of(rings) for *_, rings in pieces) == pytest.approx(900 * 700, rel=1e-3)
