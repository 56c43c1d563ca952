"""Bands that a copy of a network sees nothing of."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rs_seg.io.raster import RasterReader
from rs_seg.predicting.pixels import read_bands
from rs_seg.testing import grid_at, write_image
from rs_seg.values import Window


def test_withheld_bands_are_0_and_the_others_and_the_mask_are_as_they_are(tmp_path: Path) -> None:
    pixels = np.arange(1, 37, dtype=np.uint8).reshape(3, 3, 4)
    valid = np.ones((3, 4), dtype=bool)
    valid[1, 1] = False
    path = write_image(tmp_path / "image.tif", grid_at(3, 4), pixels, valid=valid)
    with RasterReader(path) as reader:
        seen, mask = read_bands(reader, [2, 0, 1], withheld=[0, 2])(Window(0, 0, 3, 4))
        plain, same = read_bands(reader, [2, 0, 1])(Window(0, 0, 3, 4))
    np.testing.assert_array_equal(seen[1], pixels[0])
    assert not seen[[0, 2]].any()
    np.testing.assert_array_equal(plain, pixels[[2, 0, 1]])
    np.testing.assert_array_equal(mask, valid)
    np.testing.assert_array_equal(same, valid)
