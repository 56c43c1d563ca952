"""Tracks of tables: places, dates, ids, what does not count, and what is refused."""

from __future__ import annotations

from typing import Any

import geopandas
import pandas as pd
import pytest
from shapely import Point, Polygon, box

import rs_seg
from rs_seg.errors import UserError

UTM = "EPSG:32632"
EAST, NORTH = 500_000, 5_400_000
MONTHS = ("2020-01", "2020-02", "2020-04")


def house(place: float, *, side: float = 12.0) -> Polygon:
    """A square house in UTM; those of whole numbers as places are apart."""
    x = EAST + 40 * place
    return box(x, NORTH, x + side, NORTH + side)


def make_table(rows: list[tuple[Any, ...]], *, crs: str | None = UTM) -> geopandas.GeoDataFrame:
    """A table of place, date, id and house."""
    columns = dict(zip(("place", "date", "id", "geometry"), zip(*rows, strict=True), strict=True))
    return geopandas.GeoDataFrame(columns, crs=crs)


def build_town(place: str, *, late: int = 0) -> list[tuple[Any, ...]]:
    """Two houses in three months, and a third one from the second of them on, or `late`."""
    return [
        (place, month, own, house(own))
        for number, month in enumerate(MONTHS)
        for own in (1, 2, 3)
        if own < 3 or number > late
    ]


def test_the_score_is_the_mean_over_the_places_of_the_reference() -> None:
    reference = make_table([*build_town("hill"), *build_town("lake")])
    tracks = make_table([*build_town("hill"), *build_town("lake", late=1), *build_town("moor")])
    scores = rs_seg.score_tracks(tracks, reference)
    assert list(scores.places) == ["hill", "lake"]
    assert scores.places["hill"].score() == 1.0
    assert scores.places["lake"].change_f1 == 0.0
    assert scores.score == pytest.approx(0.5)
    assert rs_seg.score_tracks(reference.iloc[:0], reference).score == 0.0


def test_linked_objects_of_a_perfect_map_are_perfect_tracks() -> None:
    reference = make_table([*build_town("hill"), *build_town("lake")])
    linked = rs_seg.link_objects(reference.drop(columns="id").iloc[::-1])
    assert sorted(linked.loc[linked["place"] == "lake", "id"].unique()) == [1, 2, 3]
    assert rs_seg.score_tracks(linked, reference).score == 1.0


@pytest.mark.parametrize(
    "dates",
    [pd.to_datetime, lambda texts: [text.replace("-", "_") for text in texts], list],
    ids=["datetime", "underscores", "text"],
)
def test_dates_ids_and_places_may_be_written_in_other_ways(dates: Any) -> None:
    reference = make_table(build_town("hill"))
    tracks = reference.assign(date=dates(reference["date"].tolist()))
    tracks["id"] = [f"house {own}" for own in tracks["id"]]
    named = tracks.rename(columns={"id": "Id", "date": "DATE", "place": "Place"})
    assert rs_seg.score_tracks(named, reference).score == 1.0
    plain = [table.drop(columns="place") for table in (tracks, reference)]
    assert list(rs_seg.score_tracks(*plain).places) == [""]


def test_both_sides_are_compared_in_the_crs_of_the_reference() -> None:
    reference = make_table(build_town("hill"))
    assert rs_seg.score_tracks(reference.to_crs(4326), reference).score == 1.0
    assert rs_seg.score_tracks(reference, reference.to_crs(3857)).score == 1.0


def test_objects_under_clouds_do_not_count_on_that_date_and_their_tracks_go_on() -> None:
    reference = make_table(build_town("hill"))
    hidden = reference["date"].eq("2020-02") & reference["id"].eq(1)
    tracks = reference[~hidden]
    false = make_table([("hill", "2020-02", 9, box(EAST + 30, NORTH + 20, EAST + 40, NORTH + 30))])
    tracks = pd.concat([tracks, false], ignore_index=True)
    without = rs_seg.score_tracks(tracks, reference).places["hill"]
    assert (without.missed, without.false, without.changes_false) == (1, 1, 1)
    cloud = box(EAST + 20, NORTH - 9, EAST + 46, NORTH + 99)  # half of house 1, all of the false
    clouds = make_table([("hill", "2020-02", 0, cloud)])
    scores = rs_seg.score_tracks(tracks, reference, ignored=clouds)
    assert (scores.places["hill"].matched, scores.score) == (7, 1.0)
    other_month = clouds.assign(date="2020-01")
    assert rs_seg.score_tracks(tracks, reference, ignored=other_month).places["hill"].missed == 1
    less = clouds.assign(geometry=[box(EAST + 20, NORTH - 9, EAST + 45, NORTH + 99)])
    assert rs_seg.score_tracks(tracks, reference, ignored=less).places["hill"].missed == 1


def test_small_objects_of_the_reference_are_left_out_and_tracks_on_them_are_false() -> None:
    """As in the program of the authors; 4 pixels of 4 m are 64 square metres."""
    small = [("hill", month, 7, house(7, side=7.9)) for month in MONTHS]
    tracks = make_table([*build_town("hill"), *small])
    counted = rs_seg.score_tracks(tracks, tracks, smallest=64).places["hill"]
    assert (counted.matched, counted.false, counted.missed) == (8, 3, 0)
    geographic = tracks.to_crs(4326)
    again = rs_seg.score_tracks(tracks, geographic, smallest=64).places["hill"]
    assert again == counted, "square metres on the ground in any CRS"
    plain = make_table([*build_town("hill"), *small], crs=None)
    assert rs_seg.score_tracks(plain, plain, smallest=64).places["hill"] == counted
    assert rs_seg.score_tracks(tracks, tracks, smallest=62).score == 1.0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda table: table.drop(columns="date"), "tracks have no column 'date'"),
        (lambda table: table.drop(columns="id"), "tracks have no column 'id'"),
        (lambda table: table.drop(columns="place"), "do not both say their places"),
        (lambda table: table.assign(date="spring"), "'spring' is no date"),
        (lambda table: table.assign(date=[pd.NaT] * len(table)), "'NaT' is no date"),
        (lambda table: table.assign(id=5), "id twice on one date.*5 rows.*2020-01"),
        (lambda table: table.assign(id=None), "lack ids.*8 of 8 rows"),
        (lambda table: table.assign(geometry=table.centroid), "not all polygons.*Point"),
        (
            lambda table: table.assign(geometry=Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])),
            "not valid.*8 of 8",
        ),
        (lambda table: table.set_crs(None, allow_override=True), "a CRS on both sides"),
    ],
)
def test_tables_that_cannot_be_scored_are_refused(change: Any, told: str) -> None:
    reference = make_table(build_town("hill"))
    with pytest.raises(UserError, match=f"(?s){told}"):
        rs_seg.score_tracks(change(reference), reference)


def test_ignored_ground_is_checked_as_well() -> None:
    reference = make_table(build_town("hill"))
    points = make_table([("hill", "2020-01", 0, Point(EAST, NORTH))])
    with pytest.raises(UserError, match="ignored areas are not all polygons"):
        rs_seg.score_tracks(reference, reference, ignored=points)
