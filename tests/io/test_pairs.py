"""Rasters used pixel by pixel are of one scene: the same grid, under the same name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from rs_seg.errors import UserError
from rs_seg.io.pairs import check_same_grid, find_scene
from rs_seg.testing import grid_at, rotated_grid
from rs_seg.values.grid import Grid

GRID = grid_at(40, 60)


@dataclass
class Raster:
    path: Path
    grid: Grid


def check(first: str, second: str, *, grid: Grid = GRID, other: Grid = GRID) -> None:
    check_same_grid(Raster(Path(first), grid), Raster(Path(second), other))


@pytest.mark.parametrize(
    "other",
    [
        grid_at(40, 61),
        grid_at(40, 60, left=500_002),
        grid_at(40, 60, crs="EPSG:32633"),
        rotated_grid(40, 60),
    ],
    ids=["size", "place", "CRS", "turned"],
)
def test_other_grids_are_refused_with_both_files_and_both_places(other: Grid) -> None:
    with pytest.raises(
        UserError, match=r"^/a/x.tif: two rasters of one scene lie on different grids"
    ) as caught:
        check("/a/x.tif", "/b/y.tif", other=other)
    told = str(caught.value)
    assert "40 x 60 pixels of 2 x 2 from (500000, 5400000), EPSG:32632" in told
    assert "the grid of /b/y.tif: " in told


def test_grids_that_differ_in_rounding_only_are_the_same() -> None:
    check("/a/x.tif", "/b/y.tif", other=grid_at(40, 60, left=500_000 + 1e-7))


@pytest.mark.parametrize(
    "name",
    [
        "scenes/a/image.tif",
        "scenes/a/reference.tif",
        "maps/a/unet/probabilities.tif",
        "maps/a/n/r/classes.tif",
    ],
)
def test_the_scene_of_a_file_of_the_workflow_is_read_from_its_place(
    name: str, tmp_path: Path
) -> None:
    assert find_scene(tmp_path / name) == (tmp_path, "a")


@pytest.mark.parametrize(
    "name", ["a/image.tif", "scenes/a/b/image.tif", "maps/a/classes.tif", "scenes/a/other.tif"]
)
def test_files_elsewhere_have_no_scene(name: str, tmp_path: Path) -> None:
    assert find_scene(tmp_path / name) is None


def test_two_dates_of_one_place_are_told_apart_by_their_folders() -> None:
    june, july = "/r/maps/june/unet/crf/classes.tif", "/r/scenes/july/reference.tif"
    with pytest.raises(
        UserError, match=re.escape(f"{june}: two rasters that belong together")
    ) as caught:
        check(june, july)
    assert f"Found: scene june. Expected: scene july, as in {july}" in str(caught.value)
    check(june, "/r/scenes/june/reference.tif")
    check(june, "/other run/scenes/july/reference.tif")
    check(june, "/labels/july.tif")
