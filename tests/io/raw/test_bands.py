"""Bands are what the file says they are: by description, by colour, else by order."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from rasterio.enums import ColorInterp

from rs_seg.io.raw.bands import choose_bands

PATH = Path("a.tif")
RGBA = ("red", "green", "blue", "alpha")
UNTOLD = ("gray", "undefined", "undefined", "undefined")


def choose(names, *, descriptions=(None, None, None, None), colors=UNTOLD, match=True):
    colors = [ColorInterp[color] for color in colors[: len(descriptions)]]
    dataset = SimpleNamespace(
        count=len(descriptions), descriptions=descriptions, colorinterp=colors
    )
    return choose_bands(dataset, names, PATH, match=match)


def chosen(names, **options):
    choice, faults = choose(names, **options)
    assert not faults
    return choice


def fault_of(names, **options):
    choice, faults = choose(names, **options)
    assert choice is None
    return str(faults[0])


def test_described_bands_are_found_by_their_descriptions():
    choice = chosen(["red", "green", "blue", "nir"], descriptions=("blue", "green", "red", "nir"))
    assert choice.indexes == (3, 2, 1, 4)
    assert "red is band 3" in choice.notes[0]


def test_some_bands_of_a_described_file_are_enough():
    choice = chosen(["nir", "red"], descriptions=("B2 blue", "B3 green", "B4 red", "B5 nir"))
    assert choice.indexes == (4, 3)
    assert "2 other bands of the file are not used" in choice.notes[0]


def test_a_described_order_that_is_the_configured_one_is_nothing_to_tell():
    assert (
        chosen(["blue", "green", "red", "nir"], descriptions=("Blue", "Green", "Red", "NIR")).notes
        == ()
    )


@pytest.mark.parametrize(
    ("names", "descriptions", "said"),
    [
        (
            ["red", "green", "nir", "blue"],
            (None, None, None, "nir"),
            "band 4 is described as 'nir', but named 'blue'",
        ),
        (
            ["red", "green", "blue", "nir"],
            ("swir1", "swir2", "nir", "red"),
            "band 1 is described as 'swir1'",
        ),
        (
            ["red", "green", "blue", "nir"],
            ("red edge", None, None, None),
            "band 1 is described as 'red edge'",
        ),
        (["vv", "vh", "dsm"], (None, "vv", None), "band 2 is described as 'vv', but named 'vh'"),
        (["nir"], ("red",), "band 1 is described as 'red', but named 'nir'"),
    ],
)
def test_a_description_that_contradicts_the_name_is_a_fault(names, descriptions, said):
    assert said in fault_of(names, descriptions=descriptions)


def test_two_names_of_one_meaning_are_not_the_same_band():
    assert chosen(["red", "r"], descriptions=("red", None)).indexes == (1, 2)


def test_words_that_the_configuration_does_not_use_are_told_and_taken_in_order():
    choice = chosen(["coastal", "nir"], descriptions=("B01", "B8A"))
    assert choice.indexes == (1, 2)
    assert "the file describes them as 'B01', 'B8A'" in choice.notes[0]
    assert chosen(["coastal", "blue"], descriptions=("Band 1", "Band 2")).notes == ()


def test_colours_in_gdals_own_order_say_nothing_of_near_infrared_first():
    assert chosen(["nir", "red", "green"], descriptions=(None,) * 3, colors=RGBA).indexes == (
        1,
        2,
        3,
    )


@pytest.mark.parametrize("colors", [("red", "green", "blue"), ("gray", "green", "red")])
def test_colours_that_contradict_the_names_are_a_fault(colors):
    message = fault_of(["blue", "green", "red"] if colors[0] == "red" else ["red", "green", "blue"],
                       descriptions=(None,) * 3, colors=colors)  # fmt: skip
    assert "is tagged as" in message
    assert "match_bands: false" in message


def test_an_order_on_request_is_taken_whatever_the_file_says():
    choice = chosen(
        ["red", "green", "blue", "nir"], descriptions=("blue", "green", "red", "nir"), match=False
    )
    assert choice.indexes == (1, 2, 3, 4)


@pytest.mark.parametrize("alpha", [1, 2, 4])
def test_an_alpha_band_is_left_out_wherever_it_stands(alpha):
    colors = ["red", "green", "blue"]
    colors.insert(alpha - 1, "alpha")
    choice = chosen(["red", "green", "blue"], colors=colors)
    assert choice.alpha == alpha
    assert choice.indexes == tuple(index for index in (1, 2, 3, 4) if index != alpha)


def test_another_number_of_bands_is_a_fault_that_lists_them():
    message = fault_of(["red", "green"], descriptions=("red", None, "nir", None))
    assert "4 bands (red, undefined, nir, undefined)" in message
