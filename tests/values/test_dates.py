"""Dates in names of files."""

from __future__ import annotations

from datetime import date

import pytest

from rs_seg.values import Scene
from rs_seg.values.dates import day_number, parse_date


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20200229", date(2020, 2, 29)),
        ("2020-02-29", date(2020, 2, 29)),
        ("2020_02_29", date(2020, 2, 29)),
        ("2020-02", date(2020, 2, 1)),
        ("2018_12", date(2018, 12, 1)),
        ("2020366", date(2020, 12, 31)),
    ],
)
def test_dates_are_read_as_files_write_them(text: str, day: date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize("text", ["2021366", "20201301", "2020-2-1", "spring", "202002", ""])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no date; expected a date as yyyymmdd"):
        parse_date(text)


def test_days_of_later_years_go_on() -> None:
    assert day_number(date(2019, 1, 1), 2019) == 1
    assert day_number(date(2020, 1, 1), 2019) == 366
    assert day_number(date(2021, 1, 1), 2020) == 367


def test_days_are_counted_from_the_year_of_the_first_date_of_all_sources() -> None:
    scene = Scene(name="a", dates={"s1": ("2020001",), "s2": ("20191231", "2020-01-02")})
    assert scene.days_of("s2") == (365, 367)
    assert scene.days_of("s1") == (366,)
    assert scene.days_of("dsm") == ()


@pytest.mark.parametrize("texts", [("20200102", "2020-01-02"), ("20200102", "20200101")])
def test_dates_of_a_scene_rise(texts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="give each day once, in order of time"):
        Scene(name="a", dates={"s2": texts})
