"""Label polygons: read whole, mended where safe, refused with names where not."""

from __future__ import annotations

import geopandas
import pytest
import shapely

from rs_seg.errors import UserError
from rs_seg.io.raw.vector import LabelReading, holds_polygons, read_polygons, vector_layers
from rs_seg.testing import bow_tie, grid_at, square, toy_codes, with_hole, write_polygons, write_reference


def read(path, **options):
    return read_polygons(path, LabelReading(**{"column": "class", **options}))


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp", "fgb"])
def test_polygons_of_any_format_keep_their_order(tmp_path, suffix):
    path = tmp_path / f"ground truth, Zürich.{suffix}"
    write_polygons(path, [square(0, 0, 2), with_hole(5, 5, 3)], crs="EPSG:4326", columns={"class": ["field", "wood"]})
    table = read(path)
    assert sorted(table.values) == ["field", "wood"]
    assert table.crs.to_epsg() == 4326
    assert holds_polygons(path, None)


def test_a_raster_is_not_taken_for_polygons(tmp_path):
    path = tmp_path / "labels.gpkg.tif"
    grid = grid_at(20, 20)
    write_reference(path, grid, toy_codes(grid))
    assert vector_layers(path) is None
    assert not holds_polygons(path, None)


def test_neither_vector_nor_raster_is_a_user_error(tmp_path):
    path = tmp_path / "labels.gpkg"
    path.write_text("nothing of the kind")
    with pytest.raises(UserError, match="neither a vector nor a raster"):
        holds_polygons(path, None)


def test_a_missing_column_names_the_nearest(tmp_path):
    path = write_polygons(tmp_path / "a.gpkg", [square(0, 0, 2)], columns={"klass": ["x"], "id": [1]})
    with pytest.raises(UserError, match=r"Found: klass, id.*set label.column to klass"):
        read(path)


def test_a_missing_crs_and_a_missing_column_are_told_together(tmp_path):
    path = write_polygons(tmp_path / "a.shp", [square(0, 0, 2)], crs=None, columns={"id": [1]})
    with pytest.raises(UserError) as caught:
        read(path)
    assert "2 faults" in str(caught.value)
    assert read(path, column=None, crs="EPSG:32632").crs.to_epsg() == 32632


def test_an_empty_file_is_a_user_error(tmp_path):
    path = write_polygons(tmp_path / "a.gpkg", [], columns={"class": []})
    with pytest.raises(UserError, match="no features"):
        read(path)


def test_several_layers_need_a_choice(tmp_path):
    path = write_polygons(tmp_path / "a.gpkg", [square(0, 0, 2)], columns={"class": ["x"]})
    geopandas.GeoDataFrame({"class": ["x"]}, geometry=[square(0, 0, 2)], crs="EPSG:32632").to_file(path, layer="more")
    with pytest.raises(UserError, match="several layers"):
        read(path)
    with pytest.raises(UserError, match=r"no such layer.*label.layer to more"):
        read(path, layer="mor")
    assert len(read(path, layer="a")) == 1


def test_an_invalid_polygon_is_refused_with_its_place(tmp_path):
    path = write_polygons(tmp_path / "a.gpkg", [square(0, 0, 2), bow_tie(10, 20, 4)], columns={"class": ["x", "y"]})
    with pytest.raises(UserError, match=r"feature 1: Self-intersection\[12 22\]"):
        read(path)


def test_a_spike_is_mended_and_said(tmp_path):
    spike = shapely.Polygon([(0, 0), (10, 0), (10, 10), (10, 15), (10, 10), (0, 10)])
    assert not spike.is_valid
    path = write_polygons(tmp_path / "a.gpkg", [spike], columns={"class": ["x"]})
    table = read(path)
    assert table.geometries[0].is_valid
    assert table.geometries[0].area == pytest.approx(100)
    assert "feature 0 was mended" in table.warnings[0]


def test_lines_and_points_are_listed_and_missing_geometries_left_out(tmp_path):
    shapes = [square(0, 0, 2), None, shapely.Point(3, 4)]
    path = write_polygons(tmp_path / "a.gpkg", shapes, columns={"class": ["x", "y", "z"]})
    with pytest.raises(UserError, match=r"features 2: labels hold other geometries.*Point.*near x 3, y 4"):
        read(path)
    path = write_polygons(tmp_path / "b.gpkg", shapes[:2], columns={"class": ["x", "y"]})
    table = read(path)
    assert (table.values, table.features.tolist()) == (["x"], [0])
    assert "1 features without geometry are left out: 1" in table.warnings[0]
