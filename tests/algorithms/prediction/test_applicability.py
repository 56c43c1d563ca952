from __future__ import annotations

import pytest

from rs_seg.algorithms.prediction.applicability import band_order, check_classes, check_resolution
from rs_seg.errors import UserError
from rs_seg.values import ClassName, ClassNames

CLASSES = ClassNames((ClassName(code=1, name="roof"), ClassName(code=4, name="road")))


def test_bands_are_found_by_name_in_any_order_and_further_ones_left_out():
    assert band_order(["red", "dsm"], ["dsm", "nir", "red"]) == [2, 0]


def test_a_missing_band_is_named():
    with pytest.raises(UserError, match="nir"):
        band_order(["red", "nir"], ["red", "green"], where="image.tif")


@pytest.mark.parametrize(
    "other",
    [
        ClassNames((ClassName(code=1, name="roof"),)),
        ClassNames((ClassName(code=4, name="road"), ClassName(code=1, name="roof"))),
        ClassNames((ClassName(code=2, name="roof"), ClassName(code=4, name="road"))),
    ],
)
def test_other_classes_are_refused_with_both_lists(other):
    check_classes(CLASSES, CLASSES)
    with pytest.raises(UserError, match=r"1 roof, 4 road"):
        check_classes(CLASSES, other)


@pytest.mark.parametrize(
    ("size", "fits"), [(0.5, True), (0.545, True), (0.455, True), (0.56, False), (0.44, False)]
)
def test_pixel_sizes_may_differ_by_a_tenth(size, fits):
    if fits:
        check_resolution(0.5, size)
    else:
        with pytest.raises(UserError, match=r"0\.5 m"):
            check_resolution(0.5, size)
