"""Tables of objects linked to tracks, and held against those of a reference, place by place."""

from __future__ import annotations

import geopandas
import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.tracking.linking import link_objects
from rs_seg.algorithms.tracking.objects import DatedObjects, Ids
from rs_seg.algorithms.tracking.scot import TrackFigures, score_tracks
from rs_seg.errors import UserError
from rs_seg.scenes.tracking.tables import (
    ID,
    PLACE,
    check_polygons,
    group_objects,
    has_places,
    places_of,
)

EQUAL_AREA = "EPSG:6933"
"""A CRS in which areas are those on the ellipsoid."""
HALF = 0.5
"""Share of an object on ignored ground from which on it does not count."""
REFERENCE = "objects of the reference"
NOTHING = DatedObjects(np.empty(0, dtype=object), np.empty(0, np.int64), np.empty(0, np.int64))


def link_table(objects: geopandas.GeoDataFrame, *, iou: float) -> geopandas.GeoDataFrame:
    """The table with a column `id`, from 1 in each place, in the order of first sight.

    Raises:
        UserError: see `group_objects`.
    """
    places, ids = places_of(objects), np.zeros(len(objects), dtype=np.int64)
    for place, own in group_objects(objects, what="objects", identified=False).items():
        ids[places == place] = link_objects(own.shapes, own.days, iou=iou) + 1
    others = [name for name in objects.columns if str(name).lower() == ID]
    return objects.drop(columns=others).assign(**{ID: ids})


def score_tables(
    tracks: geopandas.GeoDataFrame,
    reference: geopandas.GeoDataFrame,
    *,
    ignored: geopandas.GeoDataFrame | None,
    smallest: float,
    iou: float,
) -> dict[str, TrackFigures]:
    """Figures of the tracks by place of the reference, in the order of names.

    A place without an object that is large enough is none. Both sides are compared in the CRS of
    the reference. Objects of the reference below `smallest` square metres on the ground (without a
    CRS: square units) are left out; objects of either side with half or more of their area on
    `ignored` polygons of their place and date are, too.

    Raises:
        UserError: one table has a CRS or places and another has none, or see `group_objects`.
    """
    check_polygons(reference, what=REFERENCE)
    large = reference[_measure(reference) >= smallest] if smallest > 0 else reference
    proposals = group_objects(_move(tracks, reference, what="tracks"), what="tracks")
    hidden = {} if ignored is None else _unite(_move(ignored, reference, what="ignored areas"))
    return {
        place: score_tracks(
            _leave_out(own, hidden.get(place, {})),
            _leave_out(proposals.get(place, NOTHING), hidden.get(place, {})),
            iou=iou,
        )
        for place, own in group_objects(large, what=REFERENCE).items()
    }


def _move(
    table: geopandas.GeoDataFrame, reference: geopandas.GeoDataFrame, *, what: str
) -> geopandas.GeoDataFrame:
    """A table in the CRS of the reference."""
    if has_places(table) != has_places(reference):
        raise UserError(
            f"{what} and the reference do not both say their places",
            found=f"a column {PLACE} of {what if has_places(table) else 'the reference'} alone",
            expected="the column on both sides, or on none",
            remedy="add the column, or name the files by a template with {place}",
        )
    if (table.crs is None) != (reference.crs is None):
        told = {what: table.crs, "the reference": reference.crs}
        raise UserError(
            f"{what} and the reference cannot be laid on one another",
            found=", ".join(f"{name}: {crs or 'no CRS'}" for name, crs in told.items()),
            expected="a CRS on both sides, or on none",
            remedy="state it: table.set_crs(...), or Assign projection in QGIS",
        )
    return table if table.crs is None else table.to_crs(reference.crs)


def _measure(table: geopandas.GeoDataFrame) -> NDArray[np.float64]:
    """Areas (N,) in square metres on the ground, without a CRS in square units."""
    placed = table.geometry if table.crs is None else table.geometry.to_crs(EQUAL_AREA)
    return np.asarray(shapely.area(placed.to_numpy()), dtype=np.float64)


def _unite(ignored: geopandas.GeoDataFrame) -> dict[str, dict[int, shapely.Geometry]]:
    """Ignored ground by place and day."""
    return {
        place: {
            day: shapely.union_all(own.shapes[own.days == day])
            for day in np.unique(own.days).tolist()
        }
        for place, own in group_objects(ignored, what="ignored areas", identified=False).items()
    }


def _leave_out(objects: DatedObjects, hidden: dict[int, shapely.Geometry]) -> DatedObjects:
    """The objects that show more than half of their area."""
    shown = np.ones(len(objects.shapes), dtype=bool)
    for day, ground in hidden.items():
        own: Ids = np.flatnonzero(objects.days == day)
        shapes = objects.shapes[own]
        lost = shapely.area(shapely.intersection(shapes, ground))
        shown[own] = lost < HALF * shapely.area(shapes)
    return objects.take(shown)
