"""The objects of scenes as detectors learn from them and are judged by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rs_seg.io.object_windows import SceneObjects, centroids_inside
from rs_seg.io.outlines import Outlines, read_outlines
from rs_seg.io.raster import RasterReader
from rs_seg.values import ClassNames, Window
from rs_seg.values.candidates import Boxes
from rs_seg.values.window_shapes import WindowShapes

GROUP = "group"
"""Why an object of outline is ignored that stands for several."""


def read_objects(
    outlines: Sequence[Path], images: Sequence[Path], object_names: ClassNames
) -> list[SceneObjects]:
    """The objects of each scene, on the grid of its image.

    Raises:
        UserError: a file is not one of outline.
    """
    scenes = []
    for path, image in zip(outlines, images, strict=True):
        with RasterReader(image) as reader:
            grid = reader.grid
        scenes.append(SceneObjects(as_shapes(read_outlines(path, grid), object_names)))
    return scenes


def as_shapes(outlines: Outlines, object_names: ClassNames) -> WindowShapes:
    """The objects of a scene by class index; those without width or height are left out."""
    order = np.argsort(object_names.codes, kind="stable")
    codes = np.array(object_names.codes)[order]
    classes = order[np.searchsorted(codes, outlines.codes).clip(max=len(codes) - 1)]
    known = np.array(object_names.codes)[classes] == outlines.codes
    objects = WindowShapes(
        outlines.shapes,
        classes.astype(np.int64),
        outlines.is_ignored,
        np.equal(outlines.ignored, GROUP),
    )
    left, top, right, bottom = objects.boxes.T
    return objects.take(known & (right > left) & (bottom > top))


def learnt_from(
    scenes: Sequence[SceneObjects], areas: Sequence[Sequence[Window]]
) -> list[SceneObjects]:
    """The same objects; those whose centroid lies outside of the areas of a scene are ignored."""
    return [
        SceneObjects(
            replace(
                scene.objects,
                ignored=scene.objects.ignored | ~centroids_inside(scene.objects.shapes, rectangles),
            )
        )
        for scene, rectangles in zip(scenes, areas, strict=True)
    ]


def wanted_boxes(scenes: Sequence[SceneObjects]) -> tuple[Boxes, NDArray[np.int64]]:
    """Boxes (N, 4) and classes (N,) of the objects that are not ignored, of all scenes."""
    wanted = [scene.objects.take(~scene.objects.ignored) for scene in scenes]
    boxes = np.concatenate([np.empty((0, 4)), *(objects.boxes for objects in wanted)])
    classes = np.concatenate([np.empty(0, np.int64), *(objects.classes for objects in wanted)])
    return boxes, classes
