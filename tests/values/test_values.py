from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rs_seg.values import ClassName, ClassNames, Window, dequantize, partition, quantize
from rs_seg.values.grid import Grid, crop, equal, ground_pixel_size

windows = st.builds(
    Window,
    row=st.integers(-20, 20),
    column=st.integers(-20, 20),
    height=st.integers(1, 20),
    width=st.integers(1, 20),
)
NAMES = ClassNames(
    (ClassName(code=5, name="a"), ClassName(code=0, name="b"), ClassName(code=254, name="c"))
)


def pixels(window: Window | None) -> set[tuple[int, int]]:
    if window is None:
        return set()
    return {
        (row, column)
        for row in range(window.row, window.row_end)
        for column in range(window.column, window.column_end)
    }


@given(windows, windows)
def test_intersection_holds_exactly_the_common_pixels(first: Window, second: Window) -> None:
    assert pixels(first.intersect(second)) == pixels(first) & pixels(second)


@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 40))
def test_partition_holds_every_pixel_once(height: int, width: int, size: int) -> None:
    count = np.zeros((height, width), dtype=int)
    for window in partition(height, width, size=size):
        count[window.slices] += 1
    assert (count == 1).all()


@given(arrays.arrays(np.float32, 20, elements=st.floats(0, 1, width=32)))
def test_quantized_probabilities_keep_their_order_and_ends(probabilities: np.ndarray) -> None:
    bytes_ = quantize(probabilities)
    assert bytes_.max(initial=0) <= 254
    order = np.argsort(probabilities, kind="stable")
    assert (np.diff(bytes_[order].astype(int)) >= 0).all()
    assert np.abs(dequantize(bytes_) - probabilities).max() <= 0.5 / 254 + 1e-6


def test_quantized_ends_are_exact_and_nan_is_nodata() -> None:
    assert quantize(np.array([0.0, 1.0, np.nan])).tolist() == [0, 254, 255]
    assert np.array_equal(
        dequantize(np.array([0, 254, 255], np.uint8)), [0.0, 1.0, np.nan], equal_nan=True
    )


@given(arrays.arrays(np.int64, (4, 5), elements=st.integers(-1, 2)))
def test_codes_decode_to_the_indices_they_encode(indices: np.ndarray) -> None:
    codes = NAMES.encode(indices)
    assert codes.dtype == np.uint8
    assert np.array_equal(NAMES.decode(codes), indices)


def test_codes_outside_the_legend_have_no_index() -> None:
    assert NAMES.decode(np.array([5, 0, 254, 255, 7])).tolist() == [0, 1, 2, -1, -1]
    assert NAMES.decode(np.array([300], np.uint16)).tolist() == [-1]


def test_legends_with_large_codes_are_sixteen_bit() -> None:
    names = ClassNames((ClassName(code=1, name="a"), ClassName(code=300, name="b")))
    assert (names.dtype, names.nodata) == ("uint16", 65535)
    assert names.encode(np.array([1, -1, -7])).tolist() == [300, 65535, 65535]


@pytest.mark.parametrize(("code", "nodata"), [(254, 255), (255, 65535)])
def test_nodata_is_no_code_of_a_class(code: int, nodata: int) -> None:
    assert (
        ClassNames((ClassName(code=1, name="a"), ClassName(code=code, name="b"))).nodata == nodata
    )


@pytest.mark.parametrize(("code", "abstain"), [(253, 254), (300, 65534)])
def test_what_stands_for_no_class_is_neither_a_class_nor_nodata_and_needs_no_wider_codes(
    code: int, abstain: int
) -> None:
    names = ClassNames((ClassName(code=1, name="a"), ClassName(code=code, name="b")))
    wider = names.with_abstain()
    assert (wider.dtype, wider.nodata) == (names.dtype, names.nodata)
    assert wider.encode(np.array([0, 1, 2, -1])).tolist() == [1, code, abstain, names.nodata]
    assert wider.decode(np.array([1, code, abstain, names.nodata])).tolist() == [0, 1, 2, -1]
    assert names.decode(np.array([abstain])).tolist() == [-1]


def test_ground_pixels_of_web_mercator_are_smaller_than_map_units() -> None:
    # Banepa, Nepal: 0.1493 m in EPSG:3857 at 27.63 N is 0.132 m on the ground (data set page of
    # vhr_banepa_buildings).
    from affine import Affine

    grid = Grid((100, 100), Affine(0.1493, 0, 9520000, 0, -0.1493, 3201500), "EPSG:3857")
    assert ground_pixel_size(grid) == pytest.approx(0.132, abs=5e-4)


def test_grids_are_equal_within_a_tolerance_only() -> None:
    from affine import Affine

    grid = Grid((10, 10), Affine(1, 0, 500000, 0, -1, 5000000), "EPSG:32632")
    moved = Grid((10, 10), Affine(1, 0, 500000.01, 0, -1, 5000000), "EPSG:32632")
    assert equal(grid, grid)
    assert not equal(grid, moved)
    assert equal(grid, moved, tolerance=0.02)
    assert crop(grid, Window(2, 3, 4, 5)).affine * (0, 0) == (500003, 4999998)
