"""merge_objects: objects of scenes that overlap, each once, as they are in their scenes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely

from rs_seg.algorithms.objects.uniting import drop_cut
from rs_seg.config import HardSuppression, Merging, SelectConfig, SoftSuppression
from rs_seg.errors import UserError
from rs_seg.io.candidates import write_candidates
from rs_seg.maps.merged_objects import ObjectRows
from rs_seg.stages.merge_objects import merge_objects
from rs_seg.stages.merge_objects.work import unite
from rs_seg.stages.select import select
from rs_seg.testing import grid_at, write_image
from rs_seg.values import Window
from rs_seg.values.grid import Grid, crop
from tests.stages.test_select import LEGEND, objects_of

GRID = grid_at(120, 300, pixel=0.5)
WEST, EAST = Window(0, 0, 120, 180), Window(0, 120, 120, 180)
"""Two scenes that have 60 columns in common."""
SCENES = {"west": WEST, "east": EAST}
NMS = HardSuppression(name="nms")


def show(boxes: Any, window: Window, *, scores: Any, codes: Any = None) -> Any:
    """Boxes of the whole ground as a scene shows them: cut at its edge, those beyond left out."""
    boxes = np.array(boxes, dtype=float).reshape(-1, 4) - [window.column, window.row] * 2
    ends = [0, 0, 0, 0], [window.width, window.height] * 2
    cut = np.clip(boxes, *ends)
    shown = (cut[:, 2] > cut[:, 0]) & (cut[:, 3] > cut[:, 1])
    codes = np.full(len(boxes), 5) if codes is None else np.array(codes)
    return objects_of(cut[shown], scores=np.array(scores)[shown], codes=codes[shown])


def write_scene(folder: Path, name: str, grid: Grid, candidates: Any) -> list[Path]:
    """Image and objects of a scene, as align and select leave them."""
    scene, objects = folder / "scenes" / name, folder / "objects" / name / "centre" / "nms"
    for place in (scene, objects):
        place.mkdir(parents=True)
    image = write_image(scene / "image.tif", grid, np.zeros((1, *grid.shape), dtype=np.uint8))
    write_candidates(objects / "survivors.parquet", candidates)
    select(
        SelectConfig(score=0.1),
        LEGEND,
        None,
        survivors=objects / "survivors.parquet",
        image=image,
        matches=[],
        classes=[],
        objects=objects / "objects.gpkg",
        shapefile=None,
        flatgeobuf=None,
        geoparquet=None,
    )
    return [image, objects / "objects.gpkg"]


def merge_files(folder: Path, files: list[Path], suppression: Any = NMS) -> geopandas.GeoDataFrame:
    merge_objects(
        suppression,
        SelectConfig(score=0.1),
        LEGEND,
        files=files,
        parameters=[],
        matches=[],
        objects=folder / "merged.gpkg",
        shapefile=folder / "merged.shp",
        flatgeobuf=None,
        geoparquet=folder / "merged.parquet",
    )
    return geopandas.read_file(folder / "merged.gpkg", layer="polygons")


def merge_two(
    folder: Path, boxes: Any, *, west: Any, east: Any, codes: Any = None, suppression: Any = NMS
) -> geopandas.GeoDataFrame:
    """The merged objects of two scenes that show the same boxes, with other scores."""
    files = [
        path
        for (name, window), scores in zip(SCENES.items(), (west, east), strict=True)
        for path in write_scene(
            folder,
            name,
            crop(GRID, window),
            show(boxes, window, scores=scores, codes=codes),
        )
    ]
    return merge_files(folder, files, suppression)


def bounds_of(table: geopandas.GeoDataFrame) -> np.ndarray:
    """Boxes in pixels of the whole ground."""
    left, bottom, right, top = table.bounds.to_numpy().T
    corners = [~GRID.affine * pair for pair in ((left, top), (right, bottom))]
    return np.stack([*corners[0], *corners[1]], axis=1)


def test_what_two_scenes_show_is_there_once_with_the_better_score(tmp_path: Path) -> None:
    boxes = [(10, 10, 20, 18), (130, 30, 142, 40), (150, 60, 160, 70), (250, 20, 262, 30)]
    table = merge_two(tmp_path, boxes, west=[0.9, 0.5, 0.8, 0.9], east=[0.9, 0.7, 0.6, 0.9])
    assert table["scene"].tolist() == ["west", "west", "east", "east"]
    assert table["score"].tolist() == [0.9, 0.8, 0.9, 0.7]
    np.testing.assert_allclose(bounds_of(table), np.array(boxes)[[0, 2, 3, 1]], atol=1e-6)
    assert table["area_m2"].tolist() == pytest.approx([20, 25, 30, 30], rel=2e-3)
    assert table["id"].is_unique
    assert table["id"].is_monotonic_increasing


def test_of_equal_scores_the_earlier_scene_keeps_the_object(tmp_path: Path) -> None:
    table = merge_two(tmp_path, [(130, 30, 142, 40)], west=[0.6], east=[0.6])
    assert table["scene"].tolist() == ["west"]


def test_half_an_object_at_the_edge_gives_way_to_the_whole_one_with_a_lower_score(
    tmp_path: Path,
) -> None:
    boxes = [(170, 30, 190, 40), (110, 60, 132, 70)]
    table = merge_two(tmp_path, boxes, west=[0.95, 0.3], east=[0.3, 0.95])
    assert table["cut"].tolist() == [0, 0]
    np.testing.assert_allclose(bounds_of(table), np.array(boxes)[::-1], atol=1e-6)


def test_neighbours_and_other_classes_stay(tmp_path: Path) -> None:
    boxes = [(140, 30, 150, 40), (150, 30, 160, 40), (141, 30, 150, 40)]
    files = [
        *write_scene(
            tmp_path, "west", crop(GRID, WEST), show(boxes[:1], WEST, scores=[0.9], codes=[5])
        ),
        *write_scene(
            tmp_path,
            "east",
            crop(GRID, EAST),
            show(boxes[1:], EAST, scores=[0.8, 0.7], codes=[5, 2]),
        ),
    ]
    assert len(merge_files(tmp_path, files)) == 3
    across = HardSuppression(name="nms", across=True)
    assert len(merge_files(tmp_path, files, across)) == 2


def test_ids_stay_when_other_objects_change(tmp_path: Path) -> None:
    boxes = [(130, 30, 142, 40), (250, 20, 262, 30)]
    few = merge_two(tmp_path / "few", boxes[1:], west=[0.9], east=[0.9])
    more = merge_two(tmp_path / "more", boxes, west=[0.9, 0.9], east=[0.9, 0.9])
    assert few["id"].tolist() == more["id"].tolist()[1:]


def test_scenes_are_brought_into_the_crs_of_the_first(tmp_path: Path) -> None:
    other = grid_at(120, 180, left=200_000, crs="EPSG:32633")
    box = (20, 20, 60, 40)
    files = [
        *write_scene(tmp_path, "west", crop(GRID, WEST), show([box], WEST, scores=[0.9])),
        *write_scene(tmp_path, "far", other, show([box], WEST, scores=[0.8])),
    ]
    table = merge_files(tmp_path, files)
    assert table.crs == "EPSG:32632"
    assert table.geometry.is_valid.all()
    assert table.geometry[1].centroid.x > 600_000
    assert table["area_m2"].iloc[1] == pytest.approx(table.area.iloc[1], rel=0.01)


@pytest.mark.parametrize(
    "suppression", [Merging(name="m", method="merge"), SoftSuppression(name="s", method="soft_nms")]
)
def test_other_ways_leave_one_object_too(tmp_path: Path, suppression: Any) -> None:
    boxes = [(10, 10, 20, 18), (130, 30, 142, 40)]
    table = merge_two(tmp_path, boxes, west=[0.9, 0.6], east=[0.9, 0.5], suppression=suppression)
    assert table["score"].tolist() == [0.9, 0.6]


@pytest.mark.parametrize("suppression", [NMS, SoftSuppression(name="s", method="soft_nms")])
def test_outlines_that_cross_themselves_are_compared_too(suppression: Any) -> None:
    folded = shapely.Polygon([(0, 0), (8, 8), (8, 0), (0, 8), (0, 0)])
    rows = ObjectRows(
        np.array([folded, shapely.Polygon([*folded.exterior.coords[:-1]])], dtype=object),
        {
            "score": np.array([0.6, 0.9]),
            "code": np.array([5, 5], dtype=np.int32),
            "cut": np.array([0, 0], dtype=np.int32),
        },
        np.array([0, 1]),
        "EPSG:32632",
    )
    assert not shapely.is_valid(folded)
    assert drop_cut(rows.placed, across=False).all()
    assert unite(rows, suppression, least=0.1).columns["score"].tolist() == [0.9]


def test_soft_suppression_lowers_the_score_of_what_shares_little(tmp_path: Path) -> None:
    one, other = (130, 30, 142, 40), (137, 30, 149, 40)
    files = [
        *write_scene(tmp_path, "west", crop(GRID, WEST), show([one], WEST, scores=[0.9])),
        *write_scene(tmp_path, "east", crop(GRID, EAST), show([other], EAST, scores=[0.8])),
    ]
    soft = SoftSuppression(name="s", method="soft_nms")
    shared = 50 / (120 + 120 - 50)
    assert merge_files(tmp_path, files, soft)["score"].tolist() == pytest.approx(
        [0.9, 0.8 * np.exp(-(shared**2) / 0.5)]
    )


def test_scenes_without_objects_give_an_empty_layer_with_all_fields(tmp_path: Path) -> None:
    table = merge_two(tmp_path, [], west=[], east=[])
    assert len(table) == 0
    assert {"id", "class", "score", "scene"} <= set(table.columns)
    assert (tmp_path / "merged.shp").exists()


def test_equal_inputs_give_equal_bytes(tmp_path: Path) -> None:
    boxes = [(10, 10, 20, 18), (130, 30, 142, 40), (171, 60, 185, 70)]
    for name in ("one", "two"):
        merge_two(tmp_path / name, boxes, west=[0.9] * 3, east=[0.8] * 3)
    for name in ("merged.gpkg", "merged.shp", "merged.dbf", "merged.parquet"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_layer_is_of_one_detector_and_one_suppression(tmp_path: Path) -> None:
    files = write_scene(tmp_path, "west", crop(GRID, WEST), show([], WEST, scores=[]))
    other = tmp_path / "objects" / "west" / "fcos" / "nms" / "objects.gpkg"
    with pytest.raises(UserError, match=r"objects of centre \+ nms, fcos \+ nms"):
        merge_files(tmp_path, [*files, other])
    with pytest.raises(UserError, match="Found: no objects"):
        merge_files(tmp_path, files[:1])
