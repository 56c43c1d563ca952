"""Ranges of band names are written out with their zeros, and folded again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.values.band_ranges import expand_ranges, fold_ranges


@pytest.mark.parametrize(
    ("given_names", "expanded"),
    [
        (["B001..B003"], ("B001", "B002", "B003")),
        (["B8..B11", "dsm"], ("B8", "B9", "B10", "B11", "dsm")),
        (["B98..B101"], ("B98", "B99", "B100", "B101")),
        (["08..10"], ("08", "09", "10")),
        (["s2_b1 .. s2_b2"], ("s2_b1", "s2_b2")),
        (["B7..B7"], ("B7",)),
        (["pca(1)..pca(3)"], ("pca(1)", "pca(2)", "pca(3)")),
        (["hog(nir, 7, 8)..hog(nir, 7, 9)"], ("hog(nir, 7, 8)", "hog(nir, 7, 9)")),
        (["red", "B8A", "a.b"], ("red", "B8A", "a.b")),
    ],
)
def test_ranges_are_written_out(given_names: list[str], expanded: tuple[str, ...]) -> None:
    assert expand_ranges(given_names) == expanded


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("B224..B001", "'B224..B001' falls; expected 'B001..B224'"),
        ("B001..C224", "begins with 'B' and ends with 'C'; expected a range such as B001..B224"),
        ("B001..", "'B001..' is no range of bands; expected a range such as B001..B224"),
        ("..B001", "'..B001' is no range of bands"),
        ("pca(1)..pca(3", "'pca(1)..pca(3' is no range"),
        ("pca(3)..pca(1)", "falls; expected 'pca(1)..pca(3)'"),
        ("red..nir", "'red..nir' is no range of bands"),
        ("B1..B8A", "'B1..B8A' is no range of bands"),
        ("B1...B3", "begins with 'B' and ends with '.B'"),
        ("B001..B24", "different numbers of zeros; expected 'B001..B024'"),
        ("B1..B024", "different numbers of zeros; expected 'B1..B24'"),
        ("B1..B99999999", "more than 100,000 bands"),
    ],
)
def test_what_is_no_range_says_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"bands|falls|range|zeros") as error:
        expand_ranges([text])
    assert message in str(error.value)


def test_neighbours_are_folded_from_three_on() -> None:
    names = ["red", "B001", "B002", "B003", "B005", "B006", "B8", "B9", "B10"]
    assert fold_ranges(names) == "[red, B001..B003, B005, B006, B8..B10]"


@given(st.sets(st.integers(0, 120), min_size=1), st.integers(1, 4))
def test_folded_names_are_written_out_to_the_same(numbers: set[int], width: int) -> None:
    names = tuple(f"B{number:0{width}d}" for number in sorted(numbers))
    assert expand_ranges(fold_ranges(names)[1:-1].split(", ")) == names
