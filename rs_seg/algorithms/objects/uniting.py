"""Objects of scenes that overlap, each once: what two scenes show is kept from one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.objects.overlap_pairs import (
    Overlap,
    Pairs,
    measure_polygons,
    pair_polygons,
)
from rs_seg.algorithms.objects.suppression import soften_ranks, suppress_ranks

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
HELD = 0.5
"""Part of a cut object that a whole one has to hold to be the same."""


@dataclass(frozen=True)
class PlacedObjects:
    """Objects (N,) of several scenes in one CRS, scene by scene.

    `cut` says that an object touches the edge of its scene, `scenes` are numbers of scenes.
    """

    shapes: NDArray[Any]
    scores: Floats
    codes: Ids
    cut: NDArray[np.bool_]
    scenes: Ids

    def __len__(self) -> int:
        return len(self.scores)

    def take(self, chosen: NDArray[Any]) -> PlacedObjects:
        """The objects that an index or a mask names."""
        return PlacedObjects(
            self.shapes[chosen],
            self.scores[chosen],
            self.codes[chosen],
            self.cut[chosen],
            self.scenes[chosen],
        )


def drop_cut(objects: PlacedObjects, *, across: bool) -> NDArray[np.bool_]:
    """Which objects stay (N,): one that its scene cuts goes where another scene shows it whole.

    The whole one is of the same class, or of any (`across`), and holds more than half of the cut
    one. Scores play no part: half an object may score better than the whole one.
    """
    stays = np.ones(len(objects), dtype=np.bool_)
    near = _meeting(objects)
    own = objects.take(near)
    pairs = _pair_scenes(own, overlap="smaller", above=0.0, across=across)
    shapes, areas = own.shapes, shapely.area(own.shapes)
    for cut, whole in ((pairs.first, pairs.second), (pairs.second, pairs.first)):
        asked = own.cut[cut] & ~own.cut[whole]
        cut_ones, whole_ones = cut[asked], whole[asked]
        shared = shapely.area(shapely.intersection(shapes[cut_ones], shapes[whole_ones]))
        stays[near[cut_ones[shared > HELD * areas[cut_ones]]]] = False
    return stays


def unite_greedily(
    objects: PlacedObjects, *, limit: float, overlap: Overlap, across: bool
) -> NDArray[np.bool_]:
    """Which objects stay (N,): of those of two scenes that share more than `limit`, the better.

    The better one has the higher score; of equals it is that of the earlier scene. Objects of one
    scene are not compared: that was done before.
    """
    stays = np.ones(len(objects), dtype=np.bool_)
    near = _rank_meeting(objects)
    rivals = _pair_scenes(objects.take(near), overlap=overlap, above=limit, across=across)
    stays[near] = suppress_ranks(rivals, len(near))
    return stays


def unite_softly(
    objects: PlacedObjects, *, sigma: float, overlap: Overlap, across: bool, least: float
) -> tuple[NDArray[np.bool_], Floats]:
    """Which objects stay (N,) because their score remains at `least`, and the scores of all (N,).

    Scores fall with what better objects of other scenes share, by exp(-share^2 / sigma).
    """
    stays, scores = np.ones(len(objects), dtype=np.bool_), objects.scores.copy()
    near = _rank_meeting(objects)
    own = objects.take(near)
    rivals = _pair_scenes(own, overlap=overlap, above=0.0, across=across)
    taken, final = soften_ranks(rivals, own.scores, sigma=sigma, least=least)
    stays[near] = False
    stays[near[taken]] = True
    scores[near[taken]] = final
    return stays, scores


def _pair_scenes(objects: PlacedObjects, *, overlap: Overlap, above: float, across: bool) -> Pairs:
    """Pairs of objects of two scenes, of one class or `across` classes, that share more."""
    codes = None if across else objects.codes
    polygons = measure_polygons(objects.shapes)
    pairs = pair_polygons(polygons, overlap=overlap, above=above, codes=codes)
    return pairs.take(objects.scenes[pairs.first] != objects.scenes[pairs.second])


def _rank_meeting(objects: PlacedObjects) -> Ids:
    """Indices of the objects that may have rivals, best first; equal scores by scene and place."""
    near = _meeting(objects)
    return near[np.lexsort((near, objects.scenes[near], -objects.scores[near]))]


def _meeting(objects: PlacedObjects) -> Ids:
    """Indices of the objects that lie where objects of several scenes do: the others are alone."""
    numbers, starts = np.unique(objects.scenes, return_index=True)
    if len(numbers) < 2:
        return np.empty(0, dtype=np.int64)
    # `reduceat` relies on objects that come scene by scene.
    bounds = shapely.bounds(objects.shapes)
    boxes = np.asarray(
        shapely.box(
            *np.minimum.reduceat(bounds[:, :2], starts).T,
            *np.maximum.reduceat(bounds[:, 2:], starts).T,
        )
    )
    first, _ = shapely.STRtree(boxes).query(objects.shapes)
    return np.flatnonzero(np.bincount(first, minlength=len(objects)) > 1)
