"""The border at full resolution: lines from outside inwards, and what is one value there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rs_seg.algorithms.inspection.border import BorderLines, find_border_lines
from rs_seg.io.raw import border
from rs_seg.io.raw.border import read_border
from rs_seg.io.raw.source import SourceRaster
from rs_seg.testing import coordinate_image, grid_at, write_image

GRID = grid_at(300, 400, pixel=1.0, left=0.0, top=300.0)


def read(path: Path, *, band_count: int = 2) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    with SourceRaster(path, bands=band_count) as raster:
        return read_border(raster)


def test_the_first_line_of_each_side_is_the_outermost(tmp_path: Path) -> None:
    sides = read(write_image(tmp_path / "i.tif", GRID, coordinate_image(GRID)))
    outermost = {"left": (0, 0.5), "right": (0, 399.5), "top": (1, 299.5), "bottom": (1, 0.5)}
    for side, (axis, coordinate) in outermost.items():
        pixels, valid = sides[side]
        step = 1 if side in ("left", "bottom") else -1
        assert valid.all()
        np.testing.assert_array_equal(
            pixels[axis], np.tile(coordinate + step * np.arange(32), (pixels.shape[2], 1)).T
        )


@pytest.mark.parametrize(
    ("side", "place"),
    [
        ("top", np.s_[:, :2]),
        ("bottom", np.s_[:, -2:]),
        ("left", np.s_[:, :, :2]),
        ("right", np.s_[:, :, -2:]),
    ],
)
@pytest.mark.parametrize(
    ("dtype", "value"), [("uint8", 0), ("uint8", 255), ("int16", -9999), ("float32", -9999)]
)
def test_two_lines_of_a_mark_are_counted(
    side: str, place: tuple, dtype: str, value: float, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(0).integers(20, 200, (2, 300, 400)).astype(dtype)
    pixels[place] = value
    assert find_border_lines(read(write_image(tmp_path / "i.tif", GRID, pixels))) == [
        BorderLines(side, 2, value, True)
    ]


def test_lines_that_are_nearly_black_are_told_as_such(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(40, 200, (3, 300, 400)).astype(np.uint8)
    pixels[:, :, -5:] = rng.integers(0, 12, (3, 300, 5))
    found = find_border_lines(read(write_image(tmp_path / "i.tif", GRID, pixels), band_count=3))
    assert found == [BorderLines("right", 5, 0.0, exact=False)]


def test_imagery_water_masks_and_declared_lines_are_left_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    plain = rng.integers(0, 200, (2, 300, 400)).astype(np.uint8)
    assert find_border_lines(read(write_image(tmp_path / "plain.tif", GRID, plain))) == []
    water = plain.copy()
    water[:, :100] = 0
    assert find_border_lines(read(write_image(tmp_path / "water.tif", GRID, water))) == []
    mask = (plain > 150).astype(np.uint8)
    mask[:, :2] = 0
    assert find_border_lines(read(write_image(tmp_path / "mask.tif", GRID, mask))) == []
    declared = plain.clip(1, 200)
    declared[:, :2] = 0
    assert find_border_lines(read(write_image(tmp_path / "d.tif", GRID, declared, nodata=0))) == []


def test_small_rasters_and_files_of_huge_blocks_are_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = write_image(
        tmp_path / "small.tif", grid_at(100, 400), np.ones((2, 100, 400), dtype=np.uint8)
    )
    assert read(small) == {}
    path = write_image(tmp_path / "i.tif", GRID, coordinate_image(GRID))
    monkeypatch.setattr(border, "MOST_DECODED", 1_000_000)
    assert read(path) == {}
