from __future__ import annotations

import pytest

from rs_seg.values.band_names import band_colours, band_key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("B5 nir", "nir"),
        ("Near Infrared", "nir"),
        ("NIR_2", "nir"),
        ("swir1", "swir1"),
        ("Band 4 - Red", "red"),
        ("Red Edge 1", "rededge"),
        ("rededge1", "rededge1"),
        ("B02", "b2"),
        ("band_2", "b2"),
        ("2", "b2"),
        ("B8A", "b8a"),
        ("", ""),
        ("Gamma0_VV", "gamma0vv"),
    ],
)
def test_names_mean_the_same_however_they_are_written(text, key):
    assert band_key(text) == key


@pytest.mark.parametrize(
    ("names", "colours"),
    [
        (["nir", "R", "Green", "blue"], [None, "red", "green", "blue"]),
        (["B02", "B03", "B04", "B08"], ["blue", "green", "red", None]),
        (["B2", "B4", "B8A", "dem"], ["blue", "red", None, None]),
        (["red1", "red2", "red edge"], ["red", "red", None]),
        (["B04 red", "B05"], ["red", None]),
        (["b490nm", "560 nm", "665.5_nm", "842nm"], ["blue", "green", "red", None]),
    ],
)
def test_colours_are_found_by_word_wavelength_or_sentinel_2(names, colours):
    assert band_colours(names) == tuple(colours)


@pytest.mark.parametrize(
    "names",
    [
        ["B1", "B2", "B3", "B4"],
        ["B02", "B03", "B04", "B13"],
        ["vv", "vh"],
        [f"B{n:03}" for n in range(1, 9)],
    ],
)
def test_numbers_of_bands_that_other_sensors_share_say_no_colour(names):
    assert set(band_colours(names)) == {None}
