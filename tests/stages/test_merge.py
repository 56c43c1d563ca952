"""merge: the scenes of a run as one layer, the same polygons as if they had been one scene."""

from __future__ import annotations

import logging
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from rs_seg.config import Argmax, VectorizeConfig
from rs_seg.config.vectorizing import SimplifyConfig
from rs_seg.errors import UserError
from rs_seg.stages.merge import merge
from rs_seg.stages.vectorize import vectorize
from rs_seg.testing import grid_at, toy_codes, write_image, write_reference
from rs_seg.values import Window
from rs_seg.values.grid import Grid, crop
from tests.stages.toy_maps import LEGEND

ARGMAX = Argmax(name="argmax", method="argmax")
SETTINGS = VectorizeConfig(minimum_area=10, zonal=[{"band": "dsm", "name": "height"}])
GRID = grid_at(70, 90)


def write_map(place: Path, grid: Grid, codes: np.ndarray, heights: np.ndarray) -> dict[str, Path]:
    """A map of the scene that the place is named after, beside others in one folder of results."""
    folder = place.parent / "maps" / place.name / "unet" / "argmax"
    scene = place.parent / "scenes" / place.name
    folder.mkdir(parents=True)
    scene.mkdir(parents=True)
    confidence = np.where(codes == 255, 255, 100 + codes).astype(np.uint8)
    return {
        "classes": write_reference(folder / "classes.tif", grid, codes),
        "confidence": write_image(folder / "confidence.tif", grid, confidence[None], nodata=255),
        "image": write_image(scene / "image.tif", grid, heights[None], bands=["dsm"]),
    }


def merge_maps(
    folder: Path, maps: list[dict[str, Path]], settings: VectorizeConfig = SETTINGS
) -> geopandas.GeoDataFrame:
    merge(
        settings,
        ARGMAX,
        LEGEND,
        None,
        files=[path for each in maps for path in each.values()],
        polygons=folder / "polygons.gpkg",
        shapefile=None,
        flatgeobuf=None,
        geoparquet=None,
    )
    return geopandas.read_file(folder / "polygons.gpkg", layer="polygons")


@pytest.fixture
def pixels() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(2)
    codes = toy_codes(GRID, size=13).copy()
    codes[generator.random(codes.shape) < 0.02] = 4
    codes[20:30, 40:50] = 255
    return codes, generator.normal(100, 20, codes.shape).astype(np.float32)


@pytest.mark.parametrize("overlap", [0, 7])
def test_scenes_that_fit_give_the_polygons_of_one_scene(
    overlap: int, pixels: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    codes, heights = pixels
    parts = [
        Window(row, column, min(35 + overlap, 70 - row), min(45 + overlap, 90 - column))
        for row in (0, 35)
        for column in (0, 45)
    ]
    maps = [
        write_map(
            tmp_path / str(number), crop(GRID, part), codes[part.slices], heights[part.slices]
        )
        for number, part in enumerate(parts)
    ]
    whole = write_map(tmp_path / "whole", GRID, codes, heights)
    vectorize(
        SETTINGS,
        ARGMAX,
        LEGEND,
        None,
        classes=whole["classes"],
        confidence=whole["confidence"],
        probabilities=[],
        image=[whole["image"]],
        polygons=tmp_path / "whole.gpkg",
        shapefile=None,
        flatgeobuf=None,
        geoparquet=None,
    )
    expected = geopandas.read_file(tmp_path / "whole.gpkg", layer="polygons")
    assert_geodataframe_equal(merge_maps(tmp_path, maps), expected)


def test_where_scenes_overlap_the_first_decides(tmp_path: Path) -> None:
    maps = [
        write_map(
            tmp_path / "a",
            crop(GRID, Window(0, 0, 4, 6)),
            np.full((4, 6), 1),
            np.zeros((4, 6), np.float32),
        ),
        write_map(
            tmp_path / "b",
            crop(GRID, Window(0, 4, 4, 6)),
            np.full((4, 6), 4),
            np.zeros((4, 6), np.float32),
        ),
    ]
    frame = merge_maps(tmp_path, maps, VectorizeConfig())
    assert frame["code"].tolist() == [1, 4]
    assert frame.area.tolist() == [4 * 24, 4 * 16]
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())


def test_scenes_that_do_not_fit_are_brought_into_one_crs_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    zeros = np.zeros((4, 6), np.float32)
    other = grid_at(4, 6, left=200_000, crs="EPSG:32633")
    maps = [
        write_map(tmp_path / "a", crop(GRID, Window(0, 0, 4, 6)), np.full((4, 6), 1), zeros),
        write_map(tmp_path / "b", other, np.full((4, 6), 4), zeros),
    ]
    with caplog.at_level(logging.INFO):
        frame = merge_maps(tmp_path, maps, VectorizeConfig())
    assert frame.crs == "EPSG:32632"
    assert frame["id"].tolist() == [0, 24]
    assert frame["area_m2"].tolist() == pytest.approx([96, 96], rel=3e-3)
    assert frame.geometry.is_valid.all()
    assert frame.geometry[1].centroid.x > 600_000
    assert str(maps[1]["classes"]) in caplog.text


def test_codes_outside_the_legend_are_refused(tmp_path: Path) -> None:
    maps = [
        write_map(
            tmp_path / "a",
            crop(GRID, Window(0, 0, 4, 6)),
            np.full((4, 6), 9),
            np.zeros((4, 6), np.float32),
        ),
        write_map(
            tmp_path / "b",
            crop(GRID, Window(0, 6, 4, 6)),
            np.full((4, 6), 4),
            np.zeros((4, 6), np.float32),
        ),
    ]
    with pytest.raises(UserError, match="Found: 9"):
        merge_maps(tmp_path, maps, VectorizeConfig())
    assert not (tmp_path / "polygons.gpkg").exists()


def test_a_layer_is_of_one_network_and_one_refinement(tmp_path: Path) -> None:
    codes, heights = np.full((4, 6), 1), np.zeros((4, 6), np.float32)
    one = write_map(tmp_path / "a", crop(GRID, Window(0, 0, 4, 6)), codes, heights)
    other = tmp_path / "maps" / "b" / "unet" / "crf" / "classes.tif"
    with pytest.raises(UserError, match=r"class maps of unet \+ argmax, unet \+ crf"):
        merge_maps(tmp_path, [one, {"classes": other}], VectorizeConfig())
    with pytest.raises(UserError, match="Found: no class map"):
        merge_maps(tmp_path, [{"image": one["image"]}], VectorizeConfig())


def test_all_files_are_of_scenes_with_a_class_map_and_on_its_grid(tmp_path: Path) -> None:
    codes, heights = np.full((4, 6), 1), np.zeros((4, 6), np.float32)
    one = write_map(tmp_path / "a", crop(GRID, Window(0, 0, 4, 6)), codes, heights)
    other = write_map(tmp_path / "b", crop(GRID, Window(0, 6, 4, 6)), codes, heights)
    with pytest.raises(UserError, match=r"scenes/b/image\.tif: a file is of a scene that is none"):
        merge_maps(tmp_path, [one, {"image": other["image"]}])
    other["confidence"].write_bytes(one["confidence"].read_bytes())
    with pytest.raises(UserError, match=r"two rasters of one scene lie on different grids"):
        merge_maps(tmp_path, [one, other])


def test_an_automatic_minimum_area_is_that_of_the_pixels_of_each_area(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    codes = np.full((20, 20), 1)
    codes[5:8, 5:10] = 7  # 15 pixels
    parts = {"fine": (500_000, 0.3), "coarse": (500_100, 2.0)}
    maps = [
        write_map(
            tmp_path / name,
            grid_at(20, 20, pixel=pixel, left=left),
            codes,
            np.zeros((20, 20), np.float32),
        )
        for name, (left, pixel) in parts.items()
    ]
    with caplog.at_level(logging.INFO):
        frame = merge_maps(
            tmp_path,
            maps,
            VectorizeConfig(minimum_area="auto", simplify=SimplifyConfig(tolerance=0)),
        )
    assert frame["area_m2"].tolist() == pytest.approx([34.65, 1.35, 1540, 60], rel=2e-3)
    assert "auto is 1 m2 of field" in caplog.text
    assert "auto is 36 m2 of field" in caplog.text
