"""Label polygons: read whole, mended where safe, refused with names where not."""

from __future__ import annotations

import json

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from rs_seg.errors import UserError
from rs_seg.io.raw.vector import LabelReading, holds_polygons, read_polygons, vector_layers
from rs_seg.testing import (
    bow_tie,
    grid_at,
    square,
    toy_codes,
    with_hole,
    write_polygons,
    write_reference,
)


def read(path, **options):
    return read_polygons(path, LabelReading(**{"column": "class", **options}))


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp", "fgb"])
def test_polygons_of_any_format_keep_their_order(tmp_path, suffix):
    path = tmp_path / f"ground truth, Zürich.{suffix}"
    write_polygons(
        path,
        [square(0, 0, 2), with_hole(5, 5, 3)],
        crs="EPSG:4326",
        columns={"class": ["field", "wood"]},
    )
    table = read(path)
    assert sorted(table.attribute) == ["field", "wood"]
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
    path = write_polygons(
        tmp_path / "a.gpkg", [square(0, 0, 2)], columns={"klass": ["x"], "id": [1]}
    )
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
    geopandas.GeoDataFrame({"class": ["x"]}, geometry=[square(0, 0, 2)], crs="EPSG:32632").to_file(
        path, layer="more"
    )
    with pytest.raises(UserError, match="several layers"):
        read(path)
    with pytest.raises(UserError, match=r"no such layer.*label.layer to more"):
        read(path, layer="mor")
    assert len(read(path, layer="a")) == 1


def test_an_invalid_polygon_is_refused_with_its_place(tmp_path):
    path = write_polygons(
        tmp_path / "a.gpkg", [square(0, 0, 2), bow_tie(10, 20, 4)], columns={"class": ["x", "y"]}
    )
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
    with pytest.raises(
        UserError, match=r"features 2: labels hold other geometries.*Point.*near x 3, y 4"
    ):
        read(path)
    path = write_polygons(tmp_path / "b.gpkg", shapes[:2], columns={"class": ["x", "y"]})
    table = read(path)
    assert (table.attribute, table.features.tolist()) == (["x"], [0])
    assert "1 features without geometry are left out: 1" in table.warnings[0]


def test_coordinates_that_are_no_numbers_are_named(tmp_path):
    for name, bad in (("a.gpkg", np.nan), ("b.gpkg", np.inf), ("c.gpkg", 1e300)):
        shapes = [square(0, 0, 2), shapely.Polygon([(5, 5), (7, 5), (7, bad), (5, 7)])]
        path = write_polygons(tmp_path / name, shapes, columns={"class": ["x", "y"]})
        with pytest.raises(
            UserError,
            match=r"features \d: coordinates of labels are no places.*x 7, y (nan|inf|1e\+300)",
        ):
            read(path)


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "1e999"])
def test_a_ring_that_begins_with_no_number_is_a_user_error(tmp_path, bad):
    path = tmp_path / "a.geojson"
    polygon = '{"type": "Polygon", "coordinates": [[[BAD, 0], [2, 0], [2, 2], [BAD, 0]]]}'.replace(
        "BAD", bad
    )
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"class": '
        '"x"}, "geometry": ' + polygon + "}]}"
    )
    with pytest.raises(UserError, match=r"a\.geojson"):
        read(path)


def test_polygons_of_no_area_are_left_out_and_counted(tmp_path):
    flat = [shapely.Polygon([(0, 0), (5, 5), (9, 9)]), shapely.Polygon([(3, 3)] * 4)]
    path = write_polygons(
        tmp_path / "a.gpkg", [*flat, square(0, 0, 2)], columns={"class": ["x", "y", "z"]}
    )
    table = read(path)
    assert (table.attribute, table.features.tolist()) == (["z"], [2])
    assert table.warnings == (f"{path}: 2 features of zero area are left out: 0, 1",)
    path = write_polygons(tmp_path / "b.gpkg", flat, columns={"class": ["x", "y"]})
    with pytest.raises(UserError, match=r"labels have no polygons. Found: 2 of zero area"):
        read(path)


def test_rings_that_are_not_closed_are_closed_and_said(tmp_path):
    path = tmp_path / "a.geojson"
    rings = [[[0, 0], [2, 0], [2, 2], [0, 2]], [[5, 5], [7, 5], [7, 7], [5, 5]]]
    features = [
        {
            "type": "Feature",
            "properties": {"class": "x"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for ring in rings
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    table = read(path)
    assert table.geometries[0].area == 4
    assert table.warnings == (f"{path}: rings that were not closed were closed: features 0",)


def test_a_missing_part_of_a_shapefile_is_named(tmp_path):
    path = write_polygons(tmp_path / "a.shp", [square(0, 0, 2)], columns={"class": ["x"]})
    (tmp_path / "a.dbf").unlink()
    with pytest.raises(UserError, match=r"no columns; a\.dbf is missing"):
        read(path)
    (tmp_path / "a.shx").unlink()
    with pytest.raises(UserError, match=r"Shapefile is not complete.*a\.shx, a\.dbf are missing"):
        holds_polygons(path, None)


def test_a_missing_projection_file_is_named(tmp_path):
    path = write_polygons(tmp_path / "a.shp", [square(0, 0, 2)], columns={"class": ["x"]})
    (tmp_path / "a.prj").unlink()
    with pytest.raises(UserError, match=r"labels have no CRS.*a\.prj is missing"):
        read(path)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_text_of_a_shapefile_that_does_not_say_its_encoding_is_read(tmp_path, encoding):
    path = tmp_path / "a.shp"
    frame = geopandas.GeoDataFrame(
        {"class": ["Gehölz – naß"]}, geometry=[square(0, 0, 2)], crs="EPSG:32632"
    )
    frame.to_file(path, encoding=encoding)
    (tmp_path / "a.cpg").unlink()
    assert read(path).attribute == ["Gehölz – naß"]


def test_text_in_another_encoding_than_the_file_says_asks_for_the_right_one(tmp_path):
    path = tmp_path / "a.shp"
    frame = geopandas.GeoDataFrame(
        {"class": ["Gehölz"]}, geometry=[square(0, 0, 2)], crs="EPSG:32632"
    )
    frame.to_file(path, encoding="cp1252")
    (tmp_path / "a.cpg").write_text("UTF-8")
    with pytest.raises(
        UserError, match=r"text of the labels cannot be decoded.*Geh\\xf6lz.*label.encoding: cp1252"
    ):
        read(path)
    assert read(path, encoding="cp1252").attribute == ["Gehölz"]


def test_layers_without_geometry_do_not_count(tmp_path):
    path = write_polygons(tmp_path / "a.gpkg", [square(0, 0, 2)], columns={"class": ["x"]})
    pyogrio.write_dataframe(pd.DataFrame({"note": ["by hand"]}), path, layer="notes")
    assert vector_layers(path) == ("a",)
    assert len(read(path)) == 1


def test_metres_taken_for_degrees_are_told(tmp_path):
    path = tmp_path / "a.geojson"
    coordinates = shapely.get_coordinates(square(500_000, 5_400_000, 50)).tolist()
    feature = {"type": "Feature", "properties": {"class": "x"}}
    feature["geometry"] = {"type": "Polygon", "coordinates": [coordinates]}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(
        UserError, match=r"coordinates of labels are no degrees.*y 5400000.00.*label.override_crs"
    ):
        read(path)
    with pytest.raises(
        UserError, match=r"EPSG:4326 .*label.crs: EPSG:32632.*override_crs: EPSG:32632"
    ):
        read(path, crs="EPSG:32632")
    assert read(path, override_crs="EPSG:32632").crs.to_epsg() == 32632


def test_an_unknown_crs_is_told(tmp_path):
    path = write_polygons(tmp_path / "a.shp", [square(0, 0, 2)], crs=None, columns={"class": ["x"]})
    for setting in ("crs", "override_crs"):
        with pytest.raises(UserError, match="unknown CRS"):
            read(path, **{setting: "ESPG:32632"})


def test_places_are_told_to_a_centimetre(tmp_path):
    for crs, point, told in (
        ("EPSG:32632", (500_123.456, 5_400_765.4321), r"near x 500123\.46, y 5400765\.43\."),
        ("EPSG:4326", (9.12345678, 48.7), r"near x 9\.1234568, y 48\.7\."),
    ):
        path = write_polygons(
            tmp_path / f"{crs[5:]}.gpkg", [shapely.Point(*point)], crs=crs, columns={"class": ["x"]}
        )
        with pytest.raises(UserError, match=told):
            read(path)


def test_heights_of_points_do_not_matter(tmp_path):
    raised = shapely.Polygon([(0, 0, np.nan), (2, 0, 5), (2, 2, np.inf), (0, 0, np.nan)])
    path = write_polygons(tmp_path / "a.gpkg", [raised], columns={"class": ["x"]})
    (geometry,) = read(path).geometries
    assert (geometry.has_z, geometry.area) == (False, 2)


def test_lists_and_times_among_the_attributes_do_no_harm(tmp_path):
    path = tmp_path / "a.geojson"
    coordinates = shapely.get_coordinates(square(5, 5, 1)).tolist()
    properties = {
        "class": "x",
        "tags": ["a", "b"],
        "when": "2020-01-01T00:00:00Z",
        "more": {"a": 1},
    }
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [coordinates]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    table = read(path)
    assert table.attribute == ["x"]
    assert {"tags", "when", "more"} <= set(table.others.columns)


@pytest.mark.parametrize("suffix", ["shp", "fgb", "gpkg", "geojson"])
def test_a_file_that_ends_too_early_is_never_read_in_part(tmp_path, suffix):
    shapes = [square(number, 0, 1) for number in range(60)]
    path = write_polygons(tmp_path / f"a.{suffix}", shapes, columns={"class": ["x"] * 60})
    assert len(read(path)) == 60
    data = path.read_bytes()
    for share in (0.5, 0.9, 0.99, 0.999):
        path.write_bytes(data[: int(share * len(data))])
        with pytest.raises(UserError, match=f"a.{suffix}"):
            read(path)
