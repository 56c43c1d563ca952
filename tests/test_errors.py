from __future__ import annotations

from rs_seg.errors import UserError, UserErrors, nearest_name


def test_an_error_is_one_paragraph_of_what_where_found_expected_remedy() -> None:
    error = UserError(
        "no CRS",
        where="a.tif",
        found="none",
        expected="a CRS",
        remedy="did you forget `crs: EPSG:32632`?",
    )
    assert (
        str(error)
        == "a.tif: no CRS. Found: none. Expected: a CRS. Remedy: did you forget `crs: EPSG:32632`?"
    )


def test_parts_that_are_not_known_are_left_out() -> None:
    assert str(UserError("no CRS.", where="a.tif")) == "a.tif: no CRS."


def test_several_errors_are_numbered() -> None:
    both = UserErrors([UserError("one"), UserError("two")])
    assert str(both).splitlines() == ["2 faults:", "  1. one.", "  2. two."]
    assert str(UserErrors([UserError("one")])) == "one."


def test_the_nearest_name_is_found_or_none() -> None:
    assert nearest_name("vectorise", ["predict", "vectorize"]) == "vectorize"
    assert nearest_name("xyz", ["predict", "vectorize"]) is None


def test_of_many_mistakes_some_are_shown_and_the_others_counted() -> None:
    errors = UserErrors([UserError(f"fault {number}") for number in range(5)])
    assert (
        errors.shorten(2, rest=", all in a.log")
        == "5 faults:\n  1. fault 0.\n  2. fault 1.\n  and 3 more, all in a.log"
    )
    assert str(errors).endswith("5. fault 4.")
    assert errors.shorten(5) == str(errors)


def test_a_mistake_is_told_with_a_place_around_its_own() -> None:
    assert str(UserError("wrong", where="b", found=1).at("a")) == "a, b: wrong. Found: 1."
    assert str(UserError("wrong").at("a")) == "a: wrong."
