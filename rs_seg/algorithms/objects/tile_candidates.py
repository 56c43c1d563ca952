"""What is found in tiles, brought together as the candidates of a scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.objects.ownership import are_cut, belong_to
from rs_seg.algorithms.prediction.tiling import TilePlan
from rs_seg.values import Window
from rs_seg.values.candidates import Candidates, join_candidates

STEPS = 1024
"""Steps of a pixel that coordinates are rounded to: sums with the place of a tile are then exact,
and an object has the same numbers in every tile that sees the same pixels."""
SCORE_STEPS = 2**20
"""Steps of scores between 0 and 1, likewise."""
POLYGON = 3
"""Number of the type in shapely."""


@dataclass(frozen=True)
class TilePlace:
    """A tile of a plan by its row and column, and which of its pixels are `valid` (H, W)."""

    plan: TilePlan
    row: int
    column: int
    valid: NDArray[np.bool_]

    @property
    def window(self) -> Window:
        """Its pixels, which may reach beyond the scene."""
        return self.plan.tile(self.row, self.column)


def own_candidates(
    candidates: Candidates, place: TilePlace
) -> tuple[Candidates, NDArray[np.bool_]]:
    """The candidates of a tile that belong to it, in pixels of the scene, and which are cut (N,).

    `candidates` are in pixels of the tile. What lies beyond the scene is cut off, and what has its
    centre on a pixel without data is dropped. An object that no tile sees as a whole is cut.
    """
    tile = place.plan, place.row, place.column
    clipped = _clip(_move(candidates, place.window), place.plan.height, place.plan.width)
    owned = clipped.take(belong_to(clipped.boxes, *tile))
    owned = owned.take(_on_data(owned, place))
    return owned, are_cut(owned.boxes, *tile)


def enlarge(candidates: Candidates, factor: int, height: int, width: int) -> Candidates:
    """The candidates of a scene with larger pixels, in pixels of the scene.

    Along one of the larger pixels lie `factor` of the scene, which has `height` rows and `width`
    columns; what lies beyond them is cut off.
    """
    if factor == 1:
        return candidates
    shapes = candidates.shapes
    if shapes is not None:
        shapes = shapely.transform(shapes, lambda points: points * factor)
    larger = Candidates(candidates.boxes * factor, candidates.scores, candidates.codes, shapes)
    return _clip(larger, height, width)


def _on_data(candidates: Candidates, place: TilePlace) -> NDArray[np.bool_]:
    """Whether the centres of candidates (N,) lie on valid pixels."""
    left, top, right, bottom = candidates.boxes.T
    height, width = place.valid.shape
    # without a margin, a seam reaches over the edge of the tile
    rows = np.clip(np.floor((top + bottom) / 2) - place.window.row, 0, height - 1)
    columns = np.clip(np.floor((left + right) / 2) - place.window.column, 0, width - 1)
    valid: NDArray[np.bool_] = place.valid[rows.astype(int), columns.astype(int)]
    return valid


def join_tiles(parts: Sequence[Candidates]) -> Candidates:
    """The candidates of tiles, best first, without those that two tiles found to the bit."""
    joined = join_candidates(parts)
    joined = joined.take(joined.ranked())
    # Ranking sorts by all of these numbers, so that equal candidates are neighbours.
    numbers = np.column_stack([joined.boxes, joined.scores, joined.codes])
    is_new = np.ones(len(joined), dtype=bool)
    is_new[1:] = (numbers[1:] != numbers[:-1]).any(axis=1)
    return joined.take(is_new)


def _move(candidates: Candidates, window: Window) -> Candidates:
    """The candidates of a window in pixels of the scene, in steps."""
    origin = np.array([window.column, window.row], dtype=np.float64)
    boxes = np.round(candidates.boxes * STEPS) / STEPS + np.tile(origin, 2)
    scores = np.round(candidates.scores * SCORE_STEPS) / SCORE_STEPS
    shapes = candidates.shapes
    if shapes is not None:
        shapes = shapely.transform(shapes, lambda points: np.round(points * STEPS) / STEPS + origin)
        # an outline may touch itself once its points are moved to steps, which GEOS refuses later
        broken = ~shapely.is_valid(shapes)
        shapes[broken] = [_largest_polygon(shape) for shape in shapely.make_valid(shapes[broken])]
    return Candidates(boxes, scores, candidates.codes, shapes)


def _clip(candidates: Candidates, height: int, width: int) -> Candidates:
    """The parts of candidates inside the scene; those without such a part are dropped."""
    boxes = np.clip(candidates.boxes, 0, np.tile([width, height], 2))
    reaches_out = (boxes != candidates.boxes).any(axis=1)
    shapes = candidates.shapes
    if shapes is not None and reaches_out.any():
        shapes = shapes.copy()
        shapes[reaches_out] = [
            _largest_polygon(shape)
            for shape in shapely.intersection(shapes[reaches_out], shapely.box(0, 0, width, height))
        ]
    inside: NDArray[np.bool_] = np.all(boxes[:, 2:] > boxes[:, :2], axis=1)
    if shapes is not None:
        inside &= ~shapely.is_empty(shapes)
    return Candidates(boxes, candidates.scores, candidates.codes, shapes).take(inside)


def _largest_polygon(shape: Any) -> Any:
    """The largest polygon of a shape; an empty one where it has none."""
    parts = shapely.get_parts(shape)
    polygons = parts[shapely.get_type_id(parts) == POLYGON]
    if not len(polygons):
        return shapely.Polygon()
    return polygons[shapely.area(polygons).argmax()]
