"""A source without a place of its own covers the ground of the source that gives the grid."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rs_seg.cli.scene_looks import find_grid
from rs_seg.cli.signature import settings_of
from rs_seg.config import RunConfig, parse_config
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.scenes.headers import look_at_headers
from rs_seg.stages.align import align
from rs_seg.testing import coordinate_image, grid_at, write_image
from rs_seg.values.grid import whole
from tests.stages.toy_maps import LEGEND

GRID = grid_at(30, 40, pixel=0.5)


def run_of(folder: Path, *, align: dict[str, Any] | None = None, **heights: Any) -> RunConfig:
    """A scene of an image with a place, and heights as a PNG."""
    return parse_config(
        {
            "data_root": str(folder),
            "scenes": [{"name": "a", "labelled": False}],
            "align": align or {},
            "sources": {
                "image": {"path": "image.tif", "bands": ["x", "y"]},
                "heights": {"path": "heights.png", "bands": ["height"], **heights},
            },
            "legend": LEGEND.model_dump(),
            "models": {"given": {"model": "m"}},
            "refinements": {"argmax": {"method": "argmax"}},
        }
    )


def write_files(folder: Path, heights: np.ndarray) -> None:
    write_image(folder / "image.tif", GRID, coordinate_image(GRID), bands=["x", "y"])
    Image.fromarray(heights).save(folder / "heights.png")


def align_scene(folder: Path, run: RunConfig) -> np.ndarray:
    out = folder / "aligned.tif"
    paths = run.source_paths(run.scene("a"))
    settings = settings_of("align", run, scene="a").values()
    align(*settings, inspection=folder, images=paths, image=out)
    with RasterReader(out) as reader:
        return reader.read(whole(reader.grid), [2])[0]


def test_pixels_of_the_same_number_are_taken_as_they_are_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heights = np.random.default_rng(1).integers(0, 255, GRID.shape).astype(np.uint8)
    write_files(tmp_path, heights)
    with caplog.at_level(logging.WARNING):
        found = align_scene(tmp_path, run_of(tmp_path, ungeoreferenced="reference"))
    np.testing.assert_array_equal(found, heights)
    assert "heights.png: has no place of its own" in caplog.text


def test_pixels_of_another_size_cover_the_same_ground(tmp_path: Path) -> None:
    half = np.arange(15 * 20).reshape(15, 20).astype(np.uint8)
    write_files(tmp_path, half)
    run = run_of(tmp_path, ungeoreferenced="reference", resampling="nearest")
    found = align_scene(tmp_path, run)
    np.testing.assert_array_equal(found, half.repeat(2, axis=0).repeat(2, axis=1))


def test_another_shape_is_told_and_so_is_a_missing_place(tmp_path: Path) -> None:
    write_files(tmp_path, np.zeros((30, 38), np.uint8))
    run = run_of(tmp_path, ungeoreferenced="reference")
    scene, grid = run.scene("a"), find_grid(run, run.scene("a"))
    assert grid == GRID
    for setting, told in (
        ("reference", r"30 x 38 pixels.*the shape of 30 x 40 pixels.*world file"),
        ("error", "raster has no georeference"),
    ):
        sources = run_of(tmp_path, ungeoreferenced=setting).sources
        look = look_at_headers(
            sources,
            run.align,
            None,
            run.class_names,
            scene,
            images=run.source_paths(scene),
            labels=[],
        )
        (fault,) = look.faults
        with pytest.raises(UserError, match=told):
            raise fault


def test_the_source_that_gives_the_grid_needs_a_place(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'heights' gives the grid itself"):
        run_of(tmp_path, align={"reference": "heights"}, ungeoreferenced="reference")
