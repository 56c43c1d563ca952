from __future__ import annotations

import numpy as np
import pytest
import shapely
from affine import Affine

from rs_seg.io.object_windows import ObjectSamples, SceneObjects, centroids_inside
from rs_seg.io.raster import create_raster
from rs_seg.io.windows import Place, SceneReaders
from rs_seg.values import ClassName, ClassNames, Window
from rs_seg.values.grid import Grid
from rs_seg.values.window_shapes import WindowShapes

BOXES = [(1, 1, 5, 5), (8, 2, 12, 6), (14.5, 10.5, 19.5, 13.5), (30, 30, 36, 34)]
NAMES = ClassNames((ClassName(code=3, name="car"), ClassName(code=9, name="roof")))


@pytest.fixture
def scene() -> SceneObjects:
    shapes = np.array([shapely.box(*box) for box in BOXES])
    none = np.zeros(len(BOXES), dtype=bool)
    return SceneObjects(WindowShapes(shapes, np.array([0, 1, 0, 1]), none, none))


def test_the_objects_of_a_window_come_in_its_pixels_and_in_order(scene):
    near = scene.near(Place(0, Window(4, 10, 12, 12)))
    assert near.classes.tolist() == [1, 0]
    np.testing.assert_allclose(near.boxes, [[-2, -2, 2, 2], [4.5, 6.5, 9.5, 9.5]])
    assert len(scene.near(Place(0, Window(50, 50, 8, 8)))) == 0


def test_objects_whose_centroid_does_not_count_are_ignored(scene):
    place = Place(0, Window(0, 0, 20, 20), Window(0, 0, 10, 10))
    assert scene.near(place).ignored.tolist() == [False, True, True]
    halves = [Window(0, 0, 40, 10), Window(0, 10, 40, 30)]
    counted = [~scene.near(Place(0, Window(0, 0, 40, 40), half)).ignored for half in halves]
    assert (counted[0] ^ counted[1]).all()  # each object once


def test_a_centroid_on_the_border_belongs_to_one_side_only():
    shapes = np.array([shapely.box(8, 0, 12, 4), shapely.box(6, 0, 12, 4)])
    left, right = Window(0, 0, 10, 10), Window(0, 10, 10, 10)
    assert centroids_inside(shapes, [left]).tolist() == [False, True]
    assert centroids_inside(shapes, [right]).tolist() == [True, False]
    assert centroids_inside(shapes, [left, right]).all()
    assert not centroids_inside(shapes, []).any()
    assert centroids_inside(shapes[:0], [left]).shape == (0,)


def test_centroids_are_pixels_of_their_class(scene):
    indices = scene.read_centroids(Window(0, 0, 14, 20))
    assert {tuple(place) for place in np.argwhere(indices >= 0)} == {(3, 3), (4, 10), (12, 17)}
    assert indices[4, 10] == 1
    ignored = np.array([True, False, False, False])
    objects = scene.objects
    hidden = SceneObjects(WindowShapes(objects.shapes, objects.classes, ignored, ignored))
    assert hidden.read_centroids(Window(0, 0, 14, 20))[3, 3] == -1


def test_samples_hold_pixels_what_counts_and_the_objects(scene, tmp_path):
    grid = Grid((40, 40), Affine(0.5, 0, 500_000, 0, -0.5, 5_300_000), "EPSG:32632")
    with create_raster(tmp_path / "i.tif", grid, dtype="uint8", bands=["a"], nodata=0) as dataset:
        dataset.write(np.full((40, 40), 7, np.uint8), 1)
    readers = SceneReaders([tmp_path / "i.tif"], [], NAMES)
    places = [Place(0, Window(-4, 0, 16, 16), Window(0, 0, 8, 8)), Place(0, Window(8, 8, 16, 16))]
    samples = ObjectSamples(readers, [scene], places)
    assert len(samples) == 2
    pixels, valid, counted, objects = samples[0]
    assert pixels.shape == (1, 16, 16)
    assert pixels.dtype == np.float32
    assert (valid.sum(), counted.sum()) == (12 * 16, 8 * 8)
    assert objects.ignored.tolist() == [False, True, True]
    _, valid, counted, _ = samples[1]
    assert (valid == counted).all()
