"""Tables of objects of several dates, checked once: columns, dates, ids, geometries."""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.tracking.objects import DatedObjects, Ids
from rs_seg.errors import UserError
from rs_seg.values.dates import parse_date

PLACE, DATE, ID = "place", "date", "id"
"""Columns of a table of tracks."""
ONE_PLACE = ""
"""The place of all objects of a table without the column."""
POLYGONS = ("Polygon", "MultiPolygon")
SOME = 3
"""Values that an error shows."""


def find_column(table: geopandas.GeoDataFrame, name: str, *, what: str) -> str:
    """The column of this name; in other letters (Id) where no column has it as it is.

    Raises:
        UserError: there is none.
    """
    alike = [str(own) for own in table.columns if str(own).lower() == name.lower()]
    if name in alike or len(alike) == 1:
        return name if name in alike else alike[0]
    raise UserError(
        f"{what} have no column {name!r}",
        found=", ".join(str(own) for own in table.columns if own != table.geometry.name),
        expected=f"columns {DATE} and {ID}, and {PLACE} where there are several places",
        remedy="rename a column, or name the files by a template with {date} and {place}",
    )


def has_places(table: geopandas.GeoDataFrame) -> bool:
    """Whether a table says which place its rows are of."""
    return any(str(name).lower() == PLACE for name in table.columns)


def places_of(table: geopandas.GeoDataFrame) -> NDArray[Any]:
    """The place of each row, as text; of a table without the column all are of one place."""
    if not has_places(table):
        return np.full(len(table), ONE_PLACE, dtype=object)
    column = table[find_column(table, PLACE, what="objects")]
    return np.array([str(place) for place in column], dtype=object)


def days_of(table: geopandas.GeoDataFrame, *, what: str) -> Ids:
    """The day of each row, from 1 January of the year 1 on.

    Raises:
        UserError: there is no column of dates, or a value is no date.
    """
    column = table[find_column(table, DATE, what=what)]
    known = {value: _read_day(value, what=what) for value in column.unique()}
    return np.array([known[value] for value in column], dtype=np.int64)


def _read_day(value: Any, *, what: str) -> int:
    if isinstance(value, date) and value is not pd.NaT:
        return value.toordinal()
    try:
        return parse_date(str(value)).toordinal()
    except ValueError as error:
        raise UserError(f"a date of {what} cannot be read", found=str(error)) from error


def group_objects(
    table: geopandas.GeoDataFrame, *, what: str, identified: bool = True
) -> dict[str, DatedObjects]:
    """The objects of a table by place, in the order of the rows.

    Without `identified` ids are the positions of the rows, else those of the column `id`: any
    values, of which equal ones are one object of a place.

    Raises:
        UserError: a column is missing, a date cannot be read, an id is missing or twice on a day,
            or a geometry is no valid polygon.
    """
    check_polygons(table, what=what)
    places, days = places_of(table), days_of(table, what=what)
    ids = _number_ids(table, what=what) if identified else np.arange(len(table))
    if identified:
        _check_distinct(table, places, days, ids, what=what)
    objects = DatedObjects(table.geometry.to_numpy(), days, ids)
    return {place: objects.take(places == place) for place in sorted(set(places))}


def list_dates(table: geopandas.GeoDataFrame) -> list[tuple[str, date]]:
    """Each place and date of a table once, sorted.

    Raises:
        UserError: see `days_of`.
    """
    days = days_of(table, what="objects").tolist()
    return sorted(
        {
            (str(place), date.fromordinal(day))
            for place, day in zip(places_of(table), days, strict=True)
        }
    )


def _number_ids(table: geopandas.GeoDataFrame, *, what: str) -> Ids:
    column = table[find_column(table, ID, what=what)]
    codes, _ = pd.factorize(column)
    if (codes < 0).any():
        raise UserError(
            f"{what} lack ids",
            found=f"{np.count_nonzero(codes < 0)} of {len(table)} rows without a value",
            expected="an id in each row, which an object keeps over time",
            remedy="link them: rs-seg tracks link",
        )
    return np.asarray(codes, dtype=np.int64)


def _check_distinct(
    table: geopandas.GeoDataFrame, places: NDArray[Any], days: Ids, ids: Ids, *, what: str
) -> None:
    keys = pd.DataFrame({PLACE: places, DATE: days, ID: ids})
    twice = keys.duplicated().to_numpy()
    if twice.any():
        row = table.iloc[int(twice.argmax())]
        shown = ", ".join(
            f"{name} {row[name]}"
            for name in table.columns
            if str(name).lower() in (PLACE, DATE, ID)
        )
        raise UserError(
            f"{what} have an id twice on one date",
            found=f"{np.count_nonzero(twice)} rows, the first with {shown}",
            expected="one object for each id, date and place",
            remedy="join the parts of an object to one geometry (dissolve), or link them again",
        )


def check_polygons(table: geopandas.GeoDataFrame, *, what: str) -> None:
    """Check that all geometries are valid polygons, of one part or of several.

    Raises:
        UserError: they are not.
    """
    shapes = table.geometry.to_numpy()
    kinds = sorted({"nothing" if shape is None else shape.geom_type for shape in shapes})
    strange = [kind for kind in kinds if kind not in POLYGONS]
    invalid = np.count_nonzero(~shapely.is_valid(shapes)) if not strange else 0
    if strange or invalid:
        raise UserError(
            f"{what} are not all polygons"
            if strange
            else f"{what} have polygons that are not valid",
            found=", ".join(strange[:SOME]) if strange else f"{invalid} of {len(shapes)}",
            expected="valid polygons",
            remedy="mend them: table.geometry.make_valid(), or Fix geometries in QGIS",
        )
