from __future__ import annotations

from rs_seg.errors import UserError, UserErrors, nearest_name


def test_an_error_is_one_paragraph_of_what_where_found_expected_remedy() -> None:
    error = UserError(
        "no CRS", where="a.tif", found="none", expected="a CRS", remedy="did you forget `crs: EPSG:32632`?"
    )
    assert str(error) == "a.tif: no CRS. Found: none. Expected: a CRS. Remedy: did you forget `crs: EPSG:32632`?"


def test_parts_that_are_not_known_are_left_out() -> None:
    assert str(UserError("no CRS.", where="a.tif")) == "a.tif: no CRS."


def test_several_errors_are_numbered() -> None:
    both = UserErrors([UserError("one"), UserError("two")])
    assert str(both).splitlines() == ["2 faults:", "  1. one.", "  2. two."]
    assert str(UserErrors([UserError("one")])) == "one."


def test_the_nearest_name_is_found_or_none() -> None:
    assert nearest_name("vectorise", ["predict", "vectorize"]) == "vectorize"
    assert nearest_name("xyz", ["predict", "vectorize"]) is None
