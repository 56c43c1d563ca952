"""Strata: joined by name, counted in parts, never of nodata."""

from __future__ import annotations

import numpy as np
import pytest

from rs_seg.areas import SizeCounter, Strata, tabulate
from rs_seg.errors import UserError

CODES = np.array([[0, 0, 5, 5], [0, 2, 2, 5], [255, 2, 2, 5]], dtype=np.uint8)


def test_nodata_is_no_stratum() -> None:
    counter = SizeCounter(nodata=0)
    counter.feed(CODES, valid=CODES != 255)
    strata = counter.strata()
    assert strata.names == (2, 5)
    np.testing.assert_array_equal(strata.sizes, [4, 4])


def test_sizes_of_parts_add_up_whatever_the_parts_are() -> None:
    areas = np.array([[1.0], [0.5], [0.25]])
    whole, parts = SizeCounter(nodata=255), SizeCounter(nodata=255)
    whole.feed(CODES, pixel_area=areas)
    for row in (2, 0, 1):
        parts.feed(CODES[row : row + 1], pixel_area=areas[row : row + 1])
    assert whole.strata().names == parts.strata().names == (0, 2, 5)
    np.testing.assert_allclose(whole.strata().sizes, [2.5, 1.5, 2.75])
    np.testing.assert_allclose(parts.strata().sizes, whole.strata().sizes)
    np.testing.assert_array_equal(parts.strata().units, [3, 4, 4])


def test_strata_without_area_are_left_out() -> None:
    assert Strata.of({"a": 3, "b": 0}).names == ("a",)
    with pytest.raises(UserError, match="no stratum has any area"):
        Strata.of({"a": 0})


@pytest.mark.parametrize("size", [-1, float("nan"), float("inf")])
def test_sizes_that_are_none_are_refused(size: float) -> None:
    with pytest.raises(UserError, match="sizes of strata"):
        Strata.of({"a": 1, "b": size})


def test_units_are_joined_by_name() -> None:
    strata = Strata.of({"a": 1, "b": 2}, units={"b": 20, "a": 10})
    assert strata.units is not None
    np.testing.assert_array_equal(strata.units, [10, 20])
    with pytest.raises(UserError, match=r"without a number of units.*\['b'\]"):
        Strata.of({"a": 1, "b": 2}, units={"a": 10})


def test_strata_are_merged_into_one_that_stays() -> None:
    strata = Strata.of({"a": 1, "b": 2, "c": 4}, units={"a": 10, "b": 20, "c": 40})
    merged = strata.merge({"a": "c"})
    assert merged.names == ("c", "b")
    np.testing.assert_array_equal(merged.sizes, [5, 2])
    assert merged.units is not None
    np.testing.assert_array_equal(merged.units, [50, 20])
    with pytest.raises(UserError, match="no such stratum"):
        strata.merge({"x": "a"})
    with pytest.raises(UserError, match="is merged itself"):
        strata.merge({"a": "b", "b": "c"})


def test_whole_numbers_of_a_table_are_codes() -> None:
    """A column of codes with a gap comes as floats from pandas."""
    sample = tabulate(
        Strata.of({1: 10, 2: 10}),
        stratum=np.array([1.0, 2.0, 2.0]),
        mapped=np.array([1, 2, 2], dtype=np.uint8),
        reference=[1, 1.0, np.int64(2)],
    )
    assert sample.classes == (1, 2)
    np.testing.assert_array_equal(sample.units, [1, 2])


@pytest.mark.parametrize("missing", [None, "", float("nan")])
def test_units_without_a_label_are_told(missing: object) -> None:
    with pytest.raises(UserError, match=r"units have no reference class.*1 of 2"):
        tabulate(
            Strata.of({"a": 1}), stratum=["a", "a"], mapped=["x", "x"], reference=["x", missing]
        )


def test_units_outside_the_strata_are_told() -> None:
    with pytest.raises(UserError, match=r"strata without a size.*\['b'\]"):
        tabulate(Strata.of({"a": 1}), stratum=["a", "b"], mapped=["x", "x"], reference=["x", "x"])


def test_a_misspelt_reference_class_is_told_with_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'forest'"):
        tabulate(
            Strata.of({"a": 1}),
            stratum=["a"],
            mapped=["forest"],
            reference=["forst"],
            classes=["forest", "water"],
        )


def test_columns_of_different_lengths_are_told() -> None:
    with pytest.raises(UserError, match="as long as one another"):
        tabulate(Strata.of({"a": 1}), stratum=["a"], mapped=["x", "x"], reference=["x"])
