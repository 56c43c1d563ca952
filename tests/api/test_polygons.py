"""Polygons of an array share every border, and carry what the settings ask for."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

import rs_seg
from rs_seg.errors import UserError

PLACE = ((2, 0, 500_000, 0, -2, 5_400_000), "EPSG:32632")


def draw_classes(seed: int = 3):
    return np.random.default_rng(seed).integers(1, 4, (24, 30)).astype(np.uint8)


def test_polygons_have_no_gap_and_no_overlap():
    classes = draw_classes()
    classes[:4, :5] = 0
    polygons = rs_seg.polygonize(classes, *PLACE, nodata=0)
    assert shapely.coverage_is_valid(polygons.geometry.to_numpy())
    assert polygons.geometry.area.sum() == pytest.approx(4 * (classes > 0).sum())
    assert polygons["code"].isin([1, 2, 3]).all()
    assert "prob_mean" not in polygons


def test_without_simplification_areas_by_class_are_those_of_the_pixels():
    classes = draw_classes()
    polygons = rs_seg.polygonize(
        classes, *PLACE, names={1: "<a>", 2: "b", 3: "c"}, simplify={"tolerance": 0}
    )
    areas = polygons.dissolve("class").geometry.area
    assert areas["<a>"] == pytest.approx(4 * (classes == 1).sum())
    assert polygons.crs.to_epsg() == 32632


def test_small_polygons_become_part_of_a_neighbour():
    classes, pixels = draw_classes(), {"tolerance": 0}
    all_, few = (
        rs_seg.polygonize(classes, *PLACE, minimum_area=area, simplify=pixels) for area in (0, 40)
    )
    assert len(few) < len(all_)
    assert few["area_m2"].min() >= 40


def test_confidence_becomes_the_mean_and_the_minimum_of_a_polygon():
    classes = np.ones((2, 4), dtype=np.int64)
    confidence = np.array([[1, 1, 0.5, 0.5], [1, 1, 0.5, np.nan]])
    (row,) = rs_seg.polygonize(classes, *PLACE, confidence=confidence).itertuples()
    assert row.prob_mean == pytest.approx(5.5 / 7, abs=1e-3)
    assert row.prob_min == pytest.approx(0.5, abs=1e-3)


def test_a_map_without_data_has_no_polygon():
    polygons = rs_seg.polygonize(np.zeros((3, 3), dtype=np.uint8), *PLACE, names={1: "a"}, nodata=0)
    assert len(polygons) == 0
    assert polygons.crs.to_epsg() == 32632


@pytest.mark.parametrize(
    ("classes", "given", "told"),
    [
        (np.zeros((2, 3, 3), dtype=int), {}, "no map of classes"),
        (np.zeros((3, 3)), {}, "type float64"),
        (np.array([[1, 9]]), {"names": {1: "a"}}, "codes without a name"),
        (np.array([[-1, 9]]), {}, "-1 to 9"),
        (np.array([[1, 2]]), {"minimum_aera": 3}, "did you mean 'minimum_area'"),
        (np.array([[1, 2]]), {"confidence": np.ones((2, 2))}, "does not fit"),
        (np.array([[1, 2]]), {"confidence": np.full((1, 2), 3.0)}, "no probability"),
    ],
)
def test_what_does_not_fit_is_told(classes, given, told):
    with pytest.raises(UserError, match=told):
        rs_seg.polygonize(classes, *PLACE, **given)


def test_an_unknown_coordinate_system_is_told():
    with pytest.raises(UserError, match="coordinate system is not known"):
        rs_seg.polygonize(np.array([[1]]), PLACE[0], "EPSG:banana")
