"""Which attribute is taken for the class."""

from __future__ import annotations

from typing import Any

import geopandas
import pytest

from rs_seg.cli.initialising.columns import choose_column, is_of_roles
from rs_seg.testing import square


def table(**columns: list[Any]) -> geopandas.GeoDataFrame:
    count = len(next(iter(columns.values())))
    shapes = [square(10 * place, 0, 5) for place in range(count)]
    return geopandas.GeoDataFrame(columns, geometry=shapes, crs="EPSG:32632")


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        ({"id": [1, 2, 1, 2], "class": ["a", "b", "a", "b"]}, "class"),
        ({"Klasse": ["a", "b", "a", "b"], "source": ["x", "y", "x", "y"]}, "Klasse"),
        ({"code": [1, 2, 1, 2]}, "code"),
        ({"what": ["a", "b", "a", "b"]}, "what"),
        ({"class": ["a", "b", "c", "d"]}, "class"),
        ({"class": [1.0, 2.0, 1.0, 2.0]}, "class"),
    ],
)
def test_the_class_has_few_values_and_a_telling_name(columns, chosen):
    assert choose_column(table(**columns), None) == chosen


@pytest.mark.parametrize(
    "columns",
    [
        {"id": [1, 2, 3, 4]},
        {"name": ["a", "b", "c", "d"]},
        {"name": ["a", None, None, "a"], "height": [1.5, 2.5, 1.5, 2.5]},
        {"name": ["school", None, None, None]},
        {"levels": [1, 2, 1, 2]},
        {"building": ["yes", "yes", "house", "yes"]},
        {"flat": [True, False, True, True]},
        {"osm_id": [1, 2, 1, 2]},
        {"class": [None, None, None, None]},
        {"class": [0.5, 1.5, 2.5, 0.5]},
    ],
)
def test_numbers_measures_flags_and_names_of_things_are_no_classes(columns):
    assert choose_column(table(**columns), None) is None


def test_the_attribute_of_a_style_counts_first():
    frame = table(**{"class": ["a", "b", "a", "b"], "levels": [1, 2, 1, 2]})
    assert choose_column(frame, "levels") == "levels"


def test_an_attribute_of_many_values_is_none():
    assert choose_column(table(label=[f"plot {number}" for number in range(70)]), None) is None


def test_roles_are_known_by_their_values():
    assert is_of_roles(table(part=["train", "VAL", "test"])) == "part"
    assert is_of_roles(table(part=["train", "wood"])) is None
