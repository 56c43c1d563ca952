"""From things drawn over one another to polygons that tile the ground."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon, STRtree

from rs_seg.algorithms.simulate.features import Feature

PRECISION = 0.01


def tile_plane(features: Sequence[Feature], area: Polygon) -> tuple[NDArray[np.object_], list[str]]:
    """Polygons and their classes: what is visible from above, covering `area` exactly once.

    Neighbours share every vertex along a common border, so they stay free of gaps and overlaps in
    any projection. Coordinates are multiples of 1 cm. The first feature must cover the whole area;
    details are left out.
    """
    visible = [
        feature for feature in features if not feature.detail and feature.geometry.intersects(area)
    ]
    outlines = np.array([feature.geometry for feature in visible], dtype=object)
    lines = shapely.intersection(shapely.boundary(outlines), area)
    network = shapely.union_all([*lines, area.exterior], grid_size=PRECISION)
    faces = shapely.get_parts(shapely.polygonize([network]))
    covers = _find_covers(faces, visible, outlines)
    polygons: list[Polygon] = []
    names: list[str] = []
    for name in dict.fromkeys(covers):
        parts = shapely.get_parts(shapely.coverage_union_all(faces[covers == name]))
        polygons += list(parts)
        names += [str(name)] * len(parts)
    return np.array(polygons, dtype=object), names


def _find_covers(
    faces: NDArray[np.object_], visible: Sequence[Feature], outlines: NDArray[np.object_]
) -> NDArray[np.str_]:
    """Class of the uppermost feature over each face."""
    face, feature = STRtree(outlines).query(shapely.point_on_surface(faces), predicate="intersects")
    uppermost = np.zeros(len(faces), dtype=np.intp)
    np.maximum.at(uppermost, face, feature)
    names = np.array([feature.cover for feature in visible])
    return names[uppermost]
