from __future__ import annotations

import numpy as np
import shapely

from rs_seg.ground.objects import as_shapes, learnt_from, wanted_boxes
from rs_seg.io.object_windows import SceneObjects
from rs_seg.io.outlines import Outlines
from rs_seg.values import ClassName, ClassNames, Window

NAMES = ClassNames((ClassName(code=9, name="roof"), ClassName(code=3, name="car")))
OUTLINES = Outlines(
    np.array(
        [
            shapely.box(0, 0, 4, 4),
            shapely.box(8, 8, 20, 12),
            shapely.box(30, 0, 33, 6),
            shapely.box(40, 0, 43, 6),
            shapely.LineString([(0, 0), (0, 5)]),
            shapely.box(50, 0, 51, 1),
        ]
    ),
    np.array([3, 9, 3, 3, 3, 7]),
    np.array(["", "", "group", "small", "", ""]),
)


def test_objects_have_indices_of_their_classes_and_say_why_they_are_ignored():
    objects = as_shapes(OUTLINES, NAMES)
    assert objects.classes.tolist() == [1, 0, 1, 1]
    assert objects.ignored.tolist() == [False, False, True, True]
    assert objects.groups.tolist() == [False, False, True, False]


def test_only_objects_of_the_training_areas_are_learnt_from_and_none_becomes_background():
    scene = SceneObjects(as_shapes(OUTLINES, NAMES))
    (learnt,) = learnt_from([scene], [[Window(0, 0, 6, 6)]])
    assert len(learnt.objects) == len(scene.objects)
    assert learnt.objects.ignored.tolist() == [False, True, True, True]
    boxes, classes = wanted_boxes([learnt, scene])
    assert classes.tolist() == [1, 1, 0]
    assert boxes[-1].tolist() == [8, 8, 20, 12]
    assert wanted_boxes([])[0].shape == (0, 4)
