"""align: the dates of a source, and sources that a scene may lack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.config import AlignConfig, Source
from rs_seg.io.raster import RasterReader
from rs_seg.stages.align import align
from rs_seg.testing import grid_at, write_image
from rs_seg.values import Scene
from rs_seg.values.grid import whole

S2 = Source(path="{date}.tif", bands=("red", "nir"), nodata=0, slots=3)
DSM = Source(path="dsm.tif", bands=("height",), optional=True, nodata=-9999)
DATES = ("20191230", "2020_02")


def run(
    folder: Path, sources: dict[str, Source], scene: Scene, images: list[Path]
) -> tuple[tuple[str, ...], NDArray[Any], NDArray[np.bool_]]:
    out = folder / "image.tif"
    align(AlignConfig(), sources, scene, inspection=folder / "i.json", images=images, image=out)
    with RasterReader(out) as reader:
        everywhere = whole(reader.grid)
        return reader.bands, reader.read(everywhere), reader.read_valid(everywhere)


def write_dates(folder: Path) -> tuple[list[Path], NDArray[np.uint8]]:
    """Two dates on one grid: the first lacks rows 0 to 9, the second rows 5 to 19."""
    pixels = np.random.default_rng(3).integers(1, 255, (2, 2, 40, 30)).astype(np.uint8)
    pixels[0, :, :10] = 0
    pixels[1, :, 5:20] = 0
    paths = [
        write_image(folder / f"{date}.tif", grid_at(40, 30), values, nodata=0)
        for date, values in zip(DATES, pixels, strict=True)
    ]
    return paths, pixels


def test_dates_lie_in_slots_with_their_days(tmp_path: Path) -> None:
    paths, pixels = write_dates(tmp_path)
    names, values, valid = run(tmp_path, {"s2": S2}, Scene(name="a", dates={"s2": DATES}), paths)
    assert names[:6] == ("red@1", "nir@1", "day_s2@1", "red@2", "nir@2", "day_s2@2")
    assert values.dtype == np.uint16
    assert np.array_equal(values[[0, 1]], pixels[0])
    assert np.array_equal(values[[3, 4]], pixels[1])
    assert np.array_equal(values[2], np.where(pixels[0, 0] > 0, 364, 0))
    assert np.array_equal(values[5], np.where(pixels[1, 0] > 0, 365 + 32, 0))
    assert not values[6:].any(), "no third date"
    assert not valid[5:10].any()
    assert valid[:5].all()
    assert valid[10:].all()


def test_an_optional_source_leaves_no_pixel_out(tmp_path: Path) -> None:
    paths, pixels = write_dates(tmp_path)
    heights = np.full((1, 40, 30), 17.5, dtype=np.float32)
    heights[:, 30:] = -9999
    dsm = write_image(tmp_path / "dsm.tif", grid_at(40, 30), heights)
    sources = {"s2": S2.model_copy(update={"slots": 1}), "dsm": DSM}
    dates = {"s2": DATES[:1]}
    names, values, valid = run(tmp_path, sources, Scene(name="a", dates=dates), [paths[0], dsm])
    assert names == ("red@1", "nir@1", "day_s2@1", "height", "has_dsm")
    assert np.array_equal(valid, pixels[0, 0] > 0)
    assert np.array_equal(values[3], np.where(valid & (heights[0] > 0), 17.5, 0))
    assert np.array_equal(values[4], (valid & (heights[0] > 0)).astype(np.float32))
    lacking = Scene(name="b", dates=dates, lacks=("dsm",))
    names, without, valid = run(tmp_path, sources, lacking, paths[:1])
    assert names[3:] == ("height", "has_dsm")
    assert not without[3:].any()
    assert np.array_equal(valid, pixels[0, 0] > 0)
