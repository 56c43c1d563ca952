"""Objects of several dates in tables: linked to tracks, and held against a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas

from rs_seg.algorithms.tracking.scot import TrackFigures, mean_score
from rs_seg.scenes.tracking.judging import link_table, score_tables
from rs_seg.values.scot import BETA, IOU

__all__ = ["TrackFigures", "TrackScores", "link_objects", "score_tracks"]


@dataclass(frozen=True)
class TrackScores:
    """Figures of tracks by place, and the weight `beta` of tracking beside change."""

    places: Mapping[str, TrackFigures]
    beta: float

    @property
    def score(self) -> float:
        """SCOT: the mean over the places, 0 to 1; 0 without a place."""
        return mean_score(self.places.values(), beta=self.beta)


def link_objects(objects: geopandas.GeoDataFrame, *, iou: float = IOU) -> geopandas.GeoDataFrame:
    """The objects with a column `id` that an object keeps over time.

    Date by date, the largest first, an object takes the id of the known object with which it shares
    most, if the intersection over union is at least `iou`; else its id is new. Known objects keep
    the outline of their first sight (baseline of SpaceNet 7, Van Etten et al. 2021).

    Args:
        objects: Polygons with the column date (datetime, or text such as 2020-01), and with place
            where there are several places.
        iou: Intersection over union, 0 to 1.

    Raises:
        UserError: a column is missing, a date cannot be read, or a geometry is no valid polygon.

    Examples:
        >>> import geopandas, rs_seg
        >>> from shapely import box
        >>> months = ["2020-01", "2020-01", "2020-03", "2020-03"]
        >>> houses = [box(0, 0, 9, 9), box(20, 0, 29, 9), box(1, 0, 10, 9), box(50, 0, 59, 9)]
        >>> table = geopandas.GeoDataFrame({"date": months}, geometry=houses, crs=32632)
        >>> rs_seg.link_objects(table)["id"].tolist()
        [1, 2, 1, 3]
    """
    return link_table(objects, iou=iou)


def score_tracks(
    tracks: geopandas.GeoDataFrame,
    reference: geopandas.GeoDataFrame,
    *,
    ignored: geopandas.GeoDataFrame | None = None,
    smallest: float = 0.0,
    iou: float = IOU,
    beta: float = BETA,
) -> TrackScores:
    """SpaceNet Change and Object Tracking (SCOT) of tracks, by place.

    Args:
        tracks: Polygons with the columns date and id, and with place where there are several; no id
            is twice on one date of a place.
        reference: The same of the reference. Only its dates and places count.
        ignored: Polygons with date, and with place where there are several, such as clouds: objects
            of either side with half or more of their area on them do not count on that date.
        smallest: Objects of the reference with a smaller area do not count, in square metres on the
            ground (without a CRS: in square units). A track on one is false, as in SpaceNet 7.
        iou: Intersection over union above which a track is the object.
        beta: Weight of tracking beside change.

    Raises:
        UserError: a column is missing, a date cannot be read, an id is twice on a date, a geometry
            is no valid polygon, or one table has a CRS and another has none.
    """
    figures = score_tables(tracks, reference, ignored=ignored, smallest=smallest, iou=iou)
    return TrackScores(figures, beta)
