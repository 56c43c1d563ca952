"""Colours of pictures as codes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.labelling.colors import CHUNK, ColorCoding
from rs_seg.algorithms.labelling.pixels import PixelCodes
from rs_seg.testing import TOY_CLASSES
from rs_seg.values import Window

PALETTE = {"#ffffff": "field", "#00ffff": "wood", "#ff0000": "lake"}


def coding(tolerance):
    return ColorCoding.of(TOY_CLASSES, PALETTE, unlabelled=("#000000",), tolerance=tolerance)


def test_exact_colours_are_classes_and_others_are_strangers():
    codes, known = coding(0).encode_distinct(
        np.array([0xFFFFFF, 0x00FFFF, 0xFF0000, 0x000000, 0xFF0001])
    )
    assert codes.tolist() == [1, 4, 7, -1, -1]
    assert known.tolist() == [True, True, True, True, False]


def test_every_channel_keeps_to_the_tolerance():
    codes, known = coding(9).encode_distinct(
        np.array([0xF6F6F6, 0xF6F6F5, 0x09F6F6, 0x0AFFFF, 0x090909])
    )
    assert codes.tolist() == [1, -1, 4, -1, -1]
    assert known.tolist() == [True, False, True, False, True]


@given(st.lists(st.integers(0, 0xFFFFFF), min_size=1, max_size=30), st.integers(0, 127))
def test_a_colour_has_the_code_of_the_one_of_the_palette_that_is_near_enough(values, tolerance):
    codes, known = coding(tolerance).encode_distinct(np.array(values))
    table = {0xFFFFFF: 1, 0x00FFFF: 4, 0xFF0000: 7, 0x000000: -1}
    for value, code, is_known in zip(values, codes, known, strict=True):
        near = [
            table[color]
            for color in table
            if all(
                abs((value >> shift & 255) - (color >> shift & 255)) <= tolerance
                for shift in (16, 8, 0)
            )
        ]
        assert near == ([code] if is_known else [])


def test_pixels_of_inexact_and_strange_colours_are_counted():
    pixels = np.array(
        [[0xFFFFFF, 0xFFFFFE, 0x00FFFF], [0x123456, 0x123456, 0xFE0000]], dtype=np.int32
    )
    valid = np.array([[True, True, True], [True, True, False]])
    codes = PixelCodes(lambda window: (pixels[None], valid), coding(2))
    assert codes.read(Window(0, 0, 2, 3)).tolist() == [[1, 1, 4], [-1, -1, -1]]
    assert codes.inexact_pixels == 1
    assert codes.strangers == {"#123456": 2}


def test_more_colours_than_are_compared_at_once_all_get_a_code():
    values = np.full(CHUNK + 10, 0x00FFFF)
    values[-1] = 0xFF0000
    codes, known = coding(0).encode_distinct(values)
    assert known.all()
    assert codes[:-1].tolist() == [4] * (CHUNK + 9)
    assert codes[-1] == 7
