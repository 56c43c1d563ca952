"""Numbers as people read them, and pictures inside pages."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from rs_seg.io.html import duration, embed_drawing, embed_photograph, join_words, number, share


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (None, 2, "–"),
        (float("nan"), 2, "–"),
        (1234567.0, 0, "1\u202f234\u202f567"),
        (-0.5, 1, "\u22120.5"),
        (0.125, 3, "0.125"),
    ],
)
def test_numbers_have_separated_thousands_and_dashes_for_nothing(
    value: float | None, digits: int, text: str
) -> None:
    assert number(value, digits) == text


def test_shares_are_per_cent() -> None:
    assert share(0.256) == "25.6\u202f%"
    assert share(None) == "–"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (2.25, "2.2 s"),
        (59.99, "60.0 s"),
        (60.4, "1 min 0 s"),
        (3599.7, "1 h 0 min"),
        (90061, "25 h 1 min"),
    ],
)
def test_times_are_told_in_two_units(seconds: float | None, text: str) -> None:
    assert duration(seconds).replace("\u202f", " ") == text


def test_words_are_joined_as_in_a_sentence() -> None:
    assert join_words(["a", "b", "c"]) == "a, b and c"
    assert join_words(["a"]) == "a"
    assert join_words([]) == ""


def test_drawings_are_exact_and_photographs_keep_their_transparency() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (12, 9, 4)).astype(np.uint8)
    picture[..., 3] = np.where(picture[..., 3] > 100, 255, 0)
    exact, near = (decode(each) for each in (embed_drawing(picture), embed_photograph(picture)))
    np.testing.assert_array_equal(exact, picture)
    np.testing.assert_array_equal(near[..., 3], picture[..., 3])


def decode(address: str) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGBA"))
