"""Label polygons in the CRS of a scene: exact near it, and never in the way of it elsewhere."""

from __future__ import annotations

import logging

import geopandas
import numpy as np
import pytest
import shapely

from rs_seg.errors import UserError
from rs_seg.io.raw.reprojecting import reproject_polygons
from rs_seg.io.raw.vector import LabelReading, read_polygons
from rs_seg.testing import grid_at, square, write_polygons

GRID = grid_at(100, 100)


def reproject(tmp_path, shapes, *, crs, grid=GRID):
    path = write_polygons(
        tmp_path / "labels.gpkg", shapes, crs=crs, columns={"class": ["field"] * len(shapes)}
    )
    return reproject_polygons(read_polygons(path, LabelReading(column="class")), grid)


def test_polygons_in_the_crs_of_the_grid_stay_as_they_are(tmp_path):
    shape = square(500_010, 5_399_900, 50)
    moved = reproject(tmp_path, [shape], crs="EPSG:32632")
    assert not moved.changed
    assert moved.geometries[0].equals_exact(shape, 0)


def test_the_operation_and_its_accuracy_stand_in_the_log(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        moved = reproject(tmp_path, [square(9.0, 48.7, 0.05)], crs="EPSG:4326")
    assert "reprojected from WGS 84 to WGS 84 / UTM zone 32N by" in caplog.text
    assert "(accuracy 0 m)" in caplog.text
    assert moved.warnings == ()


def test_a_datum_that_proj_takes_for_another_is_a_warning(tmp_path):
    mexican = grid_at(100, 100, crs="EPSG:32615", left=500_000, top=1_900_000)
    moved = reproject(tmp_path, [square(-93.0, 17.1, 0.2)], crs="EPSG:4269", grid=mexican)
    assert "from NAD83 to WGS 84 / UTM zone 15N" in moved.warnings[0]
    assert "takes one datum for the other" in moved.warnings[0]


def test_polygons_far_away_without_a_place_are_empty_and_stop_nothing(tmp_path):
    near = square(8.99, 48.72, 0.06)
    pole = square(-175.0, 89.999, 0.0005)
    moved = reproject(tmp_path, [shapely.box(-120, -80, -100, 80), near, pole], crs="EPSG:4326")
    assert moved.geometries[1].intersects(GRID.extent.geom)
    assert not moved.geometries[0].intersects(GRID.extent.geom)


def test_a_polygon_around_the_world_is_cut_to_the_surroundings_of_the_scene(tmp_path):
    moved = reproject(tmp_path, [shapely.box(-180, -90, 180, 90)], crs="EPSG:4326")
    assert moved.geometries[0].is_valid
    assert moved.geometries[0].contains(GRID.extent.geom)


def test_a_scene_in_degrees_takes_labels_across_the_antimeridian(tmp_path):
    from affine import Affine

    from rs_seg.values.grid import Grid

    fiji = Grid((100, 100), Affine(0.01, 0, 178.9, 0, -0.01, -17.0), "EPSG:4326")
    across = shapely.box(700_000, 8_050_000, 900_000, 8_100_000)
    moved = reproject(tmp_path, [across], crs="EPSG:32760", grid=fiji)
    assert moved.geometries[0].bounds[2] - moved.geometries[0].bounds[0] < 5
    assert np.isfinite(moved.geometries[0].area)


def test_a_polygon_near_the_scene_without_a_place_is_named(tmp_path):
    path = write_polygons(
        tmp_path / "labels.gpkg", [square(0, 0, 5)], crs=None, columns={"class": ["x"]}
    )
    mars = (
        'GEOGCS["Mars",DATUM["Mars",SPHEROID["Mars",3396190,169.9]],PRIMEM["Zero",0],'
        'UNIT["degree",0.0174532925]]'
    )
    table = read_polygons(path, LabelReading(column="class", override_crs=mars))
    with pytest.raises(
        UserError, match=r"labels.gpkg, features 0: polygons cannot be brought .*label.override_crs"
    ):
        reproject_polygons(table, GRID)


def test_a_stated_crs_of_the_same_places_is_taken(tmp_path):
    path = tmp_path / "labels.gpkg"
    geopandas.GeoDataFrame(
        {"class": ["x"]}, geometry=[square(500_010, 5_399_900, 50)], crs="EPSG:25832"
    ).to_file(path)
    table = read_polygons(path, LabelReading(column="class", crs="EPSG:32632"))
    assert table.crs.to_epsg() == 25832, (
        "what the file declares counts where both mean the same places"
    )
