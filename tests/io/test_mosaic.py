"""A mosaic reads like the raster that its scenes were cut from."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import rs_seg.io.mosaic
from rs_seg.errors import UserError
from rs_seg.io.mosaic import MosaicReader
from rs_seg.testing import rotated_grid, write_image
from rs_seg.values import Window
from rs_seg.values.grid import crop
from rs_seg.values.mosaic import Member, Mosaic

HEIGHT, WIDTH = 40, 50
GRID = rotated_grid(HEIGHT, WIDTH)
NODATA = 255


def make_mosaic(
    folder: Path,
    windows: list[Window],
    pixels: list[NDArray[np.generic]],
    *,
    nodata: float | None = NODATA,
) -> tuple[Mosaic, list[Path]]:
    """Scenes with these pixels (B, H, W), written as rasters in the order of their windows."""
    paths = [
        write_image(folder / f"{number}.tif", crop(GRID, window), values, nodata=nodata)
        for number, (window, values) in enumerate(zip(windows, pixels, strict=True))
    ]
    return Mosaic(
        GRID, tuple(Member(number, window) for number, window in enumerate(windows))
    ), paths


@st.composite
def cuts(draw: st.DrawFn) -> list[Window]:
    """Windows that hold every pixel: a partition whose pieces have grown into their neighbours."""
    rows = sorted({0, HEIGHT, *draw(st.lists(st.integers(1, HEIGHT - 1), max_size=3))})
    columns = sorted({0, WIDTH, *draw(st.lists(st.integers(1, WIDTH - 1), max_size=3))})
    pieces = [
        Window(row, column, row_end - row, column_end - column)
        for row, row_end in pairwise(rows)
        for column, column_end in pairwise(columns)
    ]
    margins = [draw(st.integers(0, 4)) for _ in pieces]
    grown = [
        piece.expand(margin).clip(HEIGHT, WIDTH)
        for piece, margin in zip(pieces, margins, strict=True)
    ]
    return draw(st.permutations([window for window in grown if window is not None]))


asked = st.builds(
    Window,
    row=st.integers(-5, HEIGHT),
    column=st.integers(-5, WIDTH),
    height=st.integers(1, HEIGHT + 10),
    width=st.integers(1, WIDTH + 10),
)


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(windows=cuts(), window=asked, seed=st.integers(0, 2**31), band_count=st.integers(1, 2))
def test_a_raster_cut_into_scenes_is_read_back(
    tmp_path: Path, windows: list[Window], window: Window, seed: int, band_count: int
) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 4, (band_count, HEIGHT, WIDTH)).astype(np.uint8)
    pixels[:, rng.random((HEIGHT, WIDTH)) < 0.3] = NODATA
    mosaic, paths = make_mosaic(tmp_path, windows, [pixels[:, *each.slices] for each in windows])
    outside = np.full((band_count, HEIGHT + 120, WIDTH + 120), NODATA, dtype=np.uint8)
    outside[:, 60 : 60 + HEIGHT, 60 : 60 + WIDTH] = pixels
    place = Window(window.row + 60, window.column + 60, window.height, window.width).slices
    with MosaicReader(mosaic, paths) as reader:
        found = reader.read(window)
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, outside[:, *place])
        np.testing.assert_array_equal(reader.read_codes(window), outside[0][place])
        np.testing.assert_array_equal(reader.read_valid(window), outside[0][place] != NODATA)


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(windows=cuts(), seed=st.integers(0, 2**31), keep=st.integers(0, 3))
def test_each_pixel_is_that_of_the_first_scene_that_has_one(
    tmp_path: Path, windows: list[Window], seed: int, keep: int
) -> None:
    rng = np.random.default_rng(seed)
    windows = windows[keep:] or windows
    scenes = [
        rng.choice([number, NODATA], (1, each.height, each.width))
        for number, each in enumerate(windows)
    ]
    mosaic, paths = make_mosaic(tmp_path, windows, [scene.astype(np.uint8) for scene in scenes])
    expected = np.full((HEIGHT, WIDTH), NODATA)
    for window, scene in zip(reversed(windows), reversed(scenes), strict=True):
        expected[window.slices] = np.where(scene[0] == NODATA, expected[window.slices], scene[0])
    with MosaicReader(mosaic, paths) as reader:
        np.testing.assert_array_equal(reader.read_codes(Window(0, 0, HEIGHT, WIDTH)), expected)


def test_scenes_without_nodata_let_others_through_where_their_mask_says_so(tmp_path: Path) -> None:
    whole, right = Window(0, 0, 2, 4), Window(0, 2, 2, 2)
    valid = np.array([[True, True, False, True]] * 2)
    first = write_image(
        tmp_path / "0.tif", crop(GRID, whole), np.full((1, 2, 4), 7, np.uint8), valid=valid
    )
    second = write_image(tmp_path / "1.tif", crop(GRID, right), np.full((1, 2, 2), 0, np.uint8))
    mosaic = Mosaic(crop(GRID, whole), (Member(0, whole), Member(1, right)))
    with MosaicReader(mosaic, [first, second]) as reader:
        assert reader.nodata is None
        assert reader.read_codes(whole).tolist() == [[7, 7, 0, 7]] * 2
        assert reader.read_valid(whole).all()
        assert reader.read_valid(Window(0, 3, 1, 2)).tolist() == [[True, False]]


def test_mosaics_know_their_scenes_by_number(tmp_path: Path) -> None:
    window = Window(0, 0, 3, 3)
    _, paths = make_mosaic(
        tmp_path, [window] * 3, [np.full((1, 3, 3), value, np.uint8) for value in (4, 5, 6)]
    )
    with MosaicReader(Mosaic(crop(GRID, window), (Member(2, window),)), paths) as reader:
        assert (reader.height, reader.width, reader.dtype, reader.nodata) == (
            3,
            3,
            np.uint8,
            NODATA,
        )
        assert (reader.read_codes(window) == 6).all()


def test_few_files_are_open_at_once_and_none_that_is_not_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rs_seg.io.mosaic, "OPEN_FILES", 3)
    windows = [Window(0, 5 * column, HEIGHT, 5) for column in range(10)]
    scenes = [np.full((1, HEIGHT, 5), number, np.uint8) for number in range(10)]
    mosaic, paths = make_mosaic(tmp_path, windows, scenes)
    paths[9].unlink()
    with MosaicReader(mosaic, paths) as reader:
        for row in range(0, HEIGHT, 8):
            codes = reader.read_codes(Window(row, 0, 8, 45))
            np.testing.assert_array_equal(codes, np.tile(np.repeat(np.arange(9), 5), (8, 1)))
            assert len(reader._open) == 3
    assert not reader._open


def test_a_missing_file_is_named_when_it_is_met(tmp_path: Path) -> None:
    windows = [Window(0, 0, 5, 5), Window(0, 5, 5, 5)]
    mosaic, paths = make_mosaic(tmp_path, windows, [np.zeros((1, 5, 5), np.uint8)] * 2)
    paths[1].unlink()
    with MosaicReader(mosaic, paths) as reader, pytest.raises(UserError, match=r"1\.tif"):
        reader.read_codes(Window(0, 0, 5, 10))


@pytest.mark.parametrize(
    ("pixels", "nodata", "said"),
    [
        (np.zeros((1, 5, 6), np.uint8), NODATA, "5 x 6 pixels"),
        (np.zeros((1, 5, 5), np.uint16), NODATA, "uint16"),
        (np.zeros((2, 5, 5), np.uint8), NODATA, "2 bands"),
        (np.zeros((1, 5, 5), np.uint8), 0, "nodata 0"),
    ],
)
def test_a_raster_of_another_kind_is_refused(
    tmp_path: Path, pixels: NDArray[np.generic], nodata: int, said: str
) -> None:
    windows = [Window(0, 0, 5, 5), Window(0, 5, 5, 5)]
    mosaic, paths = make_mosaic(tmp_path, windows, [np.zeros((1, 5, 5), np.uint8)] * 2)
    write_image(paths[1], crop(GRID, Window(0, 5, *pixels.shape[1:])), pixels, nodata=nodata)
    with MosaicReader(mosaic, paths) as reader, pytest.raises(UserError, match=said):
        reader.read_codes(Window(0, 0, 5, 10))
