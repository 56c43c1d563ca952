"""Values of label files as codes of the legend."""

from __future__ import annotations

import unicodedata

import numpy as np

from rs_seg.algorithms.inspection.collar import find_collar
from rs_seg.algorithms.inspection.quicklook import choose_colors
from rs_seg.algorithms.labelling.codes import Coding
from rs_seg.algorithms.labelling.pixels import PixelCodes
from rs_seg.algorithms.labelling.rasterize import PolygonCodes
from rs_seg.testing import (
    TOY_CLASSES,
    bow_tie,
    coordinate_image,
    grid_at,
    l_shape,
    square,
    with_hole,
)
from rs_seg.values import Window, partition
from rs_seg.values.composite import composite_bands
from rs_seg.values.grid import whole


def test_names_codes_and_renamed_words_are_understood():
    coding = Coding.of(TOY_CLASSES, {"Laubwald": "wood", "99": "lake"})
    values = ["field", 4, 4.0, "7", " lake ", "Laubwald", 99, None, "swamp", float("nan")]
    assert coding.encode_values(values).tolist() == [1, 4, 4, 7, 7, 4, 7, -1, -1, -1]


def test_what_the_configuration_says_goes_before_the_legend():
    coding = Coding.of(TOY_CLASSES, {"field": "wood", "7": "field"}, unlabelled=("lake", 4))
    assert coding.encode_values(["field", 7, "lake", 4, "wood"]).tolist() == [4, 1, -1, -1, 4]


def test_words_are_compared_in_one_unicode_form():
    coding = Coding.of(TOY_CLASSES, {"Wiesenfläche": "field"})
    spellings = [unicodedata.normalize(form, "Wiesenfläche") for form in ("NFC", "NFD")]
    assert coding.encode_values(spellings).tolist() == [1, 1]


def test_strangers_are_listed_with_counts_and_a_remedy():
    error = Coding.of(TOY_CLASSES, {}).check_values(
        ["field", "Wood", "Wood", None], TOY_CLASSES, where="x.gpkg"
    )
    assert "Wood (2 features), (empty) (1 features)" in str(error)
    assert '{"Wood": wood}' in str(error)
    assert Coding.of(TOY_CLASSES, {}).check_values(["field"], TOY_CLASSES, where="x") is None


def test_unlabelled_values_and_nodata_are_not_strangers():
    pixels = np.array([[1, 4, 0, 9], [7, 255, 9, 1]], dtype=np.uint8)
    codes = PixelCodes(
        lambda window: (pixels[None], pixels != 255), Coding.of(TOY_CLASSES, {}, unlabelled=(0,))
    )
    found = codes.read(Window(0, 0, 2, 4))
    assert found.tolist() == [[1, 4, -1, -1], [7, -1, -1, 1]]
    assert codes.strangers == {"9": 2}


def test_a_pixel_has_the_code_of_the_last_polygon_that_holds_its_centre():
    grid = grid_at(40, 40, pixel=1.0, left=0.0, top=40.0)
    x, y = coordinate_image(grid)
    painted = PolygonCodes(
        np.array([square(2.2, 2.2, 20), l_shape(10, 10, 22), with_hole(25, 3, 12)]),
        [1, 4, 7],
        grid,
        outside=None,
    )
    found = painted.read(whole(grid))
    first = (x > 2.2) & (x < 22.2) & (y > 2.2) & (y < 22.2)
    second = (x > 10) & (x < 32) & (y > 10) & (y < 32) & ~((x > 21) & (y > 21))
    third = (x > 25) & (x < 37) & (y > 3) & (y < 15) & ~((x > 28) & (x < 34) & (y > 6) & (y < 12))
    expected = np.select([third, second, first], [7, 4, 1], default=-1)
    assert np.array_equal(found, expected)
    assert painted.overlap_pixels == np.count_nonzero(
        (first & second) | (second & third) | (first & third)
    )


def test_windows_paint_what_the_whole_paints():
    grid = grid_at(50, 70, pixel=1.0)
    polygons = np.array([square(500_000 + 7 * i, 5_399_950 + 5 * i, 13) for i in range(8)])
    codes = [1, 4, 7, 1, 4, 7, 1, 4]
    once = PolygonCodes(polygons, codes, grid, outside=7)
    parts = PolygonCodes(polygons, codes, grid, outside=7)
    expected = once.read(whole(grid))
    for window in partition(50, 70, size=16):
        assert np.array_equal(parts.read(window), expected[window.slices])
    assert parts.overlap_pixels == once.overlap_pixels > 0


def test_a_bow_tie_is_invalid():
    assert not bow_tie(0, 0, 1).is_valid


def test_a_collar_is_found_only_where_it_touches_the_border():
    pixels = np.full((2, 50, 50), 90, dtype=np.uint8)
    valid = np.ones((50, 50), dtype=bool)
    pixels[:, 20:30, 20:30] = 255
    assert find_collar(pixels, valid) is None
    pixels[:, :10] = 255
    assert find_collar(pixels, valid) == (255, 0.2)
    valid[:10] = False
    assert find_collar(pixels, valid) is None


def test_composites_follow_the_names_of_bands():
    assert composite_bands(["blue", "green", "red", "nir"]) == [2, 1, 0]
    assert composite_bands(["nir", "red", "green", "dsm"]) == [0, 1, 2]
    assert composite_bands(["dsm"]) == [0]


def test_classes_have_different_colours():
    names = ["water", "lake", "forest", "wood", "a", "b", "building"]
    assert len(set(choose_colors(names))) == len(names)
