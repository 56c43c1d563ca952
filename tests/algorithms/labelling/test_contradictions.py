"""Attributes that contradict the class, and those that mean something else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rs_seg.algorithms.labelling.codes import Coding
from rs_seg.algorithms.labelling.contradictions import find_contradictions
from rs_seg.testing import TOY_CLASSES

CODING = Coding.of(TOY_CLASSES, {})
CLASSES = ["field", "wood", "lake"] * 10


def find(values=CLASSES, **columns):
    return find_contradictions(values, pd.DataFrame(columns), CODING)


def test_an_id_with_two_mistakes_is_found():
    ids = [11, 12, 13] * 10
    ids[4], ids[20] = 13, 11
    (found,) = find(id=ids)
    assert (found.column, found.places.tolist()) == ("id", [4, 20])
    assert found.example == "the first has wood and 13, where wood goes with 12 elsewhere"


def test_another_column_of_names_is_compared_by_name():
    names = [*CLASSES]
    names[:4] = ["lake", "field", "wood", "wood"]
    (found,) = find(second=names)
    assert found.places.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "column",
    [
        [11, 12, 13] * 10,
        list(range(30)),
        ["a"] * 30,
        [None] * 25 + ["field", "wood", "field", "wood", "lake"],
        ["open", "closed", "open"] * 10,
        np.random.default_rng(0).integers(0, 3, 30).tolist(),
        np.random.default_rng(1).random(30).tolist(),
        [["list"]] * 30,
        pd.date_range("2020-01-01", periods=30),
    ],
)
def test_columns_that_agree_or_mean_something_else_are_not(column):
    assert find(other=column) == []


def test_one_rare_class_that_shares_a_group_is_no_mistake():
    classes = ["field"] * 20 + ["wood"] * 20 + ["lake"]
    groups = ["open"] * 20 + ["closed"] * 20 + ["open"]
    assert find(classes, group=groups) == []


def test_two_columns_that_are_the_same_by_chance_only_are_not_compared():
    rng = np.random.default_rng(3)
    classes = np.where(rng.random(400) < 0.95, "field", "wood").tolist()
    assert find(classes, kind=np.where(rng.random(400) < 0.95, "way", "relation").tolist()) == []


def test_missing_values_are_no_mistakes():
    ids = [11, 12, 13] * 10
    ids[3] = None
    assert find(id=ids) == []
    classes = [*CLASSES]
    classes[3] = None
    assert find(classes, id=[11, 12, 13] * 10) == []
