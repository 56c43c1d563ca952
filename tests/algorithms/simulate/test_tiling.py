import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import affine_transform

from rs_seg.algorithms.simulate.features import Feature, oriented_rectangle
from rs_seg.algorithms.simulate.tiling import tile_plane

AREA = shapely.box(0, 0, 100, 80)
BASE = Feature(shapely.box(-10, -10, 110, 90), "low vegetation", "lawn")

rectangles = st.builds(
    oriented_rectangle,
    st.floats(-10, 110),
    st.floats(-10, 90),
    st.floats(0, 3.2),
    st.floats(1, 60),
    st.floats(1, 40),
)
covers = st.sampled_from(["impervious", "building", "tree", "car", "water"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(rectangles, covers), max_size=12))
def test_tiles_cover_the_area_once_even_after_a_shear(things):
    features = [BASE, *(Feature(outline, cover, "asphalt") for outline, cover in things)]
    polygons, _ = tile_plane(features, AREA)
    sheared = np.array(
        [affine_transform(polygon, [1.3, 0.4, 0.2, 0.7, 3e5, 4e6]) for polygon in polygons]
    )
    for tiles in (polygons, sheared):
        assert shapely.is_valid(tiles).all()
        union = shapely.union_all(tiles).area
        assert shapely.area(tiles).sum() == pytest.approx(union, rel=1e-6)
    assert shapely.area(polygons).sum() == pytest.approx(AREA.area, rel=1e-9)


def test_the_uppermost_feature_gives_the_class():
    lower = Feature(shapely.box(10, 10, 50, 50), "impervious", "asphalt")
    upper = Feature(shapely.box(20, 20, 30, 40), "car", "white paint")
    polygons, names = tile_plane([BASE, lower, upper], AREA)
    area = {
        name: sum(p.area for p, n in zip(polygons, names, strict=True) if n == name)
        for name in set(names)
    }
    assert area == pytest.approx(
        {"impervious": 1600 - 200, "car": 200, "low vegetation": 8000 - 1600}
    )


def test_details_are_not_mapped():
    detail = Feature(shapely.box(10, 10, 12, 12), "impervious", "marking", detail=True)
    polygons, names = tile_plane([BASE, detail], AREA)
    assert names == ["low vegetation"]
    assert polygons[0].equals(AREA)
