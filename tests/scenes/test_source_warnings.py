"""What inspect advises for values without a rule: the very number that the file holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.io.raw.validity import ValidityRule
from rs_seg.scenes.source_warnings import find_undeclared
from rs_seg.testing import grid_at, write_image

FRAME, LINE, INSIDE = np.s_[:, :9], np.s_[:, :1], np.s_[:, 30:33, 20:60]


@pytest.mark.parametrize("place", [FRAME, LINE, INSIDE])
@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("int32", -(2**31)),
        ("uint32", 2**32 - 1),
        ("int16", -9999),
        ("float32", float(np.finfo("float32").min)),
    ],
)
def test_the_advised_setting_makes_these_pixels_no_data(
    tmp_path: Path, dtype: str, value: float, place: tuple[slice, ...]
) -> None:
    pixels = np.random.default_rng(4).integers(100, 1000, (2, 80, 80)).astype(dtype)
    pixels[place] = value
    path = write_image(tmp_path / "a.tif", grid_at(80, 80), pixels)
    with SourceRaster(path, bands=2) as raster:
        read, valid = raster.read_overview(1024)
        (warning,) = find_undeclared(["a", "b"], raster, read, valid, clear=valid)
    advised = float(warning.split("set nodata: ")[1].split()[0])
    rules = SourceRules(validity=ValidityRule((advised,)))
    with SourceRaster(path, bands=2, rules=rules) as raster:
        _, valid = raster.read_overview(1024)
    assert np.array_equal(valid, (pixels != np.array(value, dtype)).all(axis=0))
