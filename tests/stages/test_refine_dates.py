"""refine: images with dates and optional sources are compared by what was measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rs_seg.config import DenseCRF
from rs_seg.io.raster import RasterReader
from rs_seg.stages.refine import refine
from rs_seg.testing import write_image
from rs_seg.values.band_groups import BandGroup
from rs_seg.values.grid import whole
from tests.stages.toy_maps import LEGEND, ToyMap, make_toy_map

GROUPS = (
    BandGroup(source="s2", bands=("first", "second"), slots=3),
    BandGroup(source="dsm", bands=("height",), optional=True),
)
CRF = DenseCRF(name="crf", method="densecrf", block=96, overlap=0)


def run(toy: ToyMap, image: Path, groups: tuple[BandGroup, ...] = ()) -> bytes:
    out = image.parent / f"{image.stem}-maps"
    out.mkdir(parents=True, exist_ok=True)
    refine(
        CRF,
        LEGEND,
        groups,
        probabilities=toy.probabilities,
        image=image,
        parameters=[],
        classes=out / "classes.tif",
        confidence=out / "confidence.tif",
        changes=out / "changes.json",
    )
    return (out / "classes.tif").read_bytes()


def test_the_median_of_clear_dates_is_compared_and_no_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    toy = make_toy_map(tmp_path / "toy")
    with RasterReader(toy.image) as reader:
        bands = reader.read(whole(reader.grid)).astype(np.float32)
    height = np.zeros_like(bands[:1])
    height[0, 20:60] = 300.0
    days = np.full_like(bands[:1], 40.0)
    days[0, :, 30:70] = 0  # clouds of one date
    slots = [
        np.concatenate([bands * (days > 0), days]),
        np.concatenate([bands, np.full_like(days, 90.0)]),
        np.zeros((3, *bands.shape[1:]), dtype=np.float32),
    ]
    dated = write_image(
        tmp_path / "dated.tif",
        toy.grid,
        np.concatenate([*slots, height, (height > 0).astype(np.float32)]),
        valid=toy.valid,
        bands=[name for group in GROUPS for name in group.names],
    )
    plain = write_image(
        tmp_path / "plain.tif",
        toy.grid,
        np.concatenate([bands, height]),
        valid=toy.valid,
        bands=["first", "second", "height"],
    )
    assert run(toy, dated, GROUPS) == run(toy, plain)
    assert run(toy, dated) != run(toy, plain), "clouds and days are no edges of the ground"
