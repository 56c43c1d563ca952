"""Detections and objects of the reference of a scene, by role and class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.mending import mend
from rs_seg.algorithms.objects.matching import References
from rs_seg.algorithms.objects.tallies import ELSEWHERE, SceneObjects
from rs_seg.ground.object_ground import RoleGround
from rs_seg.io.candidates import read_candidates
from rs_seg.io.outlines import Outlines, read_outlines
from rs_seg.io.vectors.reading import read_scored_polygons
from rs_seg.scenes.manifest import Manifest
from rs_seg.values import ClassNames
from rs_seg.values.candidates import Candidates
from rs_seg.values.grid import Grid
from rs_seg.values.matches import ObjectName


@dataclass(frozen=True)
class Sides:
    """Detections and references of a scene, in columns and rows of its grid."""

    detections: Candidates
    references: Outlines


@dataclass(frozen=True)
class Sorted:
    """The same objects with the blocks of one role; references of other ground are ignored.

    `blocks` (N,) of detections and `reference_blocks` (M,) are ELSEWHERE off the ground. `seen` is
    the number of references that touch ground that a model saw.
    """

    sides: Sides
    blocks: NDArray[np.int64]
    reference_blocks: NDArray[np.int64]
    ignored: NDArray[np.bool_]
    seen: int

    def of_class(self, code: int, *, masks: bool) -> SceneObjects:
        """Both sides of a class, as outlines (`masks`) or as boxes around them."""
        detections, references = self.sides.detections, self.sides.references
        own = (detections.codes == code) & (self.blocks != ELSEWHERE)
        sought = references.codes == code
        shapes, outlines = _shapes_of(detections)[own], references.shapes[sought]
        ignored = self.ignored[sought]
        return SceneObjects(
            shapes=shapes if masks else _boxes_around(shapes),
            scores=detections.scores[own],
            blocks=self.blocks[own],
            references=References(
                outlines if masks else _boxes_around(outlines),
                ignored,
                ignored & (references.ignored[sought] == "group"),
            ),
            reference_blocks=self.reference_blocks[sought],
        )


def read_sides(
    files: Manifest, scene: str, grid: Grid, name: ObjectName, class_names: ClassNames
) -> Sides:
    """The objects of the reference, and the detections or polygons that are compared with them."""
    references = read_references(files, scene, grid)
    survivors = files.find("survivors", scene, *name.method)
    if survivors is not None:
        return Sides(read_candidates(survivors), references)
    polygons = files.find("polygons", scene, *name.method)
    assert polygons is not None, "the name is that of the files"
    mapped = read_scored_polygons(polygons, class_names.codes)
    to_pixels = ~grid.affine
    shapes = shapely.transform(
        mapped.shapes, lambda points: np.column_stack(to_pixels * tuple(points.T))
    )
    boxes = shapely.bounds(shapes).reshape(-1, 4)
    return Sides(Candidates(boxes, mapped.scores, mapped.codes, shapes), references)


def read_references(files: Manifest, scene: str, grid: Grid) -> Outlines:
    """The objects of the reference of a scene, in columns and rows of its grid."""
    outlines = read_outlines(files.scene(scene, "outlines"), grid)
    return Outlines(mend(outlines.shapes), outlines.codes, outlines.ignored)


def sort_sides(sides: Sides, ground: RoleGround, *, first_block: int) -> Sorted:
    """Both sides by the blocks of a role, which are numbered from `first_block` on.

    An object belongs to the ground that holds its centroid. References that are not wholly on
    ground that counts are ignored.
    """
    references = sides.references
    blocks = ground.find_blocks(shapely.centroid(_shapes_of(sides.detections)))
    reference_blocks = ground.find_blocks(shapely.centroid(references.shapes))
    inside = ground.holds(references.shapes) & (reference_blocks != ELSEWHERE)
    whole = shapely.covers(ground.areas, references.shapes)
    return Sorted(
        sides,
        _number(blocks, first_block),
        _number(reference_blocks, first_block),
        references.is_ignored | ~inside,
        int((whole & ~inside & ~references.is_ignored).sum()),
    )


def _number(blocks: NDArray[np.int64], first_block: int) -> NDArray[np.int64]:
    return np.where(blocks == ELSEWHERE, ELSEWHERE, blocks + first_block)


def _shapes_of(detections: Candidates) -> NDArray[Any]:
    """Outlines (N,), or boxes where there are none."""
    shapes = detections.shapes
    if shapes is None:
        return np.asarray(shapely.box(*detections.boxes.T), dtype=object)
    return mend(shapes)


def _boxes_around(shapes: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(shapely.box(*shapely.bounds(shapes).reshape(-1, 4).T), dtype=object)
