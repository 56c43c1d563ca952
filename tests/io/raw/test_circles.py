"""Points with a radius are circles in metres on the ground."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from rs_seg.errors import UserError
from rs_seg.io.raw.circles import circle_points
from rs_seg.io.raw.vector import LabelReading, read_polygons
from rs_seg.testing import square, write_polygons

GEOD = pyproj.Geod(ellps="WGS84")


@pytest.mark.parametrize(
    ("crs", "place"),
    [
        ("EPSG:32632", (500_000, 5_400_000)),
        ("EPSG:3857", (1_000_000, 8_000_000)),
        ("EPSG:4326", (11.5, 48.1)),
        ("EPSG:4326", (179.99999, -17.0)),
    ],
)
def test_the_area_is_that_of_a_circle_on_the_ground_in_every_crs(crs, place, tmp_path):
    crs = pyproj.CRS(crs)
    shapes, _ = circle_points(np.array([shapely.Point(place)]), crs, 10.0, tmp_path)
    (circle,) = shapes
    assert circle.is_valid
    to_degrees = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    corners = shapely.transform(circle, lambda xy: np.column_stack(to_degrees.transform(*xy.T)))
    area, _ = GEOD.geometry_area_perimeter(corners)
    assert area == pytest.approx(100 * np.pi, rel=1e-4), "counterclockwise, of the right area"
    assert circle.contains(shapely.Point(place))


def test_each_point_is_a_circle_and_polygons_stay(tmp_path):
    points = [shapely.MultiPoint([(0, 0), (3, 0)]), square(50, 50, 4), shapely.Point(90, 0), None]
    geometries = np.array(points, dtype=object)
    shapes, places = circle_points(geometries, pyproj.CRS("EPSG:32632"), 2.0, tmp_path)
    assert places.tolist() == [0, 0, 1, 2, 3]
    assert [shape and shape.geom_type for shape in shapes] == ["Polygon"] * 4 + [None]
    assert shapes[2].equals(square(50, 50, 4))
    assert shapely.get_x(shapely.centroid(shapes[[0, 1, 3]])) == pytest.approx([0, 3, 90], abs=0.1)


def test_attributes_follow_the_points(tmp_path):
    points = [shapely.MultiPoint([(400_000, 0), (400_030, 0)]), shapely.Point(400_090, 0)]
    path = write_polygons(tmp_path / "a.gpkg", points, columns={"class": ["oak", "elm"]})
    table = read_polygons(path, LabelReading(column="class", radius=2))
    assert table.attribute == ["oak", "oak", "elm"]
    assert table.features.tolist() == [0, 0, 1]


def test_points_without_a_radius_are_refused_with_the_setting_that_helps(tmp_path):
    path = write_polygons(
        tmp_path / "a.gpkg", [shapely.Point(400_000, 0)], columns={"class": ["x"]}
    )
    with pytest.raises(UserError, match=r"set label\.radius, in metres"):
        read_polygons(path, LabelReading(column="class"))


def test_a_radius_without_points_is_refused(tmp_path):
    path = write_polygons(tmp_path / "a.gpkg", [square(0, 0, 2)], columns={"class": ["x"]})
    with pytest.raises(UserError, match=r"labels are no points.*Polygon"):
        read_polygons(path, LabelReading(column="class", radius=2))


def test_points_that_are_no_places_are_told(tmp_path):
    points = [shapely.Point(np.inf, 0), shapely.Point(400_090, 0)]
    path = write_polygons(tmp_path / "a.gpkg", points, columns={"class": ["x", "x"]})
    with pytest.raises(UserError, match="no places"):
        read_polygons(path, LabelReading(column="class", radius=2))
