"""Areas of classes and a thinned picture of each map, read window by window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rs_seg.maps import survey as map_survey
from rs_seg.testing import TOY_CLASSES, grid_at, toy_codes, write_reference


@pytest.mark.parametrize("read_size", [1000, 16, 10])
def test_a_sample_is_every_nth_pixel_whatever_the_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_size: int
) -> None:
    grid = grid_at(50, 70, pixel=2.0)
    codes = toy_codes(grid)
    path = write_reference(tmp_path / "classes.tif", grid, codes)
    monkeypatch.setattr(map_survey, "READ_SIZE", read_size)
    maps = {"town": path}
    surveyed = map_survey.survey_maps(maps, TOY_CLASSES, sample=24, description="test")["town"]
    assert surveyed.step == 3
    np.testing.assert_array_equal(surveyed.sample, codes[::3, ::3])
    pixels = [np.count_nonzero(codes == code) for code in TOY_CLASSES.codes]
    assert surveyed.counts.tolist() == pixels
    # a map metre on the central meridian of UTM is longer
    pixel = 4 / 0.9996**2
    expected = [pixel * count / 10_000 for count in pixels]
    assert surveyed.hectares == pytest.approx(expected, rel=1e-6)
