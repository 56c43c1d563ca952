"""The part of evaluate that compares polygons with objects and boundaries of the reference."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import shapely
from scipy.ndimage import minimum_filter

from rs_seg.algorithms.reporting.ranking import cover
from rs_seg.algorithms.scoring.boundaries import (
    BoundaryLengths,
    measure_boundaries,
    trace_pixels,
    trace_polygons,
)
from rs_seg.algorithms.scoring.objects import confuse, count_objects
from rs_seg.algorithms.scoring.overlaps import (
    NONE,
    Ids,
    ObjectFinder,
    Overlaps,
    Regions,
    measure_overlaps,
)
from rs_seg.algorithms.scoring.scores import PolygonScore, describe_score
from rs_seg.algorithms.splitting.areas import parts_inside, rectangles_of, tile_windows
from rs_seg.config import EvaluateConfig
from rs_seg.ground.seen import leave_out
from rs_seg.io.vectors.reading import PlacedPolygons, read_polygons_near
from rs_seg.maps.sources import strip_windows
from rs_seg.values import ClassNames, Window
from rs_seg.values.confusion import Counted
from rs_seg.values.grid import Grid, crop
from rs_seg.values.map_figures import PolygonFigures
from rs_seg.values.split import Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.algorithms.splitting.learned import Placed
    from rs_seg.io.raster import RasterReader

BLOCK = 1024
"""Height and width of the pieces that are compared at once, in pixels."""


class OpenScene(Protocol):
    """The open rasters of a scene, and the ground on it that the models learnt from."""

    @property
    def mapped(self) -> RasterReader:
        """Class codes of the map."""

    @property
    def reference(self) -> RasterReader:
        """Class codes of the reference."""

    @property
    def learned(self) -> Placed:
        """Where the models learnt."""


@dataclass(frozen=True)
class ScoreRules:
    """How polygons are compared: classes, whether the map abstains, what is near (in pixels)."""

    class_names: ClassNames
    abstain: bool
    tolerance: float

    @property
    def map_names(self) -> ClassNames:
        """The classes that the map may have."""
        return self.class_names.with_abstain() if self.abstain else self.class_names

    @property
    def reach(self) -> int:
        """Whole pixels that can hold what is near."""
        return ceil(self.tolerance)

    def empty(self) -> PolygonScore:
        """The score of no ground."""
        return PolygonScore.empty(len(self.class_names), abstain=self.abstain)


@dataclass
class PolygonTable:
    """Ids, class indices and whole areas (in pixels) of polygons, some of them several times."""

    parts: list[tuple[Ids, Ids, NDArray[np.float64]]] = field(default_factory=list)

    def finish(self) -> tuple[Ids, Regions]:
        """The ids in ascending order, and the polygons in this order."""
        ids, classes, areas = map(np.concatenate, zip(*self.parts, strict=True))
        known, first = np.unique(ids, return_index=True)
        return known, Regions(classes[first], areas[first])


class PolygonScores:
    """Scores of the polygons of a map on the ground of each role, summed over scenes."""

    def __init__(
        self,
        config: EvaluateConfig,
        class_names: ClassNames,
        roles: tuple[str, ...],
        *,
        abstain: bool,
    ) -> None:
        self._rules = ScoreRules(class_names, abstain, config.boundary_tolerance)
        self._scores: dict[str, PolygonScore | None] = dict.fromkeys(roles)

    def add(self, polygons: Path, rasters: OpenScene, areas: Split, name: str) -> None:
        """Count the polygons of a scene too."""
        scored = score_scene(polygons, rasters, areas, name, tuple(self._scores), self._rules)
        for role, score in scored.items():
            before = self._scores[role]
            self._scores[role] = score if before is None else before + score

    def describe(self, role: str, counted: Counted = None) -> PolygonFigures | None:
        """The figures of a role; None where no scene has polygons."""
        score = self._scores[role]
        return None if score is None else describe_score(score, self._rules.class_names, counted)


def score_scene(
    polygons: Path,
    rasters: OpenScene,
    areas: Split,
    name: str,
    roles: tuple[str, ...],
    rules: ScoreRules,
) -> dict[str, PolygonScore]:
    """The score of the polygons of a scene on the ground of each role.

    Objects of the reference are whole across the blocks of the split, and beyond the areas: all of
    it is read, strip by strip; the polygons are read where areas lie only. Memory holds a strip,
    the polygons of a block, and the pairs of objects and polygons that share ground.
    """
    scores = {role: rules.empty() for role in roles}
    rectangles = {role: own for role in roles if (own := rectangles_of(areas, name, role))}
    overlaps: dict[str, list[Overlaps]] = {role: [] for role in rectangles}
    finder, table = ObjectFinder(), PolygonTable()
    for strip in strip_windows(rasters.mapped.grid) if rectangles else ():
        objects = finder.number(rules.class_names.decode(rasters.reference.read_codes(strip)))
        for role, own in rectangles.items():
            areas_here = parts_inside(own, strip)
            for window in tile_windows(areas_here, size=BLOCK) if areas_here else ():
                inside = objects[window.relative_to(strip).slices]
                shared, lengths = _compare_window(
                    polygons,
                    rasters,
                    window,
                    rules,
                    table,
                    objects=inside,
                    rectangles=own,
                    role=role,
                )
                overlaps[role].append(shared)
                scores[role] += _boundary_score(rules, lengths)
    if rectangles:
        (final, found), (ids, drawn) = finder.finish(), table.finish()
        for role, parts in overlaps.items():
            scores[role] += _object_score(
                rules, _resolve(Overlaps.join(parts), final, ids), found, drawn
            )
    return scores


def _compare_window(
    polygons: Path,
    scene: OpenScene,
    window: Window,
    rules: ScoreRules,
    table: PolygonTable,
    *,
    objects: Ids,
    rectangles: list[Window],
    role: str,
) -> tuple[Overlaps, BoundaryLengths]:
    """Shared ground and boundaries of a window; its polygons are added to the table."""
    outer = window.expand(rules.reach + 1)
    labelled = rules.class_names.decode(scene.reference.read_codes(outer))
    mapped = rules.map_names.decode(scene.mapped.read_codes(outer)) >= 0
    unseen, _ = leave_out(labelled, scene.learned.mark(outer), role)
    ground = (unseen >= 0) & mapped & cover(outer, rectangles)
    near = _read_near(polygons, scene.mapped.grid, outer)
    classes = rules.map_names.decode(near.codes)
    table.parts.append((near.ids, classes, shapely.area(near.shapes)))
    inner = window.relative_to(outer).slices
    counted = np.where(ground[inner], objects, NONE)
    # what lies near ground without labels or map may have its counterpart there
    known = minimum_filter((labelled >= 0) & mapped, size=2 * rules.reach + 1)
    lengths = measure_boundaries(
        trace_polygons(near.shapes, classes, outer),
        trace_pixels(labelled, outer),
        ground & known,
        outer,
        window,
        tolerance=rules.tolerance,
        class_count=len(rules.class_names),
    )
    return measure_overlaps(counted, near.shapes, near.ids, window), lengths


def _read_near(polygons: Path, grid: Grid, window: Window) -> PlacedPolygons:
    """The polygons that touch a window, in columns and rows of the scene."""
    found = read_polygons_near(polygons, crop(grid, window).boundingbox.bbox)
    to_pixels = ~grid.affine
    return replace(
        found,
        shapes=shapely.transform(found.shapes, lambda xy: np.column_stack(to_pixels * tuple(xy.T))),
    )


def _boundary_score(rules: ScoreRules, lengths: BoundaryLengths) -> PolygonScore:
    return replace(rules.empty(), boundaries=lengths)


def _resolve(shared: Overlaps, final: Ids, ids: Ids) -> Overlaps:
    """The same ground by final ids of objects and by places of polygons among their sorted ids."""
    places = np.where(shared.polygons == NONE, NONE, np.searchsorted(ids, shared.polygons))
    return Overlaps.join([Overlaps(final[shared.objects], places, shared.cells)])


def _object_score(
    rules: ScoreRules, shared: Overlaps, objects: Regions, polygons: Regions
) -> PolygonScore:
    """The score of the objects and areas of one role."""
    class_count = len(rules.class_names)
    return replace(
        rules.empty(),
        confusion=confuse(
            shared, objects, polygons, class_count=class_count, abstain=rules.abstain
        ),
        objects=count_objects(shared, objects, polygons, class_count=class_count),
    )
